"""Which tmux server and session are meant: those around the caller, or named from outside.

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


def server_meant(asked: str | None, watched: str | None, environ: Mapping[str, str]) -> TmuxAddress:
    """The tmux server that was asked for, else the one around the caller, else the watched one.

    `asked` and `watched` are spelled as `TmuxAddress.socket`.
    """
    around, _ = _around(environ)
    meant = TmuxAddress(asked or around or watched)
    # A bare name means another folder to whoever has another TMUX_TMPDIR.
    return TmuxAddress(str(meant.path(environ)))


def find_session(
    name: str | None,
    server: TmuxAddress,
    environ: Mapping[str, str],
    pane_id: str | None = None,
) -> TmuxSession:
    """The session called `name`, else that of the pane, else the caller's, on that server.

    Of `environ` only tmux's own variables are read. Raises UsageError with the remedy, TmuxError
    when the server does not answer.
    """
    socket = server.path(environ)
    own_pane_id = _own_pane_id(socket, environ, required=name is None and pane_id is None)
    panes = parse_panes(run(server, "list-panes", "-a", "-F", PANE_FORMAT).splitlines())
    if pane_id is not None and pane_id not in {pane.pane_id for pane in panes}:
        raise UsageError(f"the tmux server at {socket} has no pane {pane_id!r}")
    if name is None:
        wanted = pane_id or own_pane_id
        name = next((pane.session_name for pane in panes if pane.pane_id == wanted), "")
    living = tuple(pane for pane in panes if pane.session_name == name and not pane.dead)
    if not living:
        known = ", ".join(sorted({pane.session_name for pane in panes})) or "none"
        raise UsageError(
            f"the tmux server at {socket} has no session {name!r} with a living pane; "
            f"its sessions: {known}"
        )
    return TmuxSession(server, name, living[0].session_id, living, own_pane_id)


def _around(environ: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The socket of the tmux server around the caller, and the caller's pane; both or none."""
    socket, pane_id = environ.get("TMUX", "").rsplit(",", 2)[0], environ.get("TMUX_PANE")
    return (socket, pane_id) if socket and pane_id else (None, None)


def _own_pane_id(server: Path, environ: Mapping[str, str], *, required: bool) -> str | None:
    around, pane_id = _around(environ)
    if around and os.path.realpath(around) == os.path.realpath(server):
        return pane_id
    if not required:
        return None
    if around is None:
        raise UsageError(
            "this is no tmux session: run the command inside the agent's session, "
            "or name that one with --session-name"
        )
    raise UsageError(
        f"this session belongs to the tmux server at {around} and not to the one at {server}: "
        "name a session or a pane of that one"
    )
