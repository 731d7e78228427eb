"""Locks by which the processes of one machine keep out of each other's way at an agent.

They lie beside the registry, which all of them know, and end with the process that holds them.
"""

from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from houmao.errors import Unavailable
from houmao.ids import is_safe_component

#: Held while a prompt is being typed: from its paste until it has left the composer.
TYPING = "typing"
#: Held while somebody waits for the turn of a prompt.
TURN = "turn"


def is_brief(path: Path) -> bool:
    """Whether a lock file beside the registry is held for a moment only, unlike an agent's."""
    return not path.name.startswith((f"{TYPING}-", f"{TURN}-"))


class AgentLock:
    """One lock of one agent; a holder may take it again.

    As a context it is given back at the end, whether it was taken or not.
    """

    def __init__(self, registry_root: Path, agent_id: str, purpose: str) -> None:
        name = agent_id if is_safe_component(agent_id) else "unusual-names"
        self._path = registry_root / "locks" / f"{purpose}-{name}.lock"
        self._lock = FileLock(self._path, mode=0o600, thread_local=False)

    def take(self) -> bool:
        """Take it if nobody else holds it. Raises Unavailable when it cannot be made."""
        if self._lock.is_locked:
            return True
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire(blocking=False)
        except Timeout:
            return False
        except OSError as error:
            raise Unavailable(f"{self._path} cannot be locked: {error.strerror}") from error
        return True

    def release(self) -> None:
        """Give it back; quiet when it is not held."""
        self._lock.release(force=True)

    def __enter__(self) -> "AgentLock":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
