"""Which agents this host watches: the registry's records and registered terminals that are live.

Live is what has a living pane: its own one, or any of its session. Writes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from houmao.clock import iso
from houmao.registry.files import Registry, RegistryEntry
from houmao.registry.record import AgentRecord
from houmao.registry.scan import LivePlaces, SessionPlace, scan
from houmao.state.values import AgentIdentity
from houmao.terminals.files import RegistrationFiles
from houmao.terminals.registration import Registration, Terminal

#: Backend of an agent that is known by its registered terminal alone.
REGISTERED = "registered"
#: A registration has no lease; it holds until somebody removes it.
NEVER = "9999-12-31T23:59:59+00:00"


@dataclass(frozen=True, slots=True)
class RosterSources:
    """Where it is written which agents there are."""

    registry: Registry
    terminals: RegistrationFiles


@dataclass(frozen=True, slots=True)
class Roster:
    """One reading of the registry: the live agents, and agent id to why another is not."""

    agents: Mapping[str, AgentIdentity]
    skipped: Mapping[str, str]
    terminals: tuple[Terminal, ...] = ()
    #: The agents' records, which say more than what is published of them.
    records: Mapping[str, AgentRecord] = field(default_factory=dict, compare=False)
    #: Folders in which a change would change this reading.
    folders: tuple[Path, ...] = ()


def read_roster(
    sources: RosterSources,
    entries: Iterable[RegistryEntry],
    host_id: str,
    places: LivePlaces,
    now: float,
) -> Roster:
    """The host's live agents, of what the registry holds and where agents may live."""
    entries = tuple(entries)
    result = scan(entries, places, now)
    records = {record.agent_id: record for record in result.live}
    agents = {
        agent_id: identity_of(record, host_id, places.place_of(record))
        for agent_id, record in records.items()
    }
    terminals = tuple(
        _terminal(registration, host_id, agents, places)
        for registration in sources.terminals.load_all()
    )
    skipped = {each.agent_id: each.reason for each in (*result.skipped, *result.superseded)}
    folders = (
        sources.registry.root,
        sources.registry.agents,
        *(entry.path for entry in entries),
        *sources.terminals.folders(),
    )
    return Roster(agents, skipped, terminals, records, folders)


def _terminal(
    registration: Registration,
    host_id: str,
    agents: dict[str, AgentIdentity],
    places: LivePlaces,
) -> Terminal:
    """The terminal with the agent in it, which joins `agents` when nobody published it."""
    # Terminals are sessions of the watched server.
    place = SessionPlace(places.watched, registration.tmux_session)
    found = _published(registration, place, agents.values())
    if found is None and place in places.sessions:
        found = agents[registration.own_agent_id] = _identity(registration, place, host_id)
    agent_id = found.agent_id if found is not None else None
    return Terminal(registration, host_id, agent_id, looked_for=True)


def _published(
    registration: Registration, place: SessionPlace, agents: Iterable[AgentIdentity]
) -> AgentIdentity | None:
    """The agent that the terminal is another name of: two trackers must not share a pane."""
    there = (*place, registration.tool)
    for agent in agents:
        same_place = there == (agent.tmux_socket, agent.tmux_session_name, agent.tool)
        if same_place or agent.agent_id == registration.own_agent_id:
            return agent
    return None


def _identity(registration: Registration, place: SessionPlace, host_id: str) -> AgentIdentity:
    return AgentIdentity(
        agent_id=registration.own_agent_id,
        agent_name=registration.agent_name or registration.session_name,
        generation_id=f"terminal-{registration.terminal_id}",
        tool=registration.tool,
        backend=REGISTERED,
        tmux_session_name=registration.tmux_session,
        manifest_path=registration.manifest_path or "",
        published_at=iso(registration.registered_at),
        lease_expires_at=NEVER,
        host=host_id,
        session_root=registration.session_root,
        tmux_socket=place.socket,
    )


def same_agent(before: AgentIdentity, after: AgentIdentity) -> bool:
    """False when a record now means another agent, whose past is not the old one's."""
    return (before.generation_id, before.tool) == (after.generation_id, after.tool)


def identity_of(record: AgentRecord, host_id: str, place: SessionPlace | None) -> AgentIdentity:
    """What is published of a registry record whose agent is in that session now."""
    return AgentIdentity(
        agent_id=record.agent_id,
        agent_name=record.agent_name,
        generation_id=record.generation_id,
        tool=record.tool,
        backend=record.backend,
        tmux_session_name=place.session_name if place else record.session_name,
        manifest_path=record.manifest_path,
        published_at=iso(record.published_at),
        lease_expires_at=iso(record.lease_expires_at),
        host=host_id,
        session_root=record.session_root,
        gateway_host=record.gateway.host if record.gateway else None,
        gateway_port=record.gateway.port if record.gateway else None,
        mailbox_transport=record.mailbox.transport if record.mailbox else None,
        mailbox_principal_id=record.mailbox.principal_id if record.mailbox else None,
        mailbox_address=record.mailbox.address if record.mailbox else None,
        tmux_socket=place.socket if place else "",
    )
