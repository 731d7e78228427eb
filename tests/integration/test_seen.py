"""A turn that ended is `done` until somebody has looked, or says so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.request_client import RequestClient, request_client
from tests.integration.watching import Host
from tests.services import wait_until


@pytest.fixture
def asked(host: Host, tmp_path: Path) -> Iterator[RequestClient]:
    with request_client(host, tmp_path) as found:
        yield found


def is_unseen(asked: RequestClient) -> bool:
    answer = asked.api.get("/houmao/agents/alpha/state?extended=true")
    return bool(answer.get_json()["unseen"])


def test_what_somebody_says_to_have_seen(asked: RequestClient) -> None:
    """It is told at once and stays so, however often the screen is looked at; the next is new."""
    asked.stub("alpha", "--turn-seconds", "0.2")
    for prompt in ("once", "again"):
        asked.ask(prompt, wait_for="turn")
        wait_until(lambda: is_unseen(asked), "its end was not looked at")
        told = asked.api.post("/houmao/agents/alpha/seen").get_json()
        assert told["unseen"] is False
        asked.api.post("/houmao/agents/alpha/refresh")
        assert not is_unseen(asked)
