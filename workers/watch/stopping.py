"""Stops an agent of this host: its session and processes first, then its record.

A record is the promise that an agent is there, so that it goes last and stays when the agent
does.
"""

from houmao.errors import NotFound
from houmao.registry.files import Registry
from houmao.registry.record import AgentRecord
from houmao.tmux.address import TmuxAddress
from houmao.tmux.ending import end_session


def stop(registry: Registry, address: TmuxAddress, agent_id: str) -> str:
    """End the agent's tmux session, remove its record, and say in a sentence what was done.

    Raises NotFound without a record, and TmuxError (Survivor among them) when the session
    could not be ended; then the record is kept.
    """
    record = registry.load(agent_id)
    if record is None:
        raise NotFound(f"agent {agent_id} has no record in this host's registry")
    ended = end_session(address, record.session_name)
    return f"{_session(ended)} and {_removed(registry, record)}"


def _session(ended: bool) -> str:
    return "session ended" if ended else "session was gone already"


def _removed(registry: Registry, record: AgentRecord) -> str:
    # Whoever published the name again meanwhile keeps what is theirs.
    removed = registry.remove(record.agent_id, record.generation_id)
    return "record removed" if removed else "record left to its new owner"
