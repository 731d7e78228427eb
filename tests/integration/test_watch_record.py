"""What the tracker takes in can be recorded, and replays to what was published."""

import time

import pytest

from houmao.errors import NotFound
from houmao.ids import AgentKey
from houmao.state import keys
from houmao.state.present import Entry
from houmao.state.read import StateReader
from houmao.track.replay import replay
from tests.integration.watching import Host
from tests.services import wait_until


def recorded(host: Host, agent_id: str) -> list[Entry]:
    stream = keys.frames(AgentKey("here", agent_id))
    return StateReader(host.redis).follow({stream: "0-0"}, 1, 1_000)[0].get(stream, [])


def replayed(entries: list[Entry], until: float) -> list[str]:
    """The phases and results that the recording gives, each once in a row."""
    shots = [{"at_seconds": float(it["at"]), "raw": it["raw"]} for _, it in entries if "raw" in it]
    shots.append({"at_seconds": until, "raw": shots[-1]["raw"]})
    case = {"id": "it", "tool": "claude", "version": None, "frames": shots, "inputs": []}
    told = [f"{it['phase']} {it['result']}" for it in replay(case)["states"]]
    return [word for word, before in zip(told, ["", *told], strict=False) if word != before]


def test_a_recorded_turn_replays_to_what_was_published(host: Host) -> None:
    """No frame that the tracker took in is missing: numbers have no gap and the verdict is ours."""
    host.stub("agent", "--script", "idle 2, turn 1.5")
    with host.watched() as loop:
        wait_until(lambda: host.phase("agent") == "ready", "the stub is ready")
        loop.call(lambda fleet: fleet.record("agent"), 5.0)
        wait_until(lambda: host.result("agent") == "success", "the turn is told as a success")
        entries = recorded(host, "agent")
    assert [int(it["number"]) for _, it in entries] == list(range(1, len(entries) + 1))
    told = replayed(entries, time.monotonic() + 2)
    assert told[0] == "ready none"
    assert "active none" in told
    assert told[-1] == "ready success"
    assert 0 < host.redis.ttl(keys.frames(AgentKey("here", "agent"))) <= 60


def test_without_a_recording_no_screen_is_kept(host: Host) -> None:
    host.stub("agent", "--script", "turn 0.5")
    with host.watched():
        wait_until(lambda: host.result("agent") == "success", "the turn is told as a success")
        assert recorded(host, "agent") == []


def test_a_second_listener_finds_the_screen_that_shows(host: Host) -> None:
    """A recording under way is joined: its latest frame is the present one."""
    host.stub("agent")
    with host.watched() as loop:
        wait_until(lambda: host.phase("agent") == "ready", "the stub is ready")
        for _ in range(2):
            loop.call(lambda fleet: fleet.record("agent"), 5.0)
        # Publishing has a thread of its own.
        wait_until(lambda: len(recorded(host, "agent")) == 1, "the screen is kept")
        entry = StateReader(host.redis).latest_frame(AgentKey("here", "agent"))
        assert entry is not None
        assert "shortcuts" in entry[1]["raw"]


def test_an_unknown_agent_cannot_be_recorded(host: Host) -> None:
    with host.watched() as loop, pytest.raises(NotFound):
        loop.call(lambda fleet: fleet.record("nobody"), 5.0)


def test_of_an_agent_that_is_gone_no_screen_is_kept(host: Host) -> None:
    host.stub("agent")
    with host.watched() as loop:
        wait_until(lambda: host.phase("agent") == "ready", "the stub is ready")
        loop.call(lambda fleet: fleet.record("agent"), 5.0)
        wait_until(lambda: bool(recorded(host, "agent")), "its screen is recorded")
        host.registry.remove("agent")
        wait_until(lambda: host.listed() == [], "the agent is gone")
        assert recorded(host, "agent") == []
