"""Stops an agent of this host: its session and processes first, then its record.

A record is the promise that an agent is there, so that it goes last and stays when the agent
does.
"""

from houmao.errors import NotFound
from houmao.registry.record import AgentRecord
from houmao.sessions.places import address_of
from houmao.sessions.processes.ending import end_agent, withdraw
from houmao.tmux import ending
from houmao.tmux.address import TmuxAddress
from workers.watch.roster import RosterSources


def stop(sources: RosterSources, address: TmuxAddress, agent_id: str) -> str:
    """End the agent's tmux session, remove its record, and say in a sentence what was done.

    `address` is the watched tmux server; the record may name another.

    Raises NotFound without a record or registration, and TmuxError (Survivor among them) when
    the session could not be ended; then both are kept.
    """
    record = sources.registry.load(agent_id)
    if record is None:
        return _stop_terminal(sources, address, agent_id)
    ended = end_agent(address_of(record, address), record)
    _forget(sources, record.session_name)
    return f"{_session(ended)} and {_withdrawn(sources, record)}"


def _stop_terminal(sources: RosterSources, address: TmuxAddress, agent_id: str) -> str:
    """Stop an agent that is known by its registered terminal alone."""
    for registration in sources.terminals.load_all():
        if registration.own_agent_id == agent_id:
            ended = ending.end_session(address, registration.tmux_session)
            _forget(sources, registration.tmux_session)
            return f"{_session(ended)} and registration removed"
    raise NotFound(f"agent {agent_id} has no record on this host")


def _forget(sources: RosterSources, session: str) -> None:
    for registration in sources.terminals.load_all():
        if registration.tmux_session == session:
            sources.terminals.remove(registration.session_name)


def _session(ended: bool) -> str:
    return "session ended" if ended else "session was gone already"


def _withdrawn(sources: RosterSources, record: AgentRecord) -> str:
    # Whoever published the name again meanwhile keeps what is theirs.
    removed = withdraw(sources.registry, record)
    return "record removed" if removed else "record left to its new owner"
