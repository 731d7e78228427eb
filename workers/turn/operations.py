"""What callers have the turn process do: begin, interrupt, show again, stop; and recovery.

Runs on the process's main thread, so that nothing here keeps the loop from following turns.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from houmao import clock, logs
from houmao.errors import Conflict, NotFound, TmuxError, Unavailable
from houmao.files import read_plain
from houmao.headless import runner
from houmao.headless.records import OwnedAgent, TurnRecord, digest
from houmao.registry.record import LEASE_SECONDS, AgentRecord
from houmao.sessions.headless.turn_run import pane_of, run_in, run_of
from houmao.sessions.manifest.document import Conversation
from houmao.sessions.manifest.file import load
from houmao.sessions.processes.ending import end_agent, withdraw
from houmao.state.turns import TurnOrder, TurnStore
from houmao.tmux import listing
from houmao.tmux.ending import Survivor, end_processes
from houmao.tmux.panes import Pane
from workers.loop import Loop
from workers.turn.follower import START_SECONDS
from workers.turn.output import told_by
from workers.turn.process import left_by
from workers.turn.running_turns import HeadlessHost, RunningTurns

#: Seconds an action of the loop may take; below the jobs' own time limit.
PATIENCE = 8.0
#: Seconds a killed turn may take to be finalised.
END_SECONDS = 3.0
#: The outputs that can be asked for, and their files.
OUTPUTS = {"stdout": runner.STDOUT, "stderr": runner.STDERR}


@dataclass(frozen=True, slots=True)
class TurnOperations:
    """The headless agents of this host. `environ` is whose programs turns run."""

    headless_host: HeadlessHost
    store: TurnStore
    loop: Loop[RunningTurns]
    environ: Mapping[str, str]
    #: Seconds after which a turn is ended that was given no limit of its own.
    limit_seconds: int

    def begin(self, turn_id: str) -> Mapping[str, str]:
        """Run a turn whose order lies in Redis; its index.

        Raises HoumaoError, and then nothing was run and nothing of it is left.
        """
        order = self.store.ordered(turn_id)
        if order is None:
            raise Unavailable("the order was taken back before the host got to it; ask again")
        authority = self._authority(order.tracked_agent_id)
        former = self.headless_host.files.turn(order.tracked_agent_id, turn_id)
        if former is not None:
            # The same call once more, whose first answer was lost; it was begun by that one.
            self.store.take_order(turn_id)
            return {"turn_index": str(former.turn_index)}
        stored = load(Path(authority.manifest_path))
        pane = self._pane(authority)
        record = self._record(order, authority, stored.conversation)
        run = run_of(stored, order.prompt, turn_id, self.environ)
        self._claim(record)
        self._take(record)
        # From here on the host has the turn, whatever happens to this process.
        self._follow(record)
        try:
            self.headless_host.files.prepare(record, run)
            run_in(self.headless_host.address, pane, Path(record.turn_artifact_dir))
        except (OSError, TmuxError) as error:
            self._fail(record, error)
        return {"turn_index": str(record.turn_index)}

    def interrupt(self, tracked: str) -> str:
        """Tell the agent's turn to end; a sentence about it. Raises NotFound."""
        self._authority(tracked)
        found = self.loop.call(lambda turns: turns.interrupt(tracked), PATIENCE)
        if found is None:
            return "no turn runs; there was nothing to interrupt"
        return f"turn {found.turn_id} was told to end"

    def stop(self, tracked: str) -> str:
        """End the agent, its turn and its session; its turns can still be read.

        Raises NotFound, and TmuxError when the session could not be ended; then it stays.
        """
        authority = self._authority(tracked)
        self.loop.call(lambda turns: turns.interrupt(tracked, kill=True), PATIENCE)
        deadline = clock.monotonic() + END_SECONDS
        while self._running(tracked) is not None and clock.monotonic() < deadline:
            time.sleep(0.02)
        record = self.headless_host.registry.load(authority.agent_id) or self._registration(
            authority
        )
        end_agent(self.headless_host.address, record)
        if left := end_processes(left_by(self.headless_host.files.turns(tracked))):
            raise Survivor(f"process {left[0].pid} of agent {tracked} did not end")
        self._retire(authority, record)
        return f"agent {tracked} stopped"

    def show(self, tracked: str, turn_id: str) -> None:
        """Publish a turn and all of its events again. Raises NotFound."""
        record = self._turn(tracked, turn_id)
        self.store.put(record, news=False)
        self.store.add_events(turn_id, told_by(record), whole=not record.active)

    def show_output(self, tracked: str, turn_id: str, name: str) -> None:
        """Lay one of a turn's outputs out in Redis. Raises NotFound."""
        record = self._turn(tracked, turn_id)
        try:
            found = read_plain(Path(record.turn_artifact_dir) / OUTPUTS[name])
        except (KeyError, OSError):
            raise NotFound(f"turn {turn_id} has no {name}") from None
        self.store.put_output(turn_id, name, found.decode("utf-8", "replace"))

    # --- recovery ----------------------------------------------------------------------

    def recover(self) -> None:
        """Take up what a former process of this host left: turns first, then agents.

        Raises TmuxError when tmux cannot be asked, since that must not end any agent.
        """
        sessions = {it.session_name for it in listing.panes(self.headless_host.address)}
        for authority in self.headless_host.files.authorities():
            try:
                self._recover(authority, sessions)
            except Exception:  # what is wrong with one agent must not keep the others waiting
                logs.get("owner").exception("not_recovered", tracked=authority.tracked_agent_id)

    def _recover(self, authority: OwnedAgent, sessions: set[str]) -> None:
        tracked = authority.tracked_agent_id
        record = self.headless_host.files.active(tracked)
        if record is not None:
            self._take_up(record, authority)
        gone = self._why_gone(authority, sessions)
        if gone and self._running(tracked) is None:
            logs.get("owner").warning("agent_ended", tracked=tracked, reason=gone)
            self._retire(authority, self.headless_host.registry.load(authority.agent_id))
        elif not gone:
            self._publish(authority)

    def _take_up(self, record: TurnRecord, authority: OwnedAgent) -> None:
        self._follow(record)
        waiting = (Path(record.turn_artifact_dir) / runner.RUN).exists()
        pane = pane_of(self.headless_host.address, authority.tmux_session_name, authority.agent_id)
        if waiting and pane and clock.now() - record.started_at < START_SECONDS:
            # Accepted, and nobody has begun it; whoever takes it first is the only one.
            run_in(self.headless_host.address, pane, Path(record.turn_artifact_dir))
        self.loop.call(lambda turns: turns.check(record.tracked_agent_id), PATIENCE)

    def _why_gone(self, authority: OwnedAgent, sessions: set[str]) -> str | None:
        if authority.tmux_session_name not in sessions:
            return f"tmux session {authority.tmux_session_name!r} is gone"
        if not Path(authority.manifest_path).is_file():
            return "its session manifest is gone"
        if not Path(authority.agent_def_dir).is_dir():
            return "its agent definitions are gone"
        return None

    def _publish(self, authority: OwnedAgent) -> None:
        """Put the agent's record back into the registry, if it is not there any more."""
        found = self.headless_host.registry.load(authority.agent_id)
        if found is None or not found.is_fresh(clock.now()):
            self.headless_host.registry.publish(self._registration(authority), clock.now())

    def _registration(self, authority: OwnedAgent) -> AgentRecord:
        now = clock.now()
        return AgentRecord(
            agent_name=authority.agent_name,
            agent_id=authority.agent_id,
            generation_id=load(Path(authority.manifest_path)).generation_id,
            published_at=now,
            lease_expires_at=now + LEASE_SECONDS,
            backend=authority.backend,
            tool=authority.tool,
            manifest_path=authority.manifest_path,
            session_name=authority.tmux_session_name,
            session_root=authority.session_root,
            agent_def_dir=authority.agent_def_dir,
        )

    # --- parts -------------------------------------------------------------------------

    def _authority(self, tracked: str) -> OwnedAgent:
        found = self.headless_host.files.authority(tracked)
        if found is None:
            raise NotFound(f"this host owns no headless agent {tracked!r}")
        return found

    def _turn(self, tracked: str, turn_id: str) -> TurnRecord:
        found = self.headless_host.files.turn(tracked, turn_id)
        if found is None:
            raise NotFound(f"agent {tracked} has no turn {turn_id!r}")
        return found

    def _running(self, tracked: str) -> TurnRecord | None:
        return self.loop.call(lambda turns: turns.running(tracked), PATIENCE)

    def _follow(self, record: TurnRecord) -> None:
        self.loop.call(lambda turns: turns.follow(record), PATIENCE)

    def _pane(self, authority: OwnedAgent) -> Pane:
        pane = pane_of(self.headless_host.address, authority.tmux_session_name, authority.agent_id)
        if pane is None:
            raise Unavailable(
                f"tmux session {authority.tmux_session_name!r} of agent "
                f"{authority.agent_name!r} does not run; stop the agent and launch it anew"
            )
        return pane

    def _record(
        self, order: TurnOrder, authority: OwnedAgent, continues: Conversation | None
    ) -> TurnRecord:
        tracked = authority.tracked_agent_id
        return TurnRecord(
            turn_id=order.turn_id,
            tracked_agent_id=tracked,
            turn_index=self.headless_host.files.next_index(tracked),
            tool=authority.tool,
            started_at=clock.now(),
            turn_artifact_dir=str(self.headless_host.files.folder(tracked, order.turn_id)),
            tmux_session_name=authority.tmux_session_name,
            agent_id=authority.agent_id,
            agent_name=authority.agent_name,
            tmux_window_name="agent",
            limit_seconds=order.limit_seconds or self.limit_seconds,
            provider_session_id=continues.provider_id if continues else None,
            fan_out_id=order.fan_out_id,
            prompt_digest=digest(order.prompt),
        )

    def _claim(self, record: TurnRecord) -> None:
        tracked = record.tracked_agent_id
        active = self.headless_host.files.active(tracked)
        if active is not None:
            # Whoever left it may not have come to its end; it is followed from now on.
            self._follow(active)
            active = self.headless_host.files.active(tracked)
        if active is not None or not self.headless_host.files.claim(record):
            which = f" (turn {active.turn_id})" if active else ""
            raise Conflict(f"agent {record.agent_name!r} is busy with another turn{which}")

    def _take(self, record: TurnRecord) -> None:
        """Take the order, or leave no trace of the turn. Raises Unavailable."""
        taken = False
        try:
            taken = self.store.take_order(record.turn_id)
        finally:
            if not taken:
                self.headless_host.files.withdraw(record)
        if not taken:
            raise Unavailable("the order was taken back before the host got to it; ask again")

    def _fail(self, record: TurnRecord, error: OSError | TmuxError) -> None:
        reason = error.message if isinstance(error, TmuxError) else error.strerror
        why = f"it could not be started: {reason}"
        self.loop.call(lambda turns: turns.fail(record.tracked_agent_id, why), PATIENCE)

    def _retire(self, authority: OwnedAgent, record: AgentRecord | None) -> None:
        if record is not None and record.manifest_path == authority.manifest_path:
            withdraw(self.headless_host.registry, record)
        self.headless_host.files.end(authority.tracked_agent_id)
        self.loop.call(lambda turns: turns.survey(), PATIENCE)
