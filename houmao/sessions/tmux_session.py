"""Which tmux session is meant: the one around the caller, or one named from outside.

Asks tmux, changes nothing, and knows nothing of agents.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from houmao.errors import UsageError
from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run
from houmao.tmux.panes import PANE_FORMAT, Pane, parse_panes


@dataclass(frozen=True, slots=True)
class TmuxSession:
    """A tmux session with at least one living pane, and the caller's pane if it is on the server.

    `tmux_id` (such as `$3`) is a target that no other session's name can match.
    """

    address: TmuxAddress
    name: str
    tmux_id: str
    panes: tuple[Pane, ...]
    own_pane_id: str | None


def find_session(
    name: str | None,
    watched_socket: str | None,
    environ: Mapping[str, str],
    pane_id: str | None = None,
) -> TmuxSession:
    """The session called `name`, else that of the pane, else the caller's, where Houmao watches.

    `watched_socket` is `Settings.tmux_socket`. Of `environ` only tmux's own variables are read.
    Raises UsageError with the remedy, TmuxError when the server does not answer.
    """
    # A bare `tmux` command inside a session talks to that session's server whatever is
    # watched, so the watched server's socket is always spelled out.
    watched = TmuxAddress(watched_socket).path(environ)
    address = TmuxAddress(str(watched))
    own_pane_id = _own_pane_id(watched, environ, required=name is None and pane_id is None)
    panes = parse_panes(run(address, "list-panes", "-a", "-F", PANE_FORMAT).splitlines())
    if pane_id is not None and pane_id not in {pane.pane_id for pane in panes}:
        raise UsageError(f"the tmux server at {watched} has no pane {pane_id!r}")
    if name is None:
        around = pane_id or own_pane_id
        name = next((pane.session_name for pane in panes if pane.pane_id == around), "")
    living = tuple(pane for pane in panes if pane.session_name == name and not pane.dead)
    if not living:
        known = ", ".join(sorted({pane.session_name for pane in panes})) or "none"
        raise UsageError(
            f"the tmux server at {watched} has no session {name!r} with a living pane; "
            f"its sessions: {known}"
        )
    return TmuxSession(address, name, living[0].session_id, living, own_pane_id)


def _own_pane_id(watched: Path, environ: Mapping[str, str], *, required: bool) -> str | None:
    around = environ.get("TMUX", "").rsplit(",", 2)[0]
    pane_id = environ.get("TMUX_PANE")
    if around and pane_id and os.path.realpath(around) == os.path.realpath(watched):
        return pane_id
    if not required:
        return None
    if not around or not pane_id:
        raise UsageError(
            "this is no tmux session: run the command inside the agent's session, "
            "or name that one with --session-name"
        )
    raise UsageError(
        f"this session belongs to the tmux server at {around}, but Houmao watches the one at "
        f"{watched}: set HOUMAO_TMUX_SOCKET={around} for the server and for this command, "
        "or start the agent in the watched one"
    )
