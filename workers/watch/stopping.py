"""Stops an agent of this host: its session and processes first, then its record.

A record is the promise that an agent is there, so that it goes last and stays when the agent
does.
"""

from houmao.errors import NotFound
from houmao.registry.record import AgentRecord
from houmao.sessions.stop import end_session, withdraw
from houmao.tmux import ending
from houmao.tmux.address import TmuxAddress
from workers.watch.roster import Books


def stop(books: Books, address: TmuxAddress, agent_id: str) -> str:
    """End the agent's tmux session, remove its record, and say in a sentence what was done.

    Raises NotFound without a record or registration, and TmuxError (Survivor among them) when
    the session could not be ended; then both are kept.
    """
    record = books.registry.load(agent_id)
    if record is None:
        return _stop_terminal(books, address, agent_id)
    ended = end_session(address, record)
    _forget(books, record.session_name)
    return f"{_session(ended)} and {_withdrawn(books, record)}"


def _stop_terminal(books: Books, address: TmuxAddress, agent_id: str) -> str:
    """Stop an agent that is known by its registered terminal alone."""
    for registration in books.terminals.load_all():
        if registration.own_agent_id == agent_id:
            ended = ending.end_session(address, registration.tmux_session)
            _forget(books, registration.tmux_session)
            return f"{_session(ended)} and registration removed"
    raise NotFound(f"agent {agent_id} has no record on this host")


def _forget(books: Books, session: str) -> None:
    for registration in books.terminals.load_all():
        if registration.tmux_session == session:
            books.terminals.remove(registration.session_name)


def _session(ended: bool) -> str:
    return "session ended" if ended else "session was gone already"


def _withdrawn(books: Books, record: AgentRecord) -> str:
    # Whoever published the name again meanwhile keeps what is theirs.
    removed = withdraw(books.registry, record)
    return "record removed" if removed else "record left to its new owner"
