"""Ends a tmux session and everything that runs in it, and makes sure that it did.

Whether a session may be ended is not decided here.
"""

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import psutil

from houmao.clock import monotonic
from houmao.errors import TmuxAbsent, TmuxError
from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run

#: Seconds processes get after each sign: the hang-up of their terminal, SIGTERM, SIGKILL.
PATIENCE = 2.0
_LOOK_EVERY = 0.02
#: What tmux says of a session that is not there, or of a server that just ends with its last one.
_GONE = ("can't find", "server exited", "lost server")


class Survivor(TmuxError):
    """A session, or a process that ran in it, lives on."""

    http_status = 500


def end_session(address: TmuxAddress, session: str, patience: float = PATIENCE) -> bool:
    """Kill the session of exactly that name; False when there is none.

    Returns when no process of it runs any more. Raises Survivor, and TmuxError while tmux
    cannot be asked.
    """
    processes = _processes_of(address, session)
    if processes is None:
        return False
    if os.getpid() in {process.pid for process in processes}:
        raise Survivor(f"session {session!r} holds Houmao's own server; end the agent by hand")
    _tmux(address, "kill-session", "-t", f"={session}")
    # The end of the session was the first sign: it hangs up all its terminals.
    processes = end_processes(_alive_after(processes, patience), patience)
    if processes:
        raise Survivor(f"process {processes[0].pid} of session {session!r} did not end")
    if _tmux(address, "has-session", "-t", f"={session}") is not None:
        raise Survivor(f"session {session!r} is there again; something starts it anew")
    return True


def end_processes(
    processes: Iterable[psutil.Process], patience: float = PATIENCE
) -> list[psutil.Process]:
    """Tell the processes and what they started to end, then kill them; those that live on."""
    left = [process for process in processes if _runs(process)]
    for sign in (psutil.Process.terminate, psutil.Process.kill):
        left = _alive_after(_signed(left, sign), patience)
    return left


def _processes_of(address: TmuxAddress, session: str) -> list[psutil.Process] | None:
    """Every process below the session's panes, None without such a session."""
    listed = _tmux(address, "list-panes", "-s", "-t", f"={session}:", "-F", "#{pane_pid}")
    if listed is None:
        return None
    return [process for pid in listed.split() for process in _tree(int(pid))]


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
        if any(words in error.message for words in _GONE):
            return None
        raise
