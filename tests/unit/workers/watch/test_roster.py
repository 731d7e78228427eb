"""Who is watched: the registry's agents, and registered terminals that nobody published."""

from dataclasses import replace
from pathlib import Path

import pytest

from houmao.registry.files import Registry
from houmao.registry.record import LEASE_SECONDS, AgentRecord
from houmao.sessions.places import places_of
from houmao.terminals.files import RegistrationFiles
from houmao.terminals.registration import Registration
from houmao.tmux.panes import Pane
from tests.values import PANE
from workers.watch.roster import REGISTERED, Roster, RosterSources, read_roster

NOW = 1774602322.0
ID = "0a1b2c3d"


@pytest.fixture
def sources(tmp_path: Path) -> RosterSources:
    return RosterSources(Registry(tmp_path / "registry"), RegistrationFiles(tmp_path / "sessions"))


def publish(sources: RosterSources, agent_id: str, session: str, tool: str = "claude") -> None:
    record = AgentRecord(
        agent_name=agent_id,
        agent_id=agent_id,
        generation_id="gen-1",
        published_at=NOW,
        lease_expires_at=NOW + LEASE_SECONDS,
        backend="local_interactive",
        tool=tool,
        manifest_path="/srv/manifest.json",
        session_name=session,
    )
    sources.registry.publish(record, NOW)


def register(sources: RosterSources, session: str, tool: str = "claude", **more: str) -> None:
    values = {"terminal_id": ID, "registered_at": NOW} | more
    sources.terminals.save(Registration(session_name=session, tool=tool, **values))  # type: ignore[arg-type]


def read(sources: RosterSources, *sessions: str) -> Roster:
    return read_at(sources, [pane_of(it) for it in sessions], NOW)


def read_at(sources: RosterSources, panes: list[Pane], now: float) -> Roster:
    return read_roster(sources, sources.registry.entries(), "h1", places_of(panes), now)


def pane_of(session: str) -> Pane:
    return replace(PANE, session_name=session)


def watched_as(roster: Roster) -> str | None:
    (terminal,) = roster.terminals
    assert terminal.looked_for
    return terminal.agent_id


def test_a_registered_terminal_is_an_agent_while_its_session_runs(
    sources: RosterSources,
) -> None:
    """Under the terminal's id and the session's name, when nothing else was given."""
    register(sources, "work")
    roster = read(sources, "work", "other")
    agent = roster.agents[ID]
    assert (agent.agent_name, agent.tool, agent.backend) == ("work", "claude", REGISTERED)
    assert watched_as(roster) == ID
    roster = read(sources, "other")
    assert (dict(roster.agents), watched_as(roster)) == ({}, None)


def test_its_own_names_are_used(sources: RosterSources) -> None:
    register(sources, "work", agent_id="gpu-1", agent_name="gpu", tmux_session_name="cao-7")
    roster = read(sources, "cao-7")
    agent = roster.agents["gpu-1"]
    assert (agent.agent_name, agent.tmux_session_name) == ("gpu", "cao-7")
    assert watched_as(roster) == "gpu-1"


@pytest.mark.parametrize(
    ("agent_id", "session", "tool"),
    [("alpha", "work", "claude"), (ID, "elsewhere", "codex")],
    ids=["same place", "same id"],
)
def test_a_published_agent_is_not_watched_twice(
    sources: RosterSources, agent_id: str, session: str, tool: str
) -> None:
    """Two trackers would type into one pane."""
    publish(sources, agent_id, session, tool)
    register(sources, "work")
    roster = read(sources, "work", "elsewhere")
    assert list(roster.agents) == [agent_id]
    assert watched_as(roster) == agent_id


def test_another_tool_in_the_session_is_another_agent(sources: RosterSources) -> None:
    publish(sources, "alpha", "work", "codex")
    register(sources, "work")
    assert sorted(read(sources, "work").agents) == [ID, "alpha"]


def test_two_registrations_of_one_place_are_one_agent(sources: RosterSources) -> None:
    register(sources, "one", tmux_session_name="work")
    register(sources, "two", tmux_session_name="work", terminal_id="ffffffff")
    roster = read(sources, "work")
    assert list(roster.agents) == [ID]
    assert [it.agent_id for it in roster.terminals] == [ID, ID]


def test_an_expired_record_leaves_the_session_to_its_registration(
    sources: RosterSources,
) -> None:
    publish(sources, "alpha", "work")
    register(sources, "work")
    roster = read_at(sources, [pane_of("work")], NOW + LEASE_SECONDS + 1)
    assert list(roster.agents) == [ID]
    assert "alpha" in roster.skipped


def test_every_folder_that_matters_is_named(sources: RosterSources) -> None:
    """A change in any of them changes the roster."""
    publish(sources, "alpha", "work")
    register(sources, "work")
    folders = read(sources, "work").folders
    registry, terminals = sources.registry, sources.terminals
    assert {registry.root, registry.agents, registry.agents / "alpha"} <= set(folders)
    assert {terminals.root, terminals.root / "work"} <= set(folders)
