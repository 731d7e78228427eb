"""All agents of the host: who they are, which panes they live in, and when to look at which.

Called by the watch loop's thread only. Everything it touches arrives in the constructor:
the tmux server, the sources of news, the registry, the outbox, the clocks.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from houmao import logs
from houmao.errors import HoumaoError, NotFound, TmuxError
from houmao.registry.files import Registry
from houmao.state.values import AgentIdentity, HostStatus
from houmao.state.write import Change
from houmao.tmux.panes import Pane
from houmao.track.diagnostics import Diagnostics
from houmao.track.scheduler import LoopScheduler
from workers.watch.agent import DOWN, MISSING, UNSUPPORTED, Moment, WatchedAgent, probe_failed
from workers.watch.dirt import Dirt
from workers.watch.exits import Exits
from workers.watch.outbox import Outbox
from workers.watch.panes import PaneSource
from workers.watch.places import Places, is_other, looks_other
from workers.watch.roster import Roster, read_roster, same_agent
from workers.watch.schedule import CaptureSchedule

#: Panes captured in one turn; more would make the others wait.
BATCH = 32
#: Seconds after which a screen is captured although nothing seemed to happen.
SWEEP_AGE = 2.0
#: Seconds without a tick after which the fleet sweeps by itself.
TICK_GRACE = 1.5
#: Seconds between the first sign of a new or changed record and the scan.
SCAN_DELAY = 0.02
#: Seconds between two looks at the process table while some agent's tool is not found.
INSPECT_GAP = 0.5
#: Seconds between captures of all panes where the system cannot tell which were painted on.
BLIND_AGE = 0.1


@dataclass(frozen=True, slots=True)
class Clocks:
    """The two clocks of the loop: seconds that never go back, and seconds since the epoch."""

    monotonic: Callable[[], float]
    wall: Callable[[], float]

    def moment(self) -> Moment:
        """Now, on both."""
        return Moment(self.monotonic(), self.wall())


@dataclass(frozen=True, slots=True)
class Sources:
    """Where news comes from."""

    tmux: PaneSource
    dirt: Dirt
    exits: Exits
    registry: Registry


class Fleet:
    """The agents of one host. `status` describes the process in its heartbeat."""

    def __init__(
        self, sources: Sources, outbox: Outbox, status: HostStatus, clocks: Clocks
    ) -> None:
        self._sources = sources
        self._outbox = outbox
        self._status = status
        self._clocks = clocks
        self._scheduler = LoopScheduler(clocks.monotonic())
        self._schedule = CaptureSchedule()
        self._agents: dict[str, WatchedAgent] = {}
        self._places = Places(sources.dirt, sources.exits)
        self._panes: list[Pane] = []
        self._roster = Roster({}, {})
        self._scan_at: float | None = clocks.monotonic()
        self._swept_at = 0.0
        self._inspect_at = 0.0
        self._changes: list[Change] = []
        self._log = logs.get("fleet")

    # --- what the loop waits for -------------------------------------------------------

    def filenos(self) -> dict[str, int]:
        """Descriptors that become readable when there is news; -1 for one that is not there."""
        return {
            "dirt": self._sources.dirt.fileno(),
            "exits": self._sources.exits.fileno(),
            "tmux": self._sources.tmux.fileno(),
        }

    def seconds_to_next(self) -> float:
        """How long nothing needs to be done unless a descriptor says so."""
        times = [
            self._schedule.next_due(),
            self._scheduler.next_due(),
            self._scan_at,
            self._outbox.next_try(),
            self._swept_at + TICK_GRACE,
        ]
        soonest = min(time for time in times if time is not None)
        if not self._sources.dirt.works:
            soonest = min(soonest, self._clocks.monotonic() + BLIND_AGE)
        return soonest - self._clocks.monotonic()

    # --- news --------------------------------------------------------------------------

    def on_dirt(self) -> None:
        """Panes were painted on, or the registry changed."""
        now = self._clocks.monotonic()
        dirty = self._sources.dirt.read()
        if dirty.registry:
            self._scan_soon(now)
        for pane_id, agents in self._places.painted(None if dirty.overflow else dirty.ttys):
            self._schedule.mark(pane_id, now)
            for agent in agents:
                # A tool may just have been started in what was a bare shell.
                agent.inspect |= agent.supported and agent.process is None

    def on_notices(self) -> None:
        """The tmux server announced something, or went away."""
        try:
            notices = self._sources.tmux.notices()
        except TmuxError:
            notices = ["%exit"]
        if notices:
            self._scan_soon(self._clocks.monotonic())

    def on_exits(self) -> None:
        """Processes of tools ended."""
        ended = self._sources.exits.read()
        for agent in self._agents.values():
            if agent.process is not None and agent.process.pid in ended:
                agent.inspect = True
                self._inspect_at = 0.0

    def _scan_soon(self, now: float) -> None:
        self._scan_at = min(self._scan_at or now + SCAN_DELAY, now + SCAN_DELAY)

    # --- work --------------------------------------------------------------------------

    def turn(self) -> None:
        """Do whatever is due now."""
        now = self._clocks.monotonic()
        if self._outbox.come_online():
            self._restore_all()
        if self._scan_at is not None and now >= self._scan_at:
            self.scan()
        if now - self._swept_at > TICK_GRACE:
            self.tick()
        if not self._sources.dirt.works:
            self._schedule.mark_stale(self._places.watched(), now, BLIND_AGE)
        self._inspect_if_due(now)
        self._capture(self._schedule.take(now, BATCH))
        self._settle()
        self._flush()

    def tick(self) -> None:
        """Look after everything that makes no event: deaths, resizes, idle screens."""
        moment = self._clocks.moment()
        self._swept_at = moment.at
        self._list_panes()
        self._notice_moved()
        self._schedule.mark_stale(self._places.watched(), moment.at, SWEEP_AGE)
        self._flush()
        self._heartbeat(moment)

    def scan(self) -> None:
        """Read the registry and follow what appeared, changed and went."""
        moment = self._clocks.moment()
        self._scan_at = None
        if not self._list_panes():
            return
        sessions = {pane.session_name for pane in self._panes}
        try:
            roster = read_roster(self._sources.registry, self._status.host, sessions, moment.wall)
        except HoumaoError as error:
            self._log.warning("scan_failed", reason=error.message)
            return
        self._follow(roster)
        self._inspect_if_due(moment.at, at_once=True)

    def refresh(self, agent_id: str) -> None:
        """Capture one agent now and publish what is seen. Raises NotFound."""
        agent = self._agents.get(agent_id)
        if agent is None:
            raise NotFound(f"agent {agent_id} is not watched on host {self._status.host}")
        agent.inspect = True
        self._list_panes()
        self._inspect([agent])
        if agent.pane is not None and agent.process is not None:
            self._capture([agent.pane.pane_id])
        self._changes += agent.republish(self._clocks.moment())
        self._flush()

    def close(self) -> None:
        """Stop watching; agents and their panes are left alone."""
        for agent in self._agents.values():
            agent.close()
        self._outbox.close()
        self._sources.tmux.disconnect()
        self._sources.dirt.close()
        self._sources.exits.close()

    # --- following the registry ----------------------------------------------------------

    def _follow(self, roster: Roster) -> None:
        for agent_id in self._agents.keys() - roster.agents.keys():
            self._forget(self._agents.pop(agent_id))
        for agent_id, identity in roster.agents.items():
            agent = self._agents.get(agent_id)
            if agent is None or not same_agent(agent.identity, identity):
                self._replace(agent, identity)
            else:
                agent.identity = identity
        for folder in roster.folders:
            self._sources.dirt.watch_folder(folder)
        if roster != self._roster:
            self._roster = roster
            self._outbox.index(roster.agents.values(), roster.skipped)

    def _replace(self, old: WatchedAgent | None, identity: AgentIdentity) -> None:
        if old is not None:
            self._forget(old)
        agent = WatchedAgent(identity, self._scheduler)
        agent.epoch = self._outbox.epoch
        former = self._outbox.recall(identity) if old is None else None
        if former is not None:
            agent.restore(former)
        self._agents[identity.agent_id] = agent
        self._log.info("agent_listed", agent_id=identity.agent_id, tool=identity.tool)

    def _forget(self, agent: WatchedAgent) -> None:
        self._places.leave(agent)
        agent.close()
        self._log.info("agent_gone", agent_id=agent.identity.agent_id)

    def _restore_all(self) -> None:
        """Publish the whole present anew, after Redis or the lease was lost."""
        moment = self._clocks.moment()
        self._outbox.index(self._roster.agents.values(), self._roster.skipped)
        for agent in self._agents.values():
            agent.epoch = self._outbox.epoch
            self._changes += agent.republish(moment)
        self._flush()
        self._heartbeat(moment)
        self._scan_soon(moment.at)

    # --- following the panes -------------------------------------------------------------

    def _list_panes(self) -> bool:
        """Refresh the listing; False when tmux is there but does not answer."""
        source = self._sources.tmux
        if not source.connected:
            self._panes = []
            for agent in self._agents.values():
                agent.inspect = True
        if not source.connect():
            self._inspect_at = 0.0
            return True
        try:
            self._panes = source.panes()
            source.release_if_unused(self._panes)
            return True
        except TmuxError as error:
            self._fail_all(probe_failed("tmux_probe_error", error.message))
            return False

    def _notice_moved(self) -> None:
        """Mark the agents whose pane is no longer what it was."""
        known = {pane.pane_id: pane for pane in self._panes}
        for agent in self._agents.values():
            listed = known.get(agent.pane.pane_id) if agent.pane else None
            if agent.pane is None or listed is None or is_other(agent.pane, listed):
                agent.inspect = True
            elif agent.process is None:
                agent.inspect |= listed.command != agent.pane.command
            elif looks_other(agent.pane, listed):
                self._schedule.mark(listed.pane_id, self._clocks.monotonic())

    def _inspect_if_due(self, now: float, at_once: bool = False) -> None:
        if not at_once and now < self._inspect_at:
            return
        waiting = [agent for agent in self._agents.values() if agent.inspect]
        if waiting:
            self._inspect_at = now + INSPECT_GAP
            self._inspect(waiting)

    def _inspect(self, agents: Iterable[WatchedAgent]) -> None:
        """Find each agent's pane and process again."""
        self._places.look(self._panes)
        for agent in agents:
            self._places.settle(agent)
            self._told_where(agent)

    def _told_where(self, agent: WatchedAgent) -> None:
        moment = self._clocks.moment()
        if agent.pane is not None and agent.process is not None:
            self._schedule.mark(agent.pane.pane_id, moment.at, settle=0.0)
            return
        down = DOWN if agent.supported else UNSUPPORTED
        self._changes += agent.fail(down if agent.pane else MISSING, moment)

    # --- looking and telling -------------------------------------------------------------

    def _capture(self, pane_ids: list[str]) -> None:
        if not pane_ids:
            return
        try:
            captures = self._sources.tmux.capture(pane_ids)
        except TmuxError as error:
            self._fail_all(probe_failed("tmux_capture_error", error.message))
            self._scan_soon(self._clocks.monotonic())
            return
        moment = self._clocks.moment()
        self._scheduler.advance_to(moment.at)
        for pane_id, capture in captures.items():
            for agent in self._places.agents_in(pane_id):
                if capture is None or agent.pane is None or is_other(agent.pane, capture.pane):
                    agent.inspect = True
                elif agent.process is not None:
                    self._changes += agent.see(capture, moment)

    def _settle(self) -> None:
        due = self._scheduler.next_due()
        moment = self._clocks.moment()
        if due is not None and due <= moment.at:
            self._scheduler.advance_to(moment.at)
            for agent in self._agents.values():
                self._changes += agent.settle(moment)

    def _fail_all(self, diagnostics: Diagnostics) -> None:
        moment = self._clocks.moment()
        for agent in self._agents.values():
            agent.inspect = True
            self._changes += agent.fail(diagnostics, moment)

    def _flush(self) -> None:
        changes, self._changes = self._changes, []
        self._outbox.publish(changes)

    def _heartbeat(self, moment: Moment) -> None:
        self._outbox.heartbeat(
            replace(
                self._status,
                epoch=self._outbox.epoch,
                heartbeat_at=moment.wall,
                agents=len(self._agents),
            )
        )
