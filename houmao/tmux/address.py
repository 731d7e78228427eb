"""Which tmux server: its socket, spelled for every way of talking to it. No processes here."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from houmao.errors import TmuxError


@dataclass(frozen=True, slots=True)
class TmuxAddress:
    """One tmux server: a bare name (`tmux -L`), an absolute path (`tmux -S`), None the default."""

    socket: str | None = None

    @property
    def arguments(self) -> tuple[str, ...]:
        """The `tmux` command line up to and without the tmux command."""
        # -u: without a UTF-8 locale tmux would answer `_` for what it cannot spell.
        if self.socket and self.socket.startswith("/"):
            return ("tmux", "-u", "-S", self.socket)
        # Never bare: inside tmux that would mean the server around us, not the watched one.
        return ("tmux", "-u", "-L", self.socket or "default")

    def path(self, environ: Mapping[str, str]) -> Path:
        """The Unix socket this server listens on, by tmux's own rules."""
        if self.socket and self.socket.startswith("/"):
            return Path(self.socket)
        folder = environ.get("TMUX_TMPDIR") or "/tmp"
        return Path(folder) / f"tmux-{os.getuid()}" / (self.socket or "default")


def require_tmux() -> None:
    """Raise TmuxError with the remedy when there is no tmux program."""
    if shutil.which("tmux") is None:
        raise TmuxError(
            "tmux is not installed: install the package `tmux` with your system's package manager"
        )
