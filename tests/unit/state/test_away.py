"""The mark that Redis is away, and whose commands are not even tried then."""

import time
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from houmao.state.away import HOLDS_SECONDS, AwayMark
from houmao.state.connect import PROMPT, PROMPT_JOBS, ConnectionPolicy, KnownAway, ask, connect


def test_a_mark_holds_for_a_while(tmp_path: Path) -> None:
    """Unless it is cleared or set again; one of a clock that was put back holds no longer."""
    at = [1_774_602_000.0]
    mark = AwayMark(tmp_path / "hosts" / "here.redis-away", "here", lambda: at[0])
    assert not mark.is_set()
    mark.clear()
    mark.set()
    at[0] += HOLDS_SECONDS - 1
    assert mark.is_set()
    mark.set()
    at[0] += HOLDS_SECONDS - 1
    assert mark.is_set()
    at[0] += 1
    assert not mark.is_set()
    mark.set()
    at[0] -= 3_600
    assert not mark.is_set()
    mark.set()
    assert mark.is_set()
    mark.clear()
    assert not mark.is_set()


def test_a_mark_that_cannot_be_made_is_none(tmp_path: Path) -> None:
    """A runtime root that is a file ends nobody."""
    (tmp_path / "hosts").write_text("")
    mark = AwayMark(tmp_path / "hosts" / "here.redis-away", "here")
    mark.set()
    assert not mark.is_set()


@pytest.mark.parametrize("policy", [PROMPT, PROMPT_JOBS])
@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis+sentinel://127.0.0.1:1/one/0"])
def test_nothing_is_tried_while_the_mark_is_set(
    tmp_path: Path, url: str, policy: ConnectionPolicy
) -> None:
    """At once, by commands and pipelines; without the mark, Redis is tried."""
    mark = AwayMark(tmp_path / "here.redis-away", "here")
    mark.set(1_774_602_000.0)
    with connect(url, policy, mark) as redis:
        began = time.monotonic()
        for tried in (
            redis.ping,
            redis.pipeline().get("key").execute,
            lambda: ask(redis, "GET", "key"),
        ):
            with pytest.raises(RedisConnectionError, match="here has not reached it since 2026-"):
                tried()
        assert time.monotonic() - began < 0.2
        mark.clear()
        with pytest.raises(RedisConnectionError) as refused:
            redis.ping()
        assert not isinstance(refused.value, KnownAway)
