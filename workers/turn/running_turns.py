"""All headless agents and running turns of the host. Called by the loop's thread only."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from houmao import logs
from houmao.errors import HoumaoError, TmuxError
from houmao.headless.files import EVENTS, AgentFiles
from houmao.headless.records import OwnedAgent, TurnRecord
from houmao.registry.files import Registry
from houmao.sessions.headless.turn_run import check_resumable, continued
from houmao.sessions.manifest.file import load, update_manifest
from houmao.state.turns import owned_agent
from houmao.state.values import HeadlessAgent
from houmao.tmux import listing
from houmao.tmux.address import TmuxAddress
from workers.loop import Clocks, NewsSources
from workers.turn.folder_notices import FolderNotices
from workers.turn.follower import TurnFollower
from workers.turn.output import events_of
from workers.turn.publisher import TurnPublisher

#: Seconds between looks at processes and limits; and where the system tells of no change.
CHECK_EVERY, BLIND_EVERY = 0.5, 0.1
#: Seconds between looks at the agents, and between looks at their leases.
SURVEY_EVERY, RENEW_EVERY = 2.0, 300.0
#: Turns of each agent that a Redis that has forgotten everything is told of.
TOLD_AGAIN = 50


@dataclass(frozen=True, slots=True)
class HeadlessHost:
    """Where the host's headless agents are."""

    host: str
    files: AgentFiles
    address: TmuxAddress
    registry: Registry


