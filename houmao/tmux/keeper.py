"""The session of our own that a control client attaches to: how it comes, and how it ends.

It lives as long as this process holds a pipe open, so that even a killed one leaves no trace. tmux
commands without a target, from outside of any session, must never mean it.
"""

import errno
import os
import shlex
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from houmao.errors import TmuxAbsent, TmuxError
from houmao.tmux.address import TmuxAddress
from houmao.tmux.attachment import REPLY_TIMEOUT, attach, wait_for_end
from houmao.tmux.command import run
from houmao.tmux.panes import KEEPER_SESSION

#: How our clients attach to the session that follows: they see no output, count for no size, type
#: nothing, and leave the session its own environment.
ATTACH = ("attach-session", "-E", "-f", "no-output,ignore-size,read-only", "-t")
#: Seconds the keeper's program may take to open its end of the pipe, and between two looks.
_KEEPER_SECONDS = 2.0
_LOOK_EVERY = 0.005
#: Seconds for which the keeper outlives this process.
_LEAVE_SECONDS = 0.2


def ensure_keeper(address: TmuxAddress, clock: Callable[[], float]) -> int | None:
    """Make the keeper session on a running server; never start or hold a server for it.

    Returns the descriptor it lives as long as, None when there is a keeper of somebody else.
    Raises TmuxAbsent when the server has no session but a keeper: it is about to end.
    """
    wanted = "#{session_name} #{session_attached}"
    sessions = run(address, "list-sessions", "-F", wanted, timeout=REPLY_TIMEOUT).splitlines()
    if all(line.startswith(f"{KEEPER_SESSION} ") for line in sessions):
        raise TmuxAbsent("tmux has no sessions")
    if f"{KEEPER_SESSION} 0" in sessions:
        # Of a process that has just ended, about to end too.
        _end_keeper(address)
    elif any(line.startswith(f"{KEEPER_SESSION} ") for line in sessions):
        return None
    # Not tmux's option destroy-unattached: with a control client that ends, tmux 3.3a crashes
    # in one of thirty cases, and with it every session of its user.
    with TemporaryDirectory(prefix="houmao-keeper-") as folder:
        pipe = Path(folder, "life")
        os.mkfifo(pipe, 0o600)
        # -x/-y keep the keeper small; its program waits for the pipe's end, and then for our
        # client to leave: one whose session ends while it leaves may hang.
        size = ("-x", "20", "-y", "5")
        command = f"cat <{shlex.quote(str(pipe))} >/dev/null; exec sleep {_LEAVE_SECONDS}"
        create = ("new-session", "-d", "-s", KEEPER_SESSION, *size, command)
        # Whatever the user's own panes do when their programs end.
        end = ("set-option", "-w", "-t", f"={KEEPER_SESSION}:", "remain-on-exit", "off")
        try:
            run(address, *create, ";", *end)
        except TmuxError as error:
            if "duplicate session" in error.message:
                # Somebody else was quicker by a moment.
                return None
            raise
        try:
            return _opened(pipe, clock() + _KEEPER_SECONDS, clock)
        except TmuxError:
            # Its program would wait for our end of the pipe for ever.
            _end_keeper(address)
            raise


def _end_keeper(address: TmuxAddress) -> None:
    with suppress(TmuxError):
        run(address, "kill-session", "-t", f"={KEEPER_SESSION}", timeout=REPLY_TIMEOUT)


def give_back_current(address: TmuxAddress) -> None:
    """Let the session be tmux's current one again that was before we attached to the keeper.

    tmux takes for it the session that was used last, and an attachment is a use. So a client that
    leaves at once uses the other one.
    """
    # An option of a session that ends with its last client: it must not be us.
    wanted = "#{session_activity} #{destroy-unattached} #{session_id} #{session_name}"
    found = run(address, "list-sessions", "-F", wanted, timeout=REPLY_TIMEOUT).splitlines()
    sessions = [line.split(" ", 3) for line in found]
    safe = [it for it in sessions if it[1] == "0" and it[3] != KEEPER_SESSION]
    if not safe:
        return
    # Within one second the younger one, whose number is higher.
    session_id = max(safe, key=lambda it: (int(it[0]), int(it[2].lstrip("$"))))[2]
    client = attach(address, *ATTACH, session_id, ";", "detach-client")
    try:
        wait_for_end(client)
    finally:
        client.close()


def _opened(pipe: Path, deadline: float, clock: Callable[[], float]) -> int:
    """The pipe's writing end, once somebody reads. Raises TmuxError when nobody does in time."""
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO or clock() > deadline:
                raise TmuxError("tmux did not run the program of our session") from error
        time.sleep(_LOOK_EVERY)
