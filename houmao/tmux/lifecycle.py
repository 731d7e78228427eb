"""Create, fill and end the tmux session of an agent. It decides nothing about the agent.

The one user of libtmux, which makes and names sessions well; what it would do with many
processes or with secrets among its arguments goes through plain commands.
"""

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from libtmux import Server, Session
from libtmux.exc import BadSessionName, LibTmuxException, TmuxSessionExists

from houmao.errors import Conflict, TmuxError, UsageError
from houmao.tmux.address import TmuxAddress, require_tmux
from houmao.tmux.command import run
from houmao.tmux.panes import MARK, PANE_FORMAT, Pane, parse_panes

#: Name of the window in which an agent's tool runs.
SURFACE_WINDOW = "agent"
#: Size of the screen until somebody attaches: wide enough that tools cut nothing off.
COLUMNS, ROWS = 200, 50

# Stands in the pane until the tool does; it must not read anybody's shell start-up files.
_PLACEHOLDER = "exec sleep 2147483647"
#: How often a new session is tried, and what tmux says while its server is ending.
_TRIES, _PAUSE = 5, 0.1
_ENDING = ("server exited", "lost server")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Linux starts no program with a longer `NAME=value`.
_LONGEST_VARIABLE = 128 * 1024 - 1


def create(
    address: TmuxAddress, name: str, folder: Path, variables: Mapping[str, str] | None = None
) -> Pane:
    """A new detached session; its one window is number 0, called `agent`, and waits.

    It has `variables` from its first moment on; they are arguments of tmux, so that no secret may
    be among them. Raises Conflict when the name is taken, UsageError when tmux cannot use it,
    TmuxError.
    """
    require_tmux()
    session = _new_session(address, name, folder, variables or {})
    session_id = session.session_id or f"={name}"
    try:
        return _surface(address, session_id)
    except TmuxError:
        with suppress(TmuxError):
            run(address, "kill-session", "-t", session_id)
        raise


def _new_session(
    address: TmuxAddress, name: str, folder: Path, variables: Mapping[str, str], tries: int = _TRIES
) -> Session:
    try:
        return _server(address).new_session(
            session_name=name,
            start_directory=str(folder),
            window_name=SURFACE_WINDOW,
            window_command=_PLACEHOLDER,
            environment=dict(variables),
            x=COLUMNS,
            y=ROWS,
        )
    except TmuxSessionExists:
        raise Conflict(
            f"there is a tmux session {name!r} already; choose another --session-name or stop "
            "the old one"
        ) from None
    except BadSessionName:
        raise UsageError(f"--session-name {name!r} must hold neither '.' nor ':'") from None
    except LibTmuxException as error:
        if tries == 1 or not any(words in str(error) for words in _ENDING):
            raise TmuxError(f"tmux made no session {name!r}: {error}") from error
    # A server that just ends with its last session makes room for a new one.
    time.sleep(_PAUSE)
    return _new_session(address, name, folder, variables, tries - 1)


def _surface(address: TmuxAddress, session_id: str) -> Pane:
    """The session's pane, its window and itself counted from 0 whatever the user's settings."""
    commands = (
        ("set-option", "-t", session_id, "base-index", "0"),
        ("set-option", "-w", "-t", f"{session_id}:", "pane-base-index", "0"),
        ("set-option", "-w", "-t", f"{session_id}:", "automatic-rename", "off"),
        ("set-option", "-w", "-t", f"{session_id}:", "remain-on-exit", "off"),
        ("move-window", "-r", "-t", f"{session_id}:"),
        ("list-panes", "-s", "-t", session_id, "-F", PANE_FORMAT),
    )
    words = [word for command in commands for word in (*command, ";")]
    panes = parse_panes(run(address, *words[:-1]).splitlines())
    if len(panes) != 1:
        raise TmuxError(
            f"the new tmux session has {len(panes)} panes; a hook of yours may add some"
        )
    return panes[0]


def publish(address: TmuxAddress, session_id: str, variables: Mapping[str, str]) -> None:
    """Set the session's variables, which every program started in it later inherits.

    One call whatever their number, and on standard input: arguments are shown to everybody.
    """
    usable = (item for item in variables.items() if _is_usable(*item))
    commands = (
        f"set-environment -t '{session_id}' {name} {quoted(value)}\n" for name, value in usable
    )
    text = "".join(commands).encode("utf-8", "surrogateescape")
    run(address, "source-file", "-", stdin=text)


def unpublish(address: TmuxAddress, session_id: str, names: Iterable[str]) -> None:
    """Take variables of the session back; one that it has not got is no error."""
    commands = "".join(f"set-environment -u -t '{session_id}' {name}\n" for name in names)
    run(address, "source-file", "-", stdin=commands.encode())


def quoted(value: str) -> str:
    """The value as one word of a tmux command file, whatever is in it."""
    special = {"\n": '"\\n"', "'": '"\'"'}
    parts = re.split(r"([\n'])", value)
    return "".join(special.get(part) or f"'{part}'" for part in parts if part) or "''"


def _is_usable(name: str, value: str) -> bool:
    size = len(name) + len(value.encode("utf-8", "surrogateescape"))
    return _VARIABLE.fullmatch(name) is not None and size < _LONGEST_VARIABLE


def respawn(address: TmuxAddress, pane_id: str, words: Sequence[str]) -> None:
    """End what runs in the pane and run a program there, with the session's variables."""
    run(address, "respawn-pane", "-k", "-t", pane_id, *words)


def respawn_kept(address: TmuxAddress, pane_id: str, words: Sequence[str]) -> None:
    """The same; the pane stays when the program ends, so that the next one can run there."""
    keep = ("set-option", "-p", "-t", pane_id, "remain-on-exit", "on")
    run(address, *keep, ";", "respawn-pane", "-k", "-t", pane_id, *words)


def mark(address: TmuxAddress, pane_id: str, agent_id: str) -> None:
    """Say on the pane itself which agent lives there, wherever it is moved."""
    run(address, *marking(pane_id, agent_id))


def marking(pane_id: str, agent_id: str | None) -> list[str]:
    """The tmux command by which a pane says who lives there; None takes the mark away."""
    words = ["set-option", "-p", "-t", pane_id]
    return [*words, MARK, agent_id] if agent_id else [*words, "-u", MARK]


def kill(address: TmuxAddress, name: str) -> None:
    """End exactly this session. Raises TmuxError, also when it is not there."""
    run(address, "kill-session", "-t", f"={name}")


def _server(address: TmuxAddress) -> Server:
    if address.socket and address.socket.startswith("/"):
        return Server(socket_path=address.socket)
    return Server(socket_name=address.socket or "default")
