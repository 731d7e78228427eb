"""Send keys to the program in a pane, and to no other. It decides nothing.

Keys go through a tmux buffer on standard input, never through an argument, so that length and
content do not matter and no process list shows them. tmux writes a buffer to the pane's program
alone: neither its copy mode nor the panes that are synchronized with it get any of it.
"""

import re
from dataclasses import dataclass
from functools import cache

from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run
from houmao.tmux.panes import Pane, PaneKey

_BUFFER = "houmao-prompt"
_TYPED = "typed"
_PLAIN = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class PaneSpot:
    """A pane as it was last seen; keys are sent only while it still is that."""

    pane: PaneKey
    pid: int
    #: Name of the program in front, empty when any will do.
    command: str = ""
    #: Column and row of the cursor, None when it may have moved.
    cursor: tuple[int, int] | None = None
    #: Words that its screen must show, each within a row; letters, digits and blanks for the most.
    shows: tuple[str, ...] = ()


def spot_of(pane: Pane) -> PaneSpot:
    """The pane as it was listed or captured."""
    return PaneSpot(pane.key, pane.pid, pane.command, (pane.cursor_x, pane.cursor_y))


def type_keys(spot: PaneSpot, keys: str) -> bool:
    """Send the characters; False when the pane is not what it was, and then nothing was sent.

    The last look and the keys are one step of the tmux server. Raises TmuxError.
    """
    address, pane_id = TmuxAddress(spot.pane.socket), spot.pane.pane_id
    buffer = f"{_BUFFER}-{pane_id.lstrip('%')}"
    flags = f"-{_raw_flags(address)}db {buffer} -t {pane_id}"
    said = run(
        address,
        *("load-buffer", "-b", buffer, "-", ";"),
        *("if-shell", "-F", "-t", pane_id, _unchanged(spot)),
        f"paste-buffer {flags} ; display-message -p {_TYPED}",
        f"delete-buffer -b {buffer}",
        stdin=keys.encode(),
    )
    return said.strip() == _TYPED


def type_literally(address: TmuxAddress, pane_id: str, text: str) -> None:
    """Send a text as single keystrokes, no key names in it. Raises TmuxError."""
    run(address, "send-keys", "-t", pane_id, "-l", "--", text)


def press(address: TmuxAddress, pane_id: str, key: str) -> None:
    """Press a key by tmux's name for it. Raises TmuxError."""
    run(address, "send-keys", "-t", pane_id, key)


def _unchanged(spot: PaneSpot) -> str:
    """The tmux format that is 1 while the pane is what it was and its input is open."""
    wanted = {"pane_id": spot.pane.pane_id, "pane_pid": str(spot.pid), "pane_dead": "0"}
    # Closed by `select-pane -d`: tmux would drop the keys without a word.
    wanted["pane_input_off"] = "0"
    if _PLAIN.fullmatch(spot.command):
        wanted["pane_current_command"] = spot.command
    if spot.cursor is not None:
        wanted["cursor_x"], wanted["cursor_y"] = map(str, spot.cursor)
    condition = "1"
    equal = [f"#{{==:#{{{name}}},{value}}}" for name, value in wanted.items()]
    for each in (*equal, *(f"#{{C:{words}}}" for words in spot.shows)):
        condition = f"#{{&&:{each},{condition}}}"
    return condition


@cache
def _raw_flags(address: TmuxAddress) -> str:
    """Options by which paste-buffer sends every byte as it is: newer servers need one more."""
    usage = run(address, "list-commands", "paste-buffer")
    flags = re.search(r"\[-(\w+)\]", usage)
    return "rS" if flags and "S" in flags[1] else "r"
