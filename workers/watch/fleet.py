"""All agents of the host: who they are, which panes they live in, and when to look at which.

Called by the watch loop's thread only. Everything it touches arrives in the constructor:
the tmux servers, the sources of news, the registry, the outbox, the clocks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from houmao import clock, logs
from houmao.errors import HoumaoError, TmuxError
from houmao.jobs import ADOPT, SCAN
from houmao.requests.request import Request
from houmao.sessions.places import places_of, sockets_of
from houmao.state.values import HostStatus
from houmao.state.write import AgentUpdate
from houmao.tmux.panes import PaneKey
from houmao.tools.catalog import select_detector
from houmao.track.moment import Moment
from houmao.track.scheduler import LoopScheduler
from workers.loop import Clocks
from workers.loop import NewsSources as NewsSources
from workers.watch.change_notices import ChangeNotices
from workers.watch.journals import Journals
from workers.watch.outbox import Outbox
from workers.watch.overdue import running_on
from workers.watch.pace import Pace
from workers.watch.pane_bindings import PaneBindings, is_other
from workers.watch.pane_locator import PaneLocator
from workers.watch.panes import Capture, PaneSource
from workers.watch.process_exits import ProcessExits
from workers.watch.publishing import Publishing
from workers.watch.request_queue import LOOK_EVERY, RequestQueue
from workers.watch.roster import RosterSources, read_roster
from workers.watch.schedule import CaptureSchedule
from workers.watch.status_options import StatusOptions
from workers.watch.tmux_servers import TmuxServers
from workers.watch.watched_agent import DetectorFor, WatchedAgent, probe_failed
from workers.watch.watched_agents import WatchedAgents

#: Panes captured in one turn; more would make the others wait.
BATCH = 32
#: Seconds after which a screen is captured although nothing seemed to happen.
SWEEP_AGE = 2.0
#: Seconds between looks at what makes no event.
TICK_EVERY = 0.9
#: Seconds between the first sign of a new or changed record and the scan.
SCAN_DELAY = 0.02
#: Seconds between scans when nothing asks for one earlier.
SCAN_EVERY = 5.0
#: Seconds between captures of all panes where the system cannot tell which were painted on.
BLIND_AGE = 0.1

#: Beginnings of the notices after which other panes may be there than before.
_PANES_CHANGED = (
    "%exit",
    "%session-renamed",
    "%sessions-changed",
    "%unlinked-window-add",
    "%unlinked-window-close",
    "%window-add",
    "%window-close",
)


@dataclass(frozen=True, slots=True)
class FleetSources:
    """Where news comes from, and who reads the screens."""

    tmux: TmuxServers
    change_notices: ChangeNotices
    process_exits: ProcessExits
    records: RosterSources
    detector_for: DetectorFor = select_detector
    #: Asks for a scheduled job of this process before its time.
    hurry: Callable[[str], None] = lambda function: None
    #: Whether tools in panes that came or changed are to be adopted.
    adopts: bool = False
    journals: Journals[WatchedAgent] = field(default_factory=Journals)
    status: StatusOptions = field(default_factory=StatusOptions)
    #: Seconds since the epoch as files of this machine have them.
    machine_time: Callable[[], float] = clock.now

    def close(self) -> None:
        """Give everything back that was taken to hear of news."""
        self.status.clear(self.tmux)
        self.tmux.disconnect()
        for notices in (self.change_notices, self.process_exits, self.journals):
            notices.close()


class Fleet:
    """The agents of one host. `status` describes the process in its heartbeat."""

    def __init__(
        self,
        sources: FleetSources,
        outbox: Outbox,
        publishing: Publishing,
        requests: RequestQueue,
        status: HostStatus,
        clocks: Clocks,
    ) -> None:
        self.sources, self.requests = sources, requests
        self.outbox, self._publishing = outbox, publishing
        self._status, self._clocks = status, clocks
        self._scheduler = LoopScheduler(clocks.monotonic())
        self._schedule = CaptureSchedule[PaneKey]()
        self._bindings = PaneBindings(sources.change_notices, sources.process_exits)
        self.agents = WatchedAgents(self._bindings, outbox, self._scheduler, sources.detector_for)
        self._locator = PaneLocator(sources.tmux, self._bindings, self.agents, self._schedule)
        self._scan_at, self._swept_at = clocks.monotonic(), 0.0
        self._changes: list[AgentUpdate] = []
        self._pace = Pace()
        self._log = logs.get("fleet")

    def news(self) -> NewsSources:
        """Descriptors that become readable when there is news, and who reads it."""
        return {
            "files": (self.sources.change_notices.fileno(), self.on_change),
            "exits": (self.sources.process_exits.fileno(), self.on_exits),
            "outbox": (self.outbox.fileno(), self.outbox.hear),
            "journals": (self.sources.journals.fileno(), self.on_journals),
            **self.sources.tmux.news(self.on_notices),
        }

    def seconds_to_next(self) -> float:
        """How long nothing needs to be done unless a descriptor says so."""
        own = (self._schedule, self._scheduler, self._locator, self.sources.journals)
        times = (it.next_due() for it in own)
        looks = (self._scan_at, self._swept_at + TICK_EVERY)
        soonest = min([*looks, *(time for time in times if time is not None)])
        if not self.sources.change_notices.works:
            soonest = min(soonest, self._clocks.monotonic() + BLIND_AGE)
        return soonest - self._clocks.monotonic()

    def on_change(self) -> None:
        """Panes were painted on, or the registry changed."""
        now = self._clocks.monotonic()
        noticed = self.sources.change_notices.read()
        if noticed.registry:
            self._scan_soon(now)
        for pane, agents in self._bindings.painted(None if noticed.overflow else noticed.ttys):
            if any(agent.process is not None for agent in agents):
                self._schedule.painted(pane, now)
            for agent in agents:
                # A tool may just have been started in what was a bare shell.
                agent.inspect |= agent.may_come_up
                self.sources.journals.doubt(agent)

    def on_notices(self, server: PaneSource) -> None:
        """A tmux server announced something, or went away."""
        try:
            notices = server.notices()
        except TmuxError:
            notices = ["%exit"]
        if any(notice.startswith(_PANES_CHANGED) for notice in notices):
            self._scan_soon(self._clocks.monotonic())

    def on_exits(self) -> None:
        """Processes of tools ended."""
        self._locator.lose(self.sources.process_exits.read())

    def on_journals(self) -> None:
        """Tools wrote in their journals, or these may be elsewhere."""
        for agent, report in self.sources.journals.news(self._clocks.monotonic()):
            self._changes += agent.hear(report, self._clocks.moment())

    def _scan_soon(self, now: float) -> None:
        self._scan_at = min(self._scan_at, now + SCAN_DELAY)

    def turn(self) -> None:
        """Do whatever is due now."""
        moment = self._clocks.moment()
        now = moment.at
        if self.outbox.come_online():
            self._tell_everything()
        if now >= self._scan_at:
            self.scan()
        if now - self._swept_at >= TICK_EVERY:
            self.tick()
        if not self.sources.change_notices.works:
            self._schedule.mark_stale(self._bindings.watched(), now, BLIND_AGE)
        self._changes += self._locator.inspect_waiting(moment)
        self._capture(self._schedule.take(now, BATCH))
        self._changes += self.agents.settle(self._clocks.moment())
        self._flush()
        if self.sources.journals.unsettled:
            self.on_journals()
            self._flush()
        self._attend(moment)
        self._pace.turned(self._clocks.monotonic() - now)

    def tick(self) -> None:
        """Look after everything that makes no event: deaths, resizes, idle screens."""
        moment = self._clocks.moment()
        self._swept_at = moment.at
        self._list_panes()
        self._schedule.mark_stale(self._bindings.watched(), moment.at, SWEEP_AGE)
        self._flush()
        self.sources.status.tick(self.sources.tmux, self.agents)
        status, counts = self._pace.status(self._status), self._pace.counts
        self.outbox.heartbeat(status, moment.wall, len(self.agents), counts)

    def scan(self) -> None:
        """Read the registry and follow what appeared, changed and went."""
        tmux, records = self.sources.tmux, self.sources.records
        try:
            entries = records.registry.entries()
            tmux.keep(sockets_of(entries))
        except HoumaoError as error:
            entries = None
            self._log.warning("scan_failed", reason=error.message)
        silent, moment = self._list_panes(), self._clocks.moment()
        self._scan_at = moment.at + SCAN_EVERY
        if entries is None or tmux.own.socket in silent:
            return
        panes, machine_time = self._locator.panes, self.sources.machine_time()
        running = running_on(entries, panes, self.agents.running(), machine_time)
        places = places_of(panes, tmux.own.socket, silent, running)
        roster = read_roster(records, entries, self._status.host, places, machine_time)
        self.agents.follow(roster)
        self.sources.journals.keep(set(self.agents))
        if self.sources.change_notices.watch_folders(roster.folders):
            self._scan_soon(moment.at)
        if self.agents.more_moved():
            self.sources.hurry(SCAN)
        self._locator.doubt_all_down()
        self._changes += self._locator.inspect_waiting(moment)

    def refresh(self, agent_id: str) -> None:
        """Capture one agent now and publish what is seen. Raises NotFound."""
        agent = self.agents.need(agent_id)
        self._list_panes()
        self._changes += self._locator.inspect([agent], self._clocks.moment())
        if agent.pane is not None and agent.process is not None:
            self._capture([agent.pane.key])
        self._changes += agent.republish(self._clocks.moment())
        self._flush()

    def record(self, agent_id: str) -> None:
        """Copy the frames of one agent for a while. Raises NotFound."""
        agent = self.agents.need(agent_id)
        opens = partial(self.outbox.frame_sink, agent_id)
        agent.recorder.record(self._clocks.monotonic(), opens, agent.frame)
        self.outbox.keep_frames(agent_id)

    def settle(self, request: Request, taken: bool) -> None:
        """Take charge of an offered request, or forget it: its caller has taken it back."""
        self.requests.settle(request, taken, self._clocks.moment())
        agent = self.agents.get(request.agent_id)
        if agent is not None and agent.pane is not None and agent.process is not None:
            self._schedule.mark(agent.pane.key, self._clocks.monotonic())

    def cancel(self, request_id: str) -> None:
        """Withdraw a request that was not typed yet."""
        self.requests.cancel(request_id, self._clocks.moment())

    def wind_down(self) -> bool:
        """Begin no delivery; True once none is in the middle."""
        return self.requests.wind_down()

    def close(self) -> None:
        """Stop watching; agents and their panes are left alone."""
        self.agents.close()
        self._publishing.close()
        self.sources.close()

    def _list_panes(self) -> frozenset[str]:
        """Refresh the listing; the sockets of the servers that are there but silent."""
        found = self._locator.list_panes(self._clocks.moment())
        self._changes += found.updates
        if found.changed:
            self._scan_soon(self._clocks.monotonic())
            if self.sources.adopts:
                self.sources.hurry(ADOPT)
        return found.silent

    def _capture(self, panes: list[PaneKey]) -> None:
        for server, keys in self.sources.tmux.apart(panes):
            asked = self._clocks.monotonic()
            try:
                captures = server.capture(keys)
            except TmuxError as error:
                failed = probe_failed("tmux_capture_error", error.message)
                self._changes += self.agents.fail(server.socket, failed, self._clocks.moment())
                self._scan_soon(self._clocks.monotonic())
            else:
                self._pace.captured(self._clocks.monotonic() - asked)
                self._take_in(captures)

    def _take_in(self, captures: Mapping[PaneKey, Capture | None]) -> None:
        moment = self._clocks.moment()
        # Journals are files, and bear the machine's own time.
        of_files = Moment(moment.at, self.sources.machine_time())
        self._scheduler.advance_to(moment.at)
        for key, capture in captures.items():
            for agent in self._bindings.agents_in(key):
                if capture is None or agent.pane is None or is_other(agent.pane, capture.pane):
                    agent.inspect = True
                elif agent.process is not None:
                    running = (agent.identity.tool, agent.process.pid)
                    told = self.sources.journals.look(agent, *running, of_files)
                    self._changes += agent.hear(told, moment) + agent.see(capture, moment)
                    if agent.identity.agent_id in self.requests.concerned():
                        # Who is told of a verdict must find the state that has it.
                        self._flush()
                    again = self.requests.look(agent, moment)
                    if again is not None:
                        self._schedule.mark(key, moment.at, settle=again)
            self._pace.detected(self._schedule.noticed(key), self._clocks.monotonic())

    def _attend(self, moment: Moment) -> None:
        """See to the agents with requests that no capture will come for by itself."""
        for agent_id in self.requests.concerned():
            agent = self.agents.get(agent_id)
            if agent is None and self.agents.known:
                self.requests.lose(agent_id, moment)
            elif agent is not None and (agent.pane is None or agent.process is None):
                self.requests.look(agent, moment)
            elif agent is not None and agent.pane is not None:
                self._schedule.mark(agent.pane.key, moment.at, settle=LOOK_EVERY)
                self.requests.note_verdict(agent, moment)

    def _tell_everything(self) -> None:
        """Publish the whole present anew, after Redis or the lease was lost."""
        moment = self._clocks.moment()
        self.agents.recall()
        # First: an agent we do not know yet would lose its place in the index, and its last turn.
        self.scan()
        self._changes += self.agents.republish(moment)
        self._flush()
        self.requests.come_online(moment)
        # Tick in this same turn: readers may believe the index from the heartbeat on.
        self._swept_at = 0.0

    def _flush(self) -> None:
        if self._changes:
            changes, self._changes = self._changes, []
            self.outbox.publish(changes)
            self.sources.status.show(self.sources.tmux, self.agents)
