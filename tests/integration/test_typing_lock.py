"""The watch process and commands without a server never type into one pane at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from houmao.registry.agent_lock import TYPING, AgentLock
from tests.integration.request_client import RequestClient, request_client
from tests.integration.watching import Host
from tests.services import wait_until


@pytest.fixture
def asked(host: Host, tmp_path: Path) -> Iterator[RequestClient]:
    with request_client(host, tmp_path) as found:
        yield found


def lock(asked: RequestClient) -> AgentLock:
    """Another process's view of the agent's lock."""
    return AgentLock(asked.host.settings.registry_root, "alpha", TYPING)


def free(asked: RequestClient) -> bool:
    with lock(asked) as other:
        return other.take()


def test_a_prompt_waits_for_another_writer(asked: RequestClient) -> None:
    """Nothing is pasted while the lock is held; afterwards the prompt arrives once."""
    asked.stub()
    with lock(asked) as other:
        assert other.take()
        request = asked.ask("hello", wait=1.5)
        assert (request["state"], request["typed_at"]) == ("queued", None)
        assert "hello" not in asked.screen()
    asked.await_outcome(request["request_id"], "submitted")
    assert asked.got() == ["hello"]


def test_another_writer_that_never_ends_lets_the_prompt_expire(asked: RequestClient) -> None:
    asked.stub()
    with lock(asked) as other:
        assert other.take()
        request = asked.ask("hello", deadline=1)
    assert request["outcome"] == "expired"
    assert "another process" in request["detail"]
    assert asked.got() == []


def test_the_lock_is_free_again_after_every_delivery(asked: RequestClient) -> None:
    """Whether it succeeded or not, and when the watch process is killed."""
    asked.stub()
    assert asked.ask("one")["outcome"] == "submitted"
    wait_until(lambda: free(asked), "the lock is free after a delivery")
    asked.keys("alpha", "a draft")
    wait_until(lambda: "a draft" in asked.screen(), "somebody types")
    asked.ask("two", deadline=2)
    assert free(asked)
    asked.kill_watch()
    assert free(asked)
