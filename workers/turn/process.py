"""The processes of a turn: who they are, whether they live, and how they are told to end."""

import json
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from houmao.files import read_plain
from houmao.headless import runner
from houmao.headless.records import TurnRecord
from houmao.headless.runner import start_of
from houmao.sessions.headless.turn_run import TURN_ID

Steps = tuple[tuple[float, signal.Signals], ...]

#: What a turn's processes are told, and after how many seconds, until they end.
STEPS: Steps = ((0.0, signal.SIGINT), (5.0, signal.SIGTERM), (10.0, signal.SIGKILL))
#: The same when nobody waits for what they might still have to do.
KILL: Steps = ((0.0, signal.SIGKILL),)


@dataclass(frozen=True, slots=True)
class TurnProcess:
    """The runner and, once it was started, the tool; start times are in the kernel's ticks."""

    runner_pid: int
    runner_start: int
    child_pid: int | None = None
    child_start: int = 0

    @property
    def lives(self) -> bool:
        """True while the tool runs, or the runner that will tell how it ended."""
        return self.child_lives or _lives(self.runner_pid, self.runner_start)

    @property
    def child_lives(self) -> bool:
        """True while the tool's own process runs."""
        return self.child_pid is not None and _lives(self.child_pid, self.child_start)

    def signal(self, number: int) -> None:
        """Tell the tool and everything that it started beside itself."""
        for pid in self._members():
            with suppress(OSError):
                os.kill(pid, number)

    def _members(self) -> Iterator[int]:
        """Processes of the session that the tool leads, or has led."""
        leader = self.child_pid
        if leader is None or (psutil.pid_exists(leader) and not self._is_leader(leader)):
            return
        for pid in psutil.pids():
            with suppress(OSError):
                if os.getsid(pid) == leader:
                    yield pid

    def _is_leader(self, pid: int) -> bool:
        # The id may mean somebody else by now, and that one may lead a session, too.
        return start_of(pid) == self.child_start


def process_of(folder: Path) -> TurnProcess | None:
    """What the runner has written of itself and the tool, None before that."""
    try:
        found = json.loads(read_plain(folder / runner.PROCESS))
        return TurnProcess(
            int(found["runner_pid"]),
            int(found["runner_start"]),
            found["child_pid"] and int(found["child_pid"]),
            int(found.get("child_start") or 0),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def left_by(turns: Iterable[TurnRecord]) -> Iterator[psutil.Process]:
    """What turns have left running in their tools' own sessions.

    What has put itself into another session was meant to outlive the turn.
    """
    leaders = {it.child_pid: it.turn_id for it in turns if it.child_pid is not None}
    for process in psutil.process_iter():
        with suppress(OSError, psutil.Error):
            turn_id = leaders.get(os.getsid(process.pid))
            if turn_id is not None and process.environ().get(TURN_ID) == turn_id:
                yield process


def exit_code_of(folder: Path) -> int | None:
    """The tool's exit code, None before the runner has written it."""
    try:
        return int(read_plain(folder / runner.EXIT_CODE))
    except (OSError, ValueError):
        return None


def _lives(pid: int, start: int) -> bool:
    try:
        ended = psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
    return not ended and start_of(pid) == start
