"""The one agent of a gateway: seen and prompted through its host's processes, else from here.

Where a watch process follows the agent, its state is read from Redis and requests are handed to
it, so that one process types. Where none does, the gateway looks and types itself as
`agents prompt` does, under the same lock.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from houmao import clock
from houmao.config import Settings
from houmao.detect.signals import Tristate
from houmao.errors import HoumaoError, NotFound, Unavailable
from houmao.gateway_files.status import ABSENT, AgentPresence, SurfaceEligibility
from houmao.requests.readiness import is_ready
from houmao.requests.request import RequestKind, RequestOutcome
from houmao.requests.typable import check_prompt_for
from houmao.sessions.control.operations import interrupt
from houmao.sessions.driving.observer import AgentPane, LocalObserver, agent_pane_of
from houmao.sessions.driving.turn import NotDelivered, TurnListener, TurnLost, hand_over, take_turn
from houmao.sessions.target import SessionTarget, resolve
from houmao.state.connect import RedisAway
from houmao.state.values import AgentIdentity, AgentState, Detail
from houmao.track.diagnostics import Diagnostics, ParseStatus, ProcessState, TransportState
from houmao.track.state import TurnPhase
from workers.gateway.delivery_report import DeliveryReport, PromptOrder
from workers.gateway.services import GatewayServices


class AgentWay(Protocol):
    """One way to an agent. All raise HoumaoError when it cannot be gone just now."""

    def presence(self) -> AgentPresence:
        """What is seen of the agent now."""
        ...

    def deliver(self, order: PromptOrder) -> DeliveryReport:
        """Have a prompt typed, once."""
        ...

    def interrupt(self) -> DeliveryReport:
        """Have the turn that runs stopped."""
        ...


@dataclass(frozen=True, slots=True)
class FollowedAgent:
    """By way of the host's watch process."""

    found: Detail
    state: AgentState
    services: GatewayServices

    def presence(self) -> AgentPresence:
        """What was published of the agent."""
        probe = self.found.probe
        # Without a capture nobody knows which incarnation it is; a guess would be another one.
        if probe is None or self.state.diagnostics.process_state is not ProcessState.TUI_UP:
            return ABSENT
        name = instance_name(self.found.identity.generation_id, probe.pane_pid)
        return AgentPresence(name, _eligibility(self.state))

    def deliver(self, order: PromptOrder) -> DeliveryReport:
        """Hand the prompt over and wait for its delivery, or for its turn's verdict."""
        return self.services.hand_over(self.found.identity, RequestKind.SUBMIT_PROMPT, order)

    def interrupt(self) -> DeliveryReport:
        """Hand an interrupt over and wait until it was delivered."""
        order = PromptOrder("", "", 30.0, to_the_end=False)
        return self.services.hand_over(self.found.identity, RequestKind.INTERRUPT, order)


@dataclass(frozen=True, slots=True)
class LonelyAgent:
    """By this process's own looks and keys."""

    target: SessionTarget

    def presence(self) -> AgentPresence:
        """One look at the pane."""
        with suppress(HoumaoError):
            pane = self._pane()
            observer = LocalObserver(pane, clock.monotonic)
            try:
                look = observer.look()
            finally:
                observer.close()
            name = instance_name(self.target.stored.generation_id, pane.pane.pid)
            ready, unknown = is_ready(look), look.phase is TurnPhase.UNKNOWN
            eligible = SurfaceEligibility.NOT_READY
            if ready or unknown:
                eligible = SurfaceEligibility.READY if ready else SurfaceEligibility.UNKNOWN
            return AgentPresence(name, eligible)
        return ABSENT

    def _pane(self) -> AgentPane:
        stored = self.target.stored
        return agent_pane_of(self.target.address, self.target.panes, stored.tool, stored.agent_id)

    def detail(self) -> Detail:
        """What one look shows, in the shape of what a watch process publishes."""
        pane = self._pane()
        observer, now = LocalObserver(pane, clock.monotonic), clock.now()
        try:
            observer.look()
        finally:
            observer.close()
        outcome = Diagnostics(TransportState.TMUX_UP, ProcessState.TUI_UP, ParseStatus.PARSED)
        state = AgentState(self.target.stored.agent_id, outcome, observer.state, "", now, now, 0)
        return Detail(_identity(self.target), state, now, None, None)

    def deliver(self, order: PromptOrder) -> DeliveryReport:
        """Type the prompt from here."""
        text = check_prompt_for(self.target.stored.tool, order.text)
        sent = RequestOutcome.SUBMITTED, "the prompt left the composer"
        try:
            if order.to_the_end:
                ears = TurnListener(lambda: None, lambda _: None)
                return DeliveryReport(
                    *sent, take_turn(self.target, text, order.seconds, ears).result
                )
            hand_over(self.target, text, order.seconds)
        except NotDelivered as failed:
            return DeliveryReport(failed.end.outcome, failed.end.detail)
        except TurnLost as lost:
            return DeliveryReport(RequestOutcome.SUBMITTED, lost.message, "unknown")
        return DeliveryReport(*sent)

    def interrupt(self) -> DeliveryReport:
        """Press Escape from here if a turn runs."""
        done = interrupt(self.target)
        outcome = RequestOutcome.INTERRUPTED if done.ok else RequestOutcome.UNVERIFIED
        return DeliveryReport(outcome, done.detail)


