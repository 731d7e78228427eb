"""That this host runs the turns of a headless agent: written down where its turn process looks."""

from houmao.config import Settings
from houmao.errors import Conflict, Unavailable
from houmao.headless.files import AgentFiles
from houmao.headless.records import OwnedAgent
from houmao.registry.record import AgentRecord


def agents_of(settings: Settings) -> AgentFiles:
    """The headless agents of this host."""
    return AgentFiles(settings.managed_agents_root, settings.all_managed_agents)


def own_agent(record: AgentRecord, tracked_agent_id: str, agents: AgentFiles) -> None:
    """Run the agent's turns from now on. Raises Unavailable."""
    authority = OwnedAgent(
        tracked_agent_id=tracked_agent_id,
        backend=record.backend,
        tool=record.tool,
        manifest_path=record.manifest_path,
        session_root=str(record.session_root),
        tmux_session_name=record.session_name,
        agent_def_dir=str(record.agent_def_dir),
        agent_name=record.agent_name,
        agent_id=record.agent_id,
        created_at=record.published_at,
        updated_at=record.published_at,
    )
    for former in agents.authorities():
        if former.agent_id == authority.agent_id:
            # No session of that id runs, or this one could not have begun.
            agents.end(former.tracked_agent_id)
    try:
        agents.keep(authority)
    except OSError as error:
        raise Unavailable(f"{authority.session_root} cannot be kept: {error.strerror}") from error


def disown_agent(record: AgentRecord, agents: AgentFiles) -> None:
    """Run the agent's turns no longer; they can still be read. Raises Conflict while one runs."""
    for authority in agents.authorities():
        if authority.manifest_path != record.manifest_path:
            continue
        turn = agents.active(authority.tracked_agent_id)
        if turn is not None and turn.active:
            raise Conflict(
                f"turn {turn.turn_id} of agent {record.agent_name!r} runs; wait for its end, or "
                f"end it with `houmao-mgr agents interrupt {record.agent_name}`"
            )
        agents.end(authority.tracked_agent_id)
