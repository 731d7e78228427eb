"""Single commands without the client's own bookkeeping keep what else the client promises."""

from dataclasses import replace

import pytest
from redis import Redis
from redis.exceptions import ResponseError, TimeoutError

from houmao.state.connect import PROMPT, ask, connect
from tests.services import RedisServer


def test_no_answer_is_taken_for_another(redis_server: RedisServer, redis: Redis) -> None:
    """Neither one that came too late nor one after a refusal; connections are used again."""
    redis.mset({"a": "1", "b": "2"})
    with connect(redis_server.url, replace(PROMPT, command_timeout=0.2)) as client:
        assert ask(client, "GET", "a") == "1"
        redis.client_pause(5_000)
        with pytest.raises(TimeoutError):
            ask(client, "GET", "a")
        redis.client_unpause()
        assert ask(client, "GET", "b") == "2"
        with pytest.raises(ResponseError):
            ask(client, "HGETALL", "a")
        assert ask(client, "GET", "b") == "2"
        for each in redis.client_list(_type="normal"):
            if int(each["id"]) != int(redis.client_id()):
                redis.client_kill_filter(_id=each["id"])
        assert ask(client, "GET", "a") == "1"
        assert ask(client, "GET", "b") == "2"