@dataclass(frozen=True, slots=True)
class HeadlessWay:
    """By way of the host's turn process, which alone runs headless turns."""

    target: SessionTarget
    services: GatewayServices

    def presence(self) -> AgentPresence:
        """Whether its tmux session runs and no turn does."""
        if not self.target.panes:
            return ABSENT
        busy = False
        with suppress(HoumaoError, RedisAway):
            busy = self.services.headless_is_busy(self.target.stored.agent_id)
        eligible = SurfaceEligibility.NOT_READY if busy else SurfaceEligibility.READY
        return AgentPresence(self.target.stored.generation_id, eligible)

    def deliver(self, order: PromptOrder) -> DeliveryReport:
        """Give the agent a turn, and see it to its end if that is wanted."""
        return self.services.run_turn(self.target.stored.agent_id, order)

    def interrupt(self) -> DeliveryReport:
        """Have the turn that runs ended."""
        detail = self.services.interrupt_turn(self.target.stored.agent_id)
        return DeliveryReport(RequestOutcome.INTERRUPTED, detail)


@dataclass(frozen=True, slots=True)
class GatewayAgent:
    """The agent of one manifest, over whichever way is open."""

    manifest_path: str
    agent_id: str
    headless: bool
    settings: Settings
    services: GatewayServices

    def followed(self) -> FollowedAgent | None:
        """The agent as the watch process has it, None while none follows it."""
        with suppress(NotFound, Unavailable, RedisAway):
            found = self.services.reader.detail(self.agent_id, clock.now())
            problem = found.state.diagnostics.probe_error if found.state else None
            if found.state is not None and (problem is None or problem.kind != "watch_stalled"):
                return FollowedAgent(found, found.state, self.services)
        return None

    def looked_at(self) -> Detail:
        """The agent after one look from here. Raises HoumaoError."""
        return LonelyAgent(self.target()).detail()

    def require_followed(self) -> FollowedAgent:
        """As `followed`. Raises Unavailable."""
        found = self.followed()
        if found is None:
            raise Unavailable(
                "no server follows this agent, so that its turns are tracked nowhere; "
                "start one: houmao-passive-server serve"
            )
        return found

    def target(self) -> SessionTarget:
        """The session as it stands now."""
        return resolve(self.manifest_path, self.settings, clock.now())

    def way(self) -> AgentWay:
        """The way to go now. Raises HoumaoError."""
        if self.headless:
            return HeadlessWay(self.target(), self.services)
        return self.followed() or LonelyAgent(self.target())

    def presence(self) -> AgentPresence:
        """What is seen of the agent now; absent when it cannot be looked at."""
        with suppress(HoumaoError):
            return self.way().presence()
        return ABSENT


def instance_name(generation_id: str, pane_pid: int) -> str:
    """Names one incarnation: another one after a relaunch, which runs anew in the same pane."""
    return f"{generation_id}:{pane_pid}"


def _eligibility(state: AgentState) -> SurfaceEligibility:
    surface = state.tracked.surface
    if state.tracked.phase is TurnPhase.UNKNOWN:
        return SurfaceEligibility.UNKNOWN
    ready = (
        state.tracked.phase is TurnPhase.READY
        and surface.blocked_on is None
        and surface.accepting_input is Tristate.YES
        and surface.editing_input is Tristate.NO
        and surface.ready_posture is Tristate.YES
    )
    return SurfaceEligibility.READY if ready else SurfaceEligibility.NOT_READY


def _identity(target: SessionTarget) -> AgentIdentity:
    stored = target.stored
    return AgentIdentity(
        agent_id=stored.agent_id,
        agent_name=stored.agent_name,
        generation_id=stored.generation_id,
        tool=stored.tool,
        backend=stored.backend,
        tmux_session_name=stored.session_name,
        manifest_path=str(stored.path),
        published_at="",
        lease_expires_at="",
        host="",
        session_root=str(stored.root),
    )
