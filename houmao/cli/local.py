"""The registry and tmux of this machine, for the commands that need no server.

The server reads the same two places; what is told here is true even when no server runs.
"""

from pathlib import Path

from houmao import config
from houmao.errors import TmuxAbsent
from houmao.registry.files import Registry
from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run


def open_registry(registry_root: Path | None) -> Registry:
    """The registry at this root, or where settings say it is. Raises ConfigError."""
    return Registry(config.load(registry_root=registry_root).registry_root)


def live_sessions() -> frozenset[str]:
    """Names of the running tmux sessions.

    Raises TmuxError when tmux cannot be asked: that is no proof that nothing runs.
    """
    try:
        listed = run(
            TmuxAddress(config.load().tmux_socket), "list-sessions", "-F", "#{session_name}"
        )
    except TmuxAbsent:
        return frozenset()
    return frozenset(listed.splitlines())
