"""An agent is live when its record is usable, its lease fresh and its session running."""

import json
from dataclasses import replace
from pathlib import Path

from houmao.registry.files import RecordProblem, RegistryEntry
from houmao.registry.record import AgentRecord, NotedPane, parse
from houmao.registry.scan import LivePlaces, SessionPlace, Skipped, scan
from tests.unit.registry.documents import DAY, NOW, record, version_3


def entries(*records: AgentRecord) -> list[RegistryEntry]:
    return [RegistryEntry(Path("/r/live_agents") / found.agent_id, found) for found in records]


def at(*sessions: str, socket: str = "") -> tuple[SessionPlace, ...]:
    return tuple(SessionPlace(socket, session) for session in sessions)


def test_nothing_published() -> None:
    """An empty registry has no agents, and no session makes one."""
    assert scan([], LivePlaces(at("s-a1")), NOW).live == ()


def test_the_three_conditions() -> None:
    """Record, fresh lease and running session: each one missing is its own reason."""
    expired = record("b2", published_at=NOW - 2 * DAY, lease_expires_at=NOW - 3600 * 3)
    broken = RegistryEntry(
        Path("/r/live_agents/d4"), problem=RecordProblem.MALFORMED, reason="no JSON"
    )
    result = scan(
        [*entries(record("a1"), expired, record("c3")), broken],
        LivePlaces(at("s-a1", "s-b2", "s-d4")),
        NOW,
    )
    assert result.live == (record("a1"),)
    assert result.skipped == (
        Skipped("b2", "its lease expired 3 h ago"),
        Skipped("c3", "its tmux session 's-c3' is not running"),
        Skipped("d4", "no JSON"),
    )


def test_session_names_are_compared_in_full() -> None:
    """A session whose name only begins like the record's is another session."""
    assert scan(entries(record("a1")), LivePlaces(at("s-a1-2", "s-a")), NOW).live == ()


def test_relaunching_is_live_and_stopped_is_not() -> None:
    """Of the newer version's states only those with a lease can be live."""
    states = [parse(json.dumps(version_3(s))) for s in ("relaunching", "stopped")]
    result = scan(entries(*states), LivePlaces(at(states[0].session_name)), NOW)
    assert [found.state for found in result.live] == ["relaunching"]
    assert [skip.reason for skip in result.skipped] == ["the agent is stopped"]


def test_live_agents_are_sorted_by_name() -> None:
    """Names come first, ids decide among equals."""
    found = [record("c", agent_name="x"), record("b", agent_name="y"), record("a", agent_name="y")]
    live = scan(entries(*found), LivePlaces(at("s-a", "s-b", "s-c")), NOW).live
    assert [agent.agent_id for agent in live] == ["c", "a", "b"]


def test_older_record_of_one_session_and_tool_is_flagged() -> None:
    """Two records of one pane are both live, and the older is named superseded."""
    newer = record("a", session_name="s", published_at=NOW + 1)
    older = record("b", session_name="s")
    result = scan(entries(newer, older), LivePlaces(at("s")), NOW + 2)
    assert {agent.agent_id for agent in result.live} == {"a", "b"}
    assert [skip.agent_id for skip in result.superseded] == ["b"]
    assert "published again as 'name-a' (a)" in result.superseded[0].reason


def test_two_tools_may_share_a_session() -> None:
    """A claude and a codex side by side in one session are two agents."""
    found = [record("a", session_name="s"), record("b", session_name="s", tool="codex")]
    assert scan(entries(*found), LivePlaces(at("s")), NOW).superseded == ()


def test_an_agent_with_a_pane_of_its_own_is_where_that_is() -> None:
    """Its session may be renamed or gone; of two of one tool none is superseded."""
    found = [record("a", session_name="s"), record("b", session_name="s")]
    s, t = at("s", "t")
    places = LivePlaces((s, t), {"a": (t,), "b": (t, s)})
    result = scan(entries(*found), places, NOW)
    assert (result.live, result.superseded) == (tuple(found), ())
    assert [places.place_of(it) for it in found] == [t, s]


def test_an_agent_ends_with_its_pane() -> None:
    """That others live on in its session does not keep it; one without a pane of its own stays."""
    own = replace(record("a", session_name="s"), pane=NotedPane("%5"))
    found = [own, record("b", session_name="s", tool="codex")]
    places = LivePlaces(at("s"))
    result = scan(entries(*found), places, NOW)
    assert [it.agent_id for it in result.live] == ["b"]
    assert result.skipped == (Skipped("a", "its pane %5 is gone"),)


def test_each_tmux_server_has_sessions_of_its_own() -> None:
    """One of the same name elsewhere keeps nobody; what runs on a silent server lives on."""
    noted = NotedPane("%5", "/other")
    moved = [replace(record(it, session_name="s"), pane=noted) for it in ("a", "b")]
    marked = {"a": at("s", socket="/other")}
    places = LivePlaces(at("s", socket="/main"), marked, watched="/main")
    result = scan(entries(*moved, record("c", session_name="s")), places, NOW)
    assert [it.agent_id for it in result.live] == ["a", "c"]
    assert (places.place_of(moved[0]),) == at("s", socket="/other")
    assert result.skipped == (Skipped("b", "its tmux session 's' is not running"),)
    silent = replace(places, agents={}, silent={"/other"})
    assert [it.agent_id for it in scan(entries(*moved), silent, NOW).live] == ["a", "b"]
