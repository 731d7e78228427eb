"""One running turn, followed to its end: its process, its output, its time limit, its verdict.

It knows no Redis and no other turn; time arrives as an argument, in seconds since the epoch.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from houmao.headless import runner
from houmao.headless.conversation import is_lost, next_one
from houmao.headless.files import AgentFiles
from houmao.headless.records import TurnRecord
from houmao.headless.turn_status import TurnStatus
from houmao.headless.verdict import ProcessEnd, judge
from workers.turn.output import Numbered, TurnOutput
from workers.turn.process import KILL, STEPS, TurnProcess, exit_code_of, process_of

#: Seconds after which a turn whose runner has not begun is given up.
START_SECONDS = 20.0
#: Characters of an answer that its record keeps.
_LONGEST_ANSWER = 100_000


class TurnFollower:
    """A turn from its acceptance on. `record` is what is on disk of it."""

    def __init__(self, record: TurnRecord, files: AgentFiles, wall: Callable[[], float]) -> None:
        self.record = record
        self.folder = Path(record.turn_artifact_dir)
        self._files = files
        self._wall = wall
        self._output = TurnOutput(record)
        self._process: TurnProcess | None = None
        self._steps = STEPS
        self._steps_taken = 0

    # --- looking ----------------------------------------------------------------------

    def look(self) -> list[Numbered]:
        """Take in what changed in the folder; the new events. A final turn stays as it is."""
        if not self.record.active:
            return []
        if self._process is None or self._process.child_pid is None:
            self._note_process()
        code = exit_code_of(self.folder)
        events = self._output.read(self._wall, final=code is not None)
        if code is not None:
            self._end(code)
        return events

    def check(self) -> list[Numbered]:
        """Look after what makes no event: a process that is gone, time that is up."""
        events = self.look()
        if self.record.active and self._process is None:
            self._mind_the_start()
        elif self.record.active and self._process is not None and not self._process.lives:
            # Its last act may have come between the two looks.
            events += self.look()
            if self.record.active:
                events += self._output.read(self._wall, final=True)
                self._end(None)
        if self.record.active:
            self._mind_the_limit()
            self._press()
        return events

    # --- ending -----------------------------------------------------------------------

    def interrupt(self, *, kill: bool = False) -> None:
        """Let the turn end before its time; twice is as good as once, but `kill` hurries."""
        if self.record.interrupt_requested_at is None:
            self._save(replace(self.record, interrupt_requested_at=self._wall()), marked=True)
        if kill and self._steps is not KILL:
            self._steps, self._steps_taken = KILL, 0
        self._press()

    def fail(self, why: str) -> None:
        """End a turn that could not be started."""
        self._conclude(TurnStatus.FAILED, why, None)

    # --- how --------------------------------------------------------------------------

    def _note_process(self) -> None:
        found = process_of(self.folder)
        if found is None or found == self._process:
            return
        self._process = found
        self._save(
            replace(
                self.record,
                process_path=str(self.folder / runner.PROCESS),
                process_started_at=self.record.process_started_at or self._wall(),
                runner_pid=found.runner_pid,
                child_pid=found.child_pid,
            ),
            marked=True,
        )

    def _mind_the_start(self) -> None:
        """Give a turn up whose runner does not come, so that it cannot come later either."""
        if self._wall() - self.record.started_at < START_SECONDS:
            return
        with suppress(FileNotFoundError):
            (self.folder / runner.RUN).unlink()
            self._conclude(TurnStatus.ABANDONED, "nothing was run: its runner never began", None)
            return
        if process_of(self.folder) is None:
            why = "its runner ended before it had started anything"
            self._conclude(TurnStatus.ABANDONED, why, None)

    def _mind_the_limit(self) -> None:
        limit = self.record.limit_seconds
        now = self._wall()
        if limit and self.record.timed_out_at is None and now >= self.record.started_at + limit:
            self._save(replace(self.record, timed_out_at=now), marked=True)

    def _press(self) -> None:
        """Tell the processes to end, as firmly as the time that has passed asks for."""
        moments = (self.record.interrupt_requested_at, self.record.timed_out_at)
        asked = [moment for moment in moments if moment is not None]
        if not asked or self._process is None or self._process.child_pid is None:
            return
        passed = self._wall() - min(asked)
        due = [number for after, number in self._steps if after <= passed]
        if len(due) > self._steps_taken:
            self._steps_taken = len(due)
            self._process.signal(due[-1])

    def _end(self, code: int | None) -> None:
        asked = self.record.interrupt_requested_at is not None
        timed_out = self.record.timed_out_at is not None
        verdict = judge(self.record.tool, self._output.told, ProcessEnd(code, asked, timed_out))
        if (asked or timed_out) and self._process is not None:
            # What the tool has left running is part of what should end.
            self._process.signal(KILL[0][1])
        error = verdict.error
        if error is not None and is_lost(self.record.tool, self._output.told):
            error = f"{error}; the next turn begins a new conversation"
        self._conclude(verdict.status, error, code)

    def _conclude(self, status: TurnStatus, error: str | None, code: int | None) -> None:
        told = self._output.told
        self._save(
            replace(
                self.record,
                status=status,
                error=error,
                returncode=code,
                completed_at=self._wall(),
                completion_source="process_exit" if code is not None else "process_lost",
                stdout_path=self._existing(runner.STDOUT),
                stderr_path=self._existing(runner.STDERR),
                status_path=self._existing(runner.EXIT_CODE),
                provider_session_id=next_one(
                    self.record.tool, self.record.provider_session_id, told
                ),
                answer=told.answer[:_LONGEST_ANSWER] or None,
                events=self._output.count,
            )
        )
        for secret in (runner.RUN, runner.TAKEN):
            (self.folder / secret).unlink(missing_ok=True)

    def _existing(self, name: str) -> str | None:
        path = self.folder / name
        return str(path) if path.exists() else None

    def _save(self, record: TurnRecord, *, marked: bool = False) -> None:
        self._files.save(record)
        if marked:
            self._files.mark(record)
        self.record = record
