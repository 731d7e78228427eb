"""What is accepted is on disk, is taken once, and is never taken again after a restart."""

from pathlib import Path

import pytest

from houmao.errors import QueueFull, UsageError
from houmao.gateway.queue import INTERRUPT, PROMPT, GatewayQueue, GatewayRequest
from houmao.gateway_files.status import QueueLoad


def request(name: str, kind: str = PROMPT) -> GatewayRequest:
    return GatewayRequest(name, kind, {"prompt": name}, "accepted", "2026-01-01T00:00:00+00:00", 1)


@pytest.fixture
def queue(tmp_path: Path) -> GatewayQueue:
    return GatewayQueue(tmp_path / "queue.sqlite")


def test_first_come_first_served_by_kind(queue: GatewayQueue) -> None:
    for found in (request("a"), request("b"), request("stop", INTERRUPT)):
        queue.accept(found)
    stop, first = queue.take(INTERRUPT, now=1.0), queue.take(PROMPT, now=1.0)
    assert stop
    assert first
    assert (stop.request_id, first.request_id) == ("stop", "a")
    assert queue.load() == QueueLoad(3, True)
    queue.finish("a", None, {}, 2.0)
    assert queue.load().depth == 2


def test_a_restart_fails_what_ran_and_keeps_what_waited(tmp_path: Path) -> None:
    before = GatewayQueue(tmp_path / "queue.sqlite")
    before.accept(request("a"))
    before.accept(request("b"))
    before.take(PROMPT, now=1.0)
    after = GatewayQueue(tmp_path / "queue.sqlite")
    assert after.fail_running("lost", 2.0) == ["a"]
    left = after.take(PROMPT, now=3.0)
    assert left
    assert left.request_id == "b"
    assert after.take(PROMPT, now=3.0) is None


def test_a_key_means_one_request(queue: GatewayQueue) -> None:
    assert queue.accept(request("a"), "k").request_id == "a"
    same = GatewayRequest("b", PROMPT, {"prompt": "a"}, "accepted", "2026-01-01T00:00:00+00:00", 1)
    assert queue.accept(same, "k").request_id == "a"
    with pytest.raises(UsageError):
        queue.accept(request("c"), "k")


def test_a_full_queue_takes_interrupts_and_what_it_knows(tmp_path: Path) -> None:
    queue = GatewayQueue(tmp_path / "queue.sqlite", most_waiting=2)
    queue.accept(request("a"), "k")
    queue.accept(request("b"))
    with pytest.raises(QueueFull):
        queue.accept(request("c"))
    assert queue.accept(request("a"), "k").request_id == "a"
    assert queue.accept(request("stop", INTERRUPT)).request_id == "stop"
    queue.take(PROMPT, now=1.0)
    assert queue.accept(request("c")).request_id == "c"