class RunningTurns:
    """The running turns, each until it is final on disk and told."""

    def __init__(
        self, headless_host: HeadlessHost, publisher: TurnPublisher, clocks: Clocks
    ) -> None:
        self._headless_host = headless_host
        self._publisher = publisher
        self._clocks = clocks
        self._notices = FolderNotices()
        self._running: dict[str, TurnFollower] = {}
        self._not_resumable: dict[str, str | None] = {}
        self._check_at = self._survey_at = self._renew_at = 0.0
        self._log = logs.get("turns")

    # --- what callers ask --------------------------------------------------------------

    def follow(self, record: TurnRecord) -> None:
        """Follow a turn that is, or was, the active one of its agent; twice is as good as once."""
        if record.tracked_agent_id in self._running:
            return
        found = TurnFollower(record, self._headless_host.files, self._clocks.wall)
        self._running[record.tracked_agent_id] = found
        self._notices.watch(found.folder)
        self._publisher.turn(record)
        # What its former follower had written down and perhaps not told.
        self._publisher.events(record.turn_id, events_of(found.folder / EVENTS))
        self._attend(found, found.look)

    def running(self, tracked: str) -> TurnRecord | None:
        """The agent's turn while it is not finalised."""
        found = self._running.get(tracked)
        return found.record if found else None

    def interrupt(self, tracked: str, *, kill: bool = False) -> TurnRecord | None:
        """Let the agent's turn end before its time; None when none runs."""
        found = self._running.get(tracked)
        if found is None:
            return None
        found.interrupt(kill=kill)
        self._publisher.turn(found.record)
        return found.record

    def check(self, tracked: str) -> None:
        """Look after the agent's turn now, if one runs."""
        found = self._running.get(tracked)
        if found is not None:
            self._attend(found, found.check)

    def fail(self, tracked: str, why: str) -> None:
        """End a turn that could not be started."""
        found = self._running.get(tracked)
        if found is not None:
            found.fail(why)
            self._finish(found)

    def survey(self) -> None:
        """Look which agents are there, and tell it."""
        self._survey_at = self._clocks.monotonic() + SURVEY_EVERY
        # Asked first: an agent that is launched meanwhile is on disk before it is told of.
        told = self._publisher.told_of()
        agents = self._headless_host.files.authorities()
        try:
            # Asking tmux starts a process, which a host without such agents must not pay for.
            panes = listing.panes(self._headless_host.address) if agents else ()
        except TmuxError as error:
            self._log.warning("survey_failed", reason=error.message)
            return
        sessions = {it.session_name for it in panes}
        self._publisher.agents([self._agent(it, sessions) for it in agents], told)
        if self._clocks.monotonic() >= self._renew_at:
            self._renew_at = self._clocks.monotonic() + RENEW_EVERY
            for authority in agents:
                if authority.tmux_session_name in sessions:
                    self._renew(authority)

    # --- what the loop asks ------------------------------------------------------------

    def news(self) -> NewsSources:
        """Turns' folders change."""
        return {"folders": (self._notices.fileno(), self._on_change)}

    def seconds_to_next(self) -> float:
        """How long nothing needs to be done unless a folder changes."""
        return min(self._check_at, self._survey_at) - self._clocks.monotonic()

    def turn(self) -> None:
        """Do whatever is due now."""
        now = self._clocks.monotonic()
        if self._publisher.come_online():
            self._tell_everything()
        if now >= self._check_at:
            self._check_at = now + (CHECK_EVERY if self._notices.works else BLIND_EVERY)
            for found in tuple(self._running.values()):
                self._attend(found, found.check)
            self._publisher.live(self._clocks.wall())
        if now >= self._survey_at:
            self.survey()

    def wind_down(self) -> bool:
        """True: turns run on, and whoever follows them next takes up where this one ends."""
        return True

    def close(self) -> None:
        """Stop following; the turns run on."""
        self._notices.close()

    # --- how ---------------------------------------------------------------------------

    def _on_change(self) -> None:
        changed = self._notices.read()
        for found in tuple(self._running.values()):
            if found.folder in changed:
                self._attend(found, found.look)

    def _attend(self, found: TurnFollower, look: Callable[[], list[tuple[int, str]]]) -> None:
        """One look at one turn; what goes wrong with it touches no other."""
        before = found.record
        try:
            events = look()
        except Exception:
            self._log.exception("turn_unreadable", turn_id=before.turn_id)
            return
        self._publisher.events(found.record.turn_id, events)
        if not found.record.active:
            self._finish(found)
        elif found.record != before:
            self._publisher.turn(found.record)

    def _finish(self, found: TurnFollower) -> None:
        """See a turn that is final on disk out: its conversation, its readers, its marker."""
        record = found.record
        try:
            self._keep_conversation(record)
        except HoumaoError as error:
            self._log.error("conversation_not_kept", turn_id=record.turn_id, reason=error.message)
        self._publisher.turn(record)
        self._headless_host.files.release(record)
        self._notices.unwatch(found.folder)
        del self._running[record.tracked_agent_id]
        self._log.info("turn_ended", turn_id=record.turn_id, status=record.status.value)

    def _keep_conversation(self, record: TurnRecord) -> None:
        authority = self._headless_host.files.authority(record.tracked_agent_id)
        if authority is not None:
            changes = continued(record.provider_session_id, record.turn_index)
            update_manifest(Path(authority.manifest_path), changes)

    def _tell_everything(self) -> None:
        self.survey()
        for authority in self._headless_host.files.authorities():
            for record in self._headless_host.files.turns(authority.tracked_agent_id)[-TOLD_AGAIN:]:
                self._publisher.turn(record, news=False)
                if record.active:
                    log = Path(record.turn_artifact_dir) / EVENTS
                    self._publisher.events(record.turn_id, events_of(log))

    def _agent(self, authority: OwnedAgent, sessions: set[str]) -> HeadlessAgent:
        return replace(
            owned_agent(authority, self._headless_host.host),
            session_lives=authority.tmux_session_name in sessions,
            not_resumable=self._why_not(authority),
        )

    def _why_not(self, authority: OwnedAgent) -> str | None:
        """Why the agent's session cannot be continued; asked again only while it cannot."""
        tracked = authority.tracked_agent_id
        if tracked not in self._not_resumable or self._not_resumable[tracked]:
            try:
                check_resumable(load(Path(authority.manifest_path)))
                self._not_resumable[tracked] = None
            except (HoumaoError, OSError) as error:
                self._not_resumable[tracked] = str(error)
        return self._not_resumable[tracked]

    def _renew(self, authority: OwnedAgent) -> None:
        record = self._headless_host.registry.load(authority.agent_id)
        if record is not None and record.manifest_path == authority.manifest_path:
            try:
                self._headless_host.registry.renew(record, self._clocks.wall())
            except HoumaoError as error:
                self._log.warning("not_renewed", agent_id=authority.agent_id, reason=error.message)
