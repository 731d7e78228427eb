"""Ends a tmux session, or a pane, and everything that runs in it, and makes sure that it did.

Whether it may be ended is not decided here.
"""

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

import psutil

from houmao.clock import monotonic
from houmao.errors import TmuxAbsent, TmuxError
from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run

#: Seconds processes get after each sign: the hang-up of their terminal, SIGTERM, SIGKILL.
PATIENCE = 2.0
_LOOK_EVERY = 0.02
#: What tmux says of a session that is not there.
_GONE = "can't find"


class Survivor(TmuxError):
    """A session, or a process that ran in it, lives on."""

    http_status = 500


def end_session(address: TmuxAddress, session: str, patience: float = PATIENCE) -> bool:
    """Kill the session of exactly that name; False when there is none.

    Returns when no process of it runs any more. Raises Survivor, and TmuxError while tmux
    cannot be asked.
    """
    listed = _tmux(address, "list-panes", "-s", "-t", f"={session}:", "-F", "#{pane_pid}")
    if listed is None:
        return False
    what = f"session {session!r}"
    kill = partial(_tmux, address, "kill-session", "-t", f"={session}")
    _end(what, listed, kill, patience)
    if _tmux(address, "has-session", "-t", f"={session}") is not None:
        raise Survivor(f"{what} is there again; something starts it anew")
    return True


def end_pane(address: TmuxAddress, pane_id: str, patience: float = PATIENCE) -> bool:
    """The same for one pane alone, of whatever session."""
    only = f"#{{==:#{{pane_id}},{pane_id}}}"
    listed = _tmux(address, "list-panes", "-a", "-f", only, "-F", "#{pane_pid}")
    if not listed:
        return False
    kill = partial(_tmux, address, "kill-pane", "-t", pane_id)
    _end(f"pane {pane_id}", listed, kill, patience)
    return True


def _end(what: str, pane_pids: str, kill: Callable[[], object], patience: float) -> None:
    """Kill what holds these panes, and everything that runs in them. Raises Survivor."""
    processes = [process for pid in pane_pids.split() for process in _tree(int(pid))]
    if os.getpid() in {process.pid for process in processes}:
        raise Survivor(f"{what} holds Houmao's own server; end the agent by hand")
    kill()
    # The end of a pane was the first sign: it hangs up its terminal.
    processes = end_processes(_alive_after(processes, patience), patience)
    if processes:
        raise Survivor(f"process {processes[0].pid} of {what} did not end")


def end_processes(
    processes: Iterable[psutil.Process], patience: float = PATIENCE
) -> list[psutil.Process]:
    """Tell the processes and what they started to end, then kill them; those that live on."""
    left = [process for process in processes if _runs(process)]
    for sign in (psutil.Process.terminate, psutil.Process.kill):
        left = _alive_after(_signed(left, sign), patience)
    return left


def _tree(pid: int) -> list[psutil.Process]:
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _signed(
    processes: Iterable[psutil.Process], sign: Callable[[psutil.Process], None]
) -> list[psutil.Process]:
    """The processes after each of them, and those it started meanwhile, was given the sign."""
    # A process that is dying may still start others.
    found = [each for process in processes for each in _tree(process.pid)]
    for process in found:
        with suppress(psutil.Error):
            sign(process)
    return found


def _alive_after(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that still run after so many seconds; returns as soon as none does."""
    deadline = monotonic() + seconds
    left = [process for process in processes if _runs(process)]
    while left and monotonic() < deadline:
        time.sleep(_LOOK_EVERY)
        left = [process for process in left if _runs(process)]
    return left


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _tmux(address: TmuxAddress, *arguments: str) -> str | None:
    """What tmux answers, None when the session is not there."""
    try:
        return run(address, *arguments)
    except TmuxAbsent:
        return None
    except TmuxError as error:
        if _GONE in error.message:
            return None
        raise
