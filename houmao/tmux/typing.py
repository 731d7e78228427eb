"""Type into a pane: paste a text as one piece, press keys. It decides nothing.

Texts go through a tmux buffer on standard input, never through an argument, so that length and
content do not matter and no process list shows them.
"""

from collections.abc import Sequence

from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run

_BUFFER = "houmao-prompt"


def paste(address: TmuxAddress, pane_id: str, text: str) -> None:
    """Put a text into the pane as a bracketed paste. Raises TmuxError."""
    buffer = f"{_BUFFER}-{pane_id.lstrip('%')}"
    load = ("load-buffer", "-b", buffer, "-")
    # -p brackets it when the program asked for that, -d deletes the buffer afterwards.
    put = ("paste-buffer", "-p", "-d", "-b", buffer, "-t", pane_id)
    run(address, *load, ";", *put, stdin=text.encode())


def press(address: TmuxAddress, pane_id: str, keys: Sequence[str]) -> None:
    """Press named keys one after the other. Raises TmuxError."""
    run(address, "send-keys", "-t", pane_id, *keys)


def type_literally(address: TmuxAddress, pane_id: str, text: str) -> None:
    """Send a text as single keystrokes, no key names in it. Raises TmuxError."""
    run(address, "send-keys", "-t", pane_id, "-l", "--", text)
