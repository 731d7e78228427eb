"""Stops an agent of this host: its session and processes first, then its record.

A record is the promise that an agent is there, so that it goes last and stays when the agent
does.
"""

from houmao.errors import NotFound
from houmao.registry.files import Registry
from houmao.registry.record import AgentRecord
from houmao.tmux.address import TmuxAddress
from houmao.tmux.ending import end_session
from workers.watch.roster import Books


def stop(books: Books, address: TmuxAddress, agent_id: str) -> str:
    """End the agent's tmux session, remove its record, and say in a sentence what was done.

    Raises NotFound without a record or registration, and TmuxError (Survivor among them) when
    the session could not be ended; then both are kept.
    """
    record = books.registry.load(agent_id)
    session = record.session_name if record else _registered(books, agent_id)
    ended = end_session(address, session)
    for registration in books.terminals.load_all():
        if registration.tmux_session == session:
            books.terminals.remove(registration.session_name)
    return f"{_session(ended)} and {_removed(books.registry, record)}"


def _registered(books: Books, agent_id: str) -> str:
    """The session of an agent that is known by its terminal alone. Raises NotFound."""
    for registration in books.terminals.load_all():
        if registration.own_agent_id == agent_id:
            return registration.tmux_session
    raise NotFound(f"agent {agent_id} has no record on this host")


def _session(ended: bool) -> str:
    return "session ended" if ended else "session was gone already"


def _removed(registry: Registry, record: AgentRecord | None) -> str:
    if record is None:
        return "registration removed"
    # Whoever published the name again meanwhile keeps what is theirs.
    removed = registry.remove(record.agent_id, record.generation_id)
    return "record removed" if removed else "record left to its new owner"
