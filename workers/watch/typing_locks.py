"""The typing locks of agents that something is being typed into: taken once, held to the end."""

from collections.abc import Callable

from houmao import logs
from houmao.errors import Unavailable
from houmao.registry.agent_lock import AgentLock


class TypingLocks:
    """Locks by agent id; `lock` gives an agent's."""

    def __init__(self, lock: Callable[[str], AgentLock]) -> None:
        self._lock = lock
        self._held: dict[str, AgentLock] = {}
        self._closed = False
        self._log = logs.get("requests")

    def give_no_more(self) -> None:
        """Let nothing more be begun; what holds its lock keeps it."""
        self._closed = True

    def take(self, agent_id: str) -> bool:
        """Whether nobody else types into the agent's pane now; then nobody will until `release`."""
        if self._closed and agent_id not in self._held:
            return False
        lock = self._held.setdefault(agent_id, self._lock(agent_id))
        try:
            taken = lock.take()
        except Unavailable as error:
            self._log.warning("typing_lock", reason=error.message)
            taken = False
        if not taken:
            del self._held[agent_id]
        return taken

    def release(self, agent_id: str) -> None:
        """Let others type; nothing happens where no lock is held."""
        lock = self._held.pop(agent_id, None)
        if lock is not None:
            lock.release()
