"""Which agents this host watches: registry records against live tmux sessions. Writes nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from houmao.clock import iso
from houmao.registry.files import Registry
from houmao.registry.record import AgentRecord
from houmao.registry.scan import scan
from houmao.state.values import AgentIdentity


@dataclass(frozen=True, slots=True)
class Roster:
    """One reading of the registry: the live agents, and agent id to why another is not."""

    agents: Mapping[str, AgentIdentity]
    skipped: Mapping[str, str]
    #: The agents' records, which say more than what is published of them.
    records: Mapping[str, AgentRecord] = field(default_factory=dict, compare=False)
    #: Folders in which a change would change this reading.
    folders: tuple[Path, ...] = ()


def read_roster(registry: Registry, host_id: str, sessions: Iterable[str], now: float) -> Roster:
    """The host's live agents. Raises Unavailable when the registry cannot be listed."""
    entries = registry.entries()
    result = scan(entries, frozenset(sessions), now)
    records = {record.agent_id: record for record in result.live}
    agents = {agent_id: identity_of(record, host_id) for agent_id, record in records.items()}
    skipped = {each.agent_id: each.reason for each in (*result.skipped, *result.superseded)}
    folders = (registry.root, registry.agents, *(entry.path for entry in entries))
    return Roster(agents, skipped, records, folders)


def same_agent(before: AgentIdentity, after: AgentIdentity) -> bool:
    """False when a record now means another agent, whose past is not the old one's."""
    return (before.generation_id, before.tool, before.tmux_session_name) == (
        after.generation_id,
        after.tool,
        after.tmux_session_name,
    )


def identity_of(record: AgentRecord, host_id: str) -> AgentIdentity:
    """What is published of a registry record."""
    return AgentIdentity(
        agent_id=record.agent_id,
        agent_name=record.agent_name,
        generation_id=record.generation_id,
        tool=record.tool,
        backend=record.backend,
        tmux_session_name=record.session_name,
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
    )
