"""Keep programs running: start, restart with back-off, end within a bound.

One thread, no polling: it sleeps until a child ends, a signal comes or a restart is due.
It knows nothing of what the programs do.
"""

import os
import selectors
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from houmao import config, logs
from houmao.serve.orphans import end_with_parent
from houmao.serve.programs import Program

#: Seconds all children together get to end after SIGTERM, before SIGKILL.
GRACE = 3.5
#: Part of the grace that is kept for programs that outlive the others.
PROPS_GRACE = 0.5
#: Seconds before the first restart of a child that ended; doubled up to the cap while it goes on.
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
#: Seconds a child must have run for its next end to count as a first one.
HEALTHY_AFTER = 10.0


@dataclass(slots=True)
class Child:
    """One program and what became of it."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float | None = None
    pause: float = FIRST_PAUSE


class Supervisor:
    """Runs programs until `stop` is called or a signal asks for the end."""

    def __init__(
        self,
        programs: Sequence[Program],
        clock: Callable[[], float],
        restarted: Callable[[str], None] = lambda program: None,
    ) -> None:
        """`restarted` is told the name of a program that ended by itself and is started again."""
        self._children: list[Child] = []
        self._joining = deque(programs)
        self._clock = clock
        self._restarted = restarted
        self._stopping = False
        self._log = logs.get("supervisor")
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    def run(self) -> None:
        """Start everything and keep it running; returns once everything ended after a signal."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stop())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_read, selectors.EVENT_READ)
            while not self._stopping:
                self._start_joining()
                selector.select(self._seconds_to_restart())
                self._drain()
                self._look_after()
            self._end_all()

    def add(self, programs: Iterable[Program]) -> None:
        """Run these, too, from now on; for any thread."""
        self._joining.extend(programs)
        self._wake()

    def stop(self) -> None:
        """Ask for the end; safe in a signal handler."""
        self._stopping = True
        self._wake()

    def _wake(self) -> None:
        # A full pipe wakes as well as one more byte would.
        with suppress(BlockingIOError):
            os.write(self._wake_write, b"!")

    def _drain(self) -> None:
        # Empty when we were woken by a restart that is due.
        with suppress(BlockingIOError):
            os.read(self._wake_read, 4096)

    def _start_joining(self) -> None:
        while self._joining:
            child = Child(self._joining.popleft())
            if child.program.argv is not None:
                self._children.append(child)
                self._start(child)

    def _look_after(self) -> None:
        now = self._clock()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._note_end(child, now)
            if child.restart_at is not None and now >= child.restart_at and not self._stopping:
                self._start(child)
                self._restarted(child.program.name)

    def _start(self, child: Child) -> None:
        program = child.program
        assert program.argv is not None
        child.restart_at = None
        child.started_at = self._clock()
        child.process = subprocess.Popen(
            program.argv,
            stdin=subprocess.DEVNULL,
            cwd=program.folder,
            env={**config.environment(), **program.environ},
            pass_fds=program.pass_fds,
            # An own group: a Ctrl-C in the terminal reaches us alone, and we end them in order.
            process_group=0,
            preexec_fn=end_with_parent,
        )
        self._log.info("started", program=program.name, pid=child.process.pid)

    def _note_end(self, child: Child, now: float) -> None:
        assert child.process is not None
        code, child.process = child.process.returncode, None
        if now - child.started_at >= HEALTHY_AFTER:
            child.pause = FIRST_PAUSE
        child.restart_at = now + child.pause
        mended = child.program.mend() if code and child.program.mend else ""
        if mended:
            self._log.error("mended", program=child.program.name, what=mended)
        where = {"its_log": str(child.program.log)} if child.program.log else {}
        self._log.warning(
            "ended", program=child.program.name, code=code, restart_in_seconds=child.pause, **where
        )
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def _seconds_to_restart(self) -> float | None:
        times = [child.restart_at for child in self._children if child.restart_at is not None]
        return max(0.0, min(times) - self._clock()) if times else None

    def _end_all(self) -> None:
        deadline = self._clock() + GRACE
        # What the others lean on ends last, so that they can say goodbye to it.
        props = [child for child in self._children if child.program.outlives_others]
        others = [child for child in self._children if not child.program.outlives_others]
        for group, until in ((others, deadline - PROPS_GRACE), (props, deadline)):
            for child in group:
                _signal(child, signal.SIGTERM)
            self._await(group, until)
        for child in self._children:
            if child.process is not None and child.process.poll() is None:
                self._log.warning("killed", program=child.program.name, pid=child.process.pid)
                _signal(child, signal.SIGKILL)
                child.process.wait()

    def _await(self, children: Sequence[Child], deadline: float) -> None:
        for child in children:
            if child.process is not None:
                with suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.0, deadline - self._clock()))


def _signal(child: Child, number: signal.Signals) -> None:
    """Signal the child's whole process group, if it still runs."""
    if child.process is not None and child.process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.process.pid, number)
