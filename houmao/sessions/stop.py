"""Ends an agent: its tmux session with every process in it, then its registry record.

What is ended is looked at again: a session that still runs keeps its record, and a process
that outlives its pane is killed.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

import psutil

from houmao import clock
from houmao.errors import Conflict, TmuxError
from houmao.ids import PROCESS_NAMES
from houmao.registry.files import Entry, Registry
from houmao.registry.record import AgentRecord
from houmao.sessions.variables import MANIFEST_PATH, spellings
from houmao.tmux import lifecycle, listing
from houmao.tmux.address import TmuxAddress
from houmao.tmux.panes import Pane

#: Seconds that processes get after their pane has gone, and after they were told to end.
HANGUP_SECONDS = 2.0
TERMINATE_SECONDS = 2.0
KILL_SECONDS = 2.0
_POLL_SECONDS = 0.02


def end_session(address: TmuxAddress, record: AgentRecord) -> bool:
    """End the record's tmux session and what runs in it; False when there was none.

    Raises Conflict when something of it still runs afterwards, TmuxError when tmux refuses.
    """
    panes = [it for it in listing.panes(address) if it.session_name == record.session_name]
    running = [*_below(panes), *_left_by_tool(record)]
    if panes:
        _kill(address, record.session_name)
    survivors = _end(running)
    if survivors:
        pids = ", ".join(str(process.pid) for process in survivors)
        raise Conflict(
            f"processes of agent {record.agent_name!r} do not end (pid {pids}); "
            "its record is kept, end them by hand and stop it again"
        )
    return bool(panes)


def withdraw(registry: Registry, record: AgentRecord) -> bool:
    """Remove the agent's record if it is still this incarnation's; whether it was."""

    def ours(entry: Entry) -> bool:
        found = entry.record
        return found is not None and found.generation_id == record.generation_id

    return registry.remove_if(registry.entry(record.agent_id).path, ours)


def _kill(address: TmuxAddress, name: str) -> None:
    try:
        lifecycle.kill(address, name)
    except TmuxError:
        # It may have ended by itself meanwhile; only a session that is there is a failure.
        if any(it.name == name for it in listing.sessions(address, ())):
            raise


def _below(panes: Iterable[Pane]) -> Iterator[psutil.Process]:
    """The processes of the panes and everything they started."""
    for pane in panes:
        with suppress(psutil.Error):
            top = psutil.Process(pane.pid)
            yield from (top, *top.children(recursive=True))


def _left_by_tool(record: AgentRecord) -> Iterator[psutil.Process]:
    """Processes of the tool that have left the pane's tree, as daemons of some tools do.

    They are known by the session's own variable, and only by the tool's name beside it: what
    else an agent has started for good is not ours to end.
    """
    names = PROCESS_NAMES.get(record.tool, frozenset())
    for process in psutil.process_iter(["name"]):
        if (process.info["name"] or "").lower() not in names:
            continue
        with suppress(psutil.Error, OSError):
            environ = process.environ()
            if any(environ.get(it) == record.manifest_path for it in spellings(MANIFEST_PATH)):
                yield process


def _end(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Wait, then tell them to end, then kill them; those that remain, none of them ourselves."""
    mine = {it.pid for it in (psutil.Process(), *psutil.Process().parents())}
    left = [it for it in set(processes) if it.pid not in mine]
    left = _still_there(left, HANGUP_SECONDS)
    for process in left:
        with suppress(psutil.Error):
            process.terminate()
    left = _still_there(left, TERMINATE_SECONDS)
    for process in left:
        with suppress(psutil.Error):
            process.kill()
    return _still_there(left, KILL_SECONDS)


def _still_there(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    # Not psutil's own wait: it waits for zombies too, however late init reaps them.
    deadline = clock.monotonic() + seconds
    while left := [process for process in processes if _runs(process)]:
        if clock.monotonic() > deadline:
            break
        time.sleep(_POLL_SECONDS)
    return left


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
