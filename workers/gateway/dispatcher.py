"""What a gateway does with what it is asked: admits, keeps, carries out one prompt at a time.

An accepted request is on disk before its caller hears of it. The next prompt waits until the turn
of the last has its verdict; an interrupt overtakes. Knows neither HTTP nor Redis.
"""

import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from houmao import clock, logs
from houmao.clock import iso, iso_ms
from houmao.errors import Conflict, HoumaoError, Unavailable
from houmao.gateway.queue import ACCEPTED, INTERRUPT, NOTICE, PROMPT, GatewayQueue, GatewayRequest
from houmao.gateway_files.folder import GatewayFolder
from houmao.gateway_files.status import (
    AgentPresence,
    GatewayInstance,
    GatewaySubject,
    QueueLoad,
    RequestAdmission,
    SurfaceEligibility,
    admission,
    next_epoch,
    status,
)
from houmao.requests.request import RequestOutcome
from houmao.sessions.control.key_sequence import parse_sequence
from houmao.sessions.control.operations import send_keys
from houmao.state.connect import RedisAway
from workers.gateway.agent import GatewayAgent
from workers.gateway.delivery_report import DeliveryReport, PromptOrder
from workers.gateway.refusals import (
    PromptBlocked,
    PromptNotDispatched,
    PromptNotReady,
    PromptUnavailable,
)

#: Seconds a queued prompt may wait for its agent.
QUEUE_SECONDS = 24 * 3600.0
#: Seconds for a prompt that is delivered now or not at all, and before that for another to end when
#: it is forced: published clients hear nothing that is answered after five.
NOW_SECONDS, OTHER_SECONDS = 3.0, 1.0

#: Outcomes after which the agent was just not in the state to take a prompt.
_NOT_READY = (
    RequestOutcome.EXPIRED,
    RequestOutcome.BLOCKED,
    RequestOutcome.DRAFT_PRESENT,
    RequestOutcome.NOT_READY,
)
#: Seconds between two looks for an agent that is away, while requests wait for it.
_AWAY_SECONDS = 2.0
_LOST = "the gateway ended while this was carried out; whether the agent got it is not known"


class RequestDispatcher:
    """One gateway's queue, its workers and its epoch."""

    def __init__(
        self,
        folder: GatewayFolder,
        queue: GatewayQueue,
        agent: GatewayAgent,
        subject: GatewaySubject,
        instance: GatewayInstance,
    ) -> None:
        self.agent = agent
        self.folder = folder
        self.instance = instance
        self._queue = queue
        self._subject = subject
        #: Held while a prompt is on its way; whoever prompts now asks whether it is free.
        self._prompting = threading.Lock()
        #: Held while the incarnation that was seen is compared with the one known.
        self._seeing = threading.Lock()
        self._changed = threading.Condition()
        self._log = logs.get("gateway")

    # --- life -----------------------------------------------------------------------------

    def open(self) -> None:
        """Fail what a former process left half done, publish, and begin to work."""
        now = clock.now()
        for request_id in self._queue.fail_running(_LOST, now):
            self._tell("failed", request_id=request_id, error_detail=_LOST)
        self._present()
        self.folder.publish(self.instance)
        self.folder.write_state(self.status())
        for kinds in ((PROMPT, NOTICE), (INTERRUPT,)):
            threading.Thread(target=self._work, args=(kinds,), daemon=True).start()

    def close(self) -> None:
        """Write down that no gateway runs any more."""
        presence = AgentPresence(self.instance.agent_instance, SurfaceEligibility.UNKNOWN)
        self.folder.write_state(status(self._subject, None, presence, self._queue.load()))

    # --- what is told ---------------------------------------------------------------------

    def status(self) -> dict[str, object]:
        """The status object as of now."""
        presence = self._present()
        return status(self._subject, self.instance, presence, self._queue.load())

    def seen(self) -> tuple[AgentPresence, QueueLoad]:
        """The agent and the queue as of now."""
        return self._present(), self._queue.load()

    def headless_state(self) -> dict[str, object]:
        """What a headless agent's controllers want to know."""
        presence, load = self._present(), self._queue.load()
        admitted = admission(presence, self.instance.epoch)
        idle = presence.eligibility is SurfaceEligibility.READY and load.depth == 0
        turn = None
        if presence.eligibility is SurfaceEligibility.NOT_READY:
            turn = self.agent.services.active_turn(self.agent.agent_id)
        return {
            "schema_version": 1,
            "runtime_resumable": presence.connected,
            "tmux_session_live": presence.connected,
            "can_accept_prompt_now": admitted is RequestAdmission.OPEN and idle,
            "interruptible": turn is not None,
            "request_admission": admitted,
            "active_execution": "running" if turn or load.running else "idle",
            "queue_depth": load.depth,
            "active_turn_id": turn,
        }

    # --- what is asked --------------------------------------------------------------------

    def accept_notice(self, prompt: str) -> str:
        """Queue a prompt of the gateway's own; its id."""
        made = self._new_request(NOTICE, {"prompt": prompt})
        self._queue.accept(made)
        self._tell("accepted_internal", request_id=made.request_id)
        self._ring()
        return made.request_id

    def accept(
        self, kind: str, payload: Mapping[str, object], key: str | None
    ) -> Mapping[str, object]:
        """Queue a request; it is on disk. Raises Conflict, Unavailable, QueueFull, UsageError."""
        presence, ready = self._admit(), SurfaceEligibility.READY
        if self.agent.headless and kind == PROMPT and presence.eligibility is not ready:
            raise Conflict("a turn of this headless agent runs; wait for its end")
        made = self._new_request(kind, payload)
        try:
            found = self._queue.accept(made, key)
        except sqlite3.Error as error:
            raise Unavailable(f"the queue cannot be written: {error}") from error
        if found.request_id == made.request_id:
            self._tell("accepted", request_id=made.request_id)
            self._ring()
        return {
            "request_id": found.request_id,
            "request_kind": found.kind,
            "state": found.state,
            "accepted_at_utc": found.accepted_at,
            "queue_depth": self._queue.load().depth,
            "managed_agent_instance_epoch": found.epoch,
        }

    def prompt_now(self, prompt: str, *, force: bool) -> Mapping[str, object]:
        """Send a prompt now or not at all. Raises PromptRefused."""
        try:
            presence = self._admit()
        except Conflict as error:
            raise PromptBlocked(error.message, forced=force) from None
        except Unavailable as error:
            raise PromptUnavailable(error.message, forced=force) from None
        if not self._prompting.acquire(blocking=force, timeout=OTHER_SECONDS if force else -1):
            raise PromptNotReady("another prompt is on its way", forced=force)
        try:
            if not force:
                self._require_ready(presence)
            report = self._delivered_now(prompt, force=force)
        finally:
            self._prompting.release()
        self._tell("control_prompt_completed", forced=force)
        answer = {"status": "ok", "action": "submit_prompt", "sent": True, "forced": force}
        return {**answer, "detail": report.detail}

    def press(self, sequence: str, *, literally: bool) -> Mapping[str, object]:
        """Type keys past the queue; they count as no turn. Raises HoumaoError."""
        parts = parse_sequence(sequence, literally=literally)
        self._admit()
        done = send_keys(self.agent.target(), parts)
        self._tell("control_input")
        return done.answer()

    # --- how ------------------------------------------------------------------------------

    def _new_request(self, kind: str, payload: Mapping[str, object]) -> GatewayRequest:
        now = clock.now()
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%SZ")
        request_id = f"gwreq-{stamp}-{uuid4().hex[:8]}"
        return GatewayRequest(request_id, kind, payload, ACCEPTED, iso(now), self.instance.epoch)

    def _present(self) -> AgentPresence:
        """What is seen of the agent; another incarnation than before raises the epoch."""
        presence = self.agent.presence()
        with self._seeing:
            before = self.instance
            if presence.instance not in (None, before.agent_instance):
                epoch = next_epoch(before.epoch, before.agent_instance, presence.instance)
                self.instance = replace(before, epoch=epoch, agent_instance=presence.instance)
                self.folder.publish(self.instance)
        return presence

    def _admit(self) -> AgentPresence:
        presence = self._present()
        admitted = admission(presence, self.instance.epoch)
        if admitted is RequestAdmission.BLOCKED_RECONCILIATION:
            raise Conflict(
                "the agent was started anew since this gateway was attached: look at it, then "
                "detach and attach the gateway"
            )
        if admitted is RequestAdmission.BLOCKED_UNAVAILABLE:
            raise Unavailable("the agent's program does not run in its pane")
        return presence

    def _require_ready(self, presence: AgentPresence) -> None:
        if self._queue.load().depth or presence.eligibility is not SurfaceEligibility.READY:
            raise PromptNotReady("the agent is not ready for a prompt now", forced=False)

    def _delivered_now(self, prompt: str, *, force: bool) -> DeliveryReport:
        self._tell("control_prompt_submitted", forced=force)
        order = PromptOrder(prompt, "", NOW_SECONDS, to_the_end=False)
        report = self._carried_out(lambda: self.agent.way().deliver(order))
        if report.done:
            return report
        self._tell("control_prompt_failed", forced=force)
        if report.outcome in _NOT_READY:
            raise PromptNotReady(report.detail, forced=force)
        if report.outcome is RequestOutcome.PROCESS_GONE:
            raise PromptUnavailable(report.detail, forced=force)
        raise PromptNotDispatched(report.detail, forced=force)

    def _carried_out(self, deliver: Callable[[], DeliveryReport]) -> DeliveryReport:
        try:
            return deliver()
        except HoumaoError as error:
            return DeliveryReport(RequestOutcome.UNVERIFIED, error.message)
        except RedisAway:
            return DeliveryReport(RequestOutcome.UNVERIFIED, "Redis went away meanwhile")

    def _work(self, kinds: tuple[str, ...]) -> None:
        """Carry out what is accepted of these kinds, for as long as the process lives."""
        while True:
            try:
                self._next(kinds)
            except sqlite3.Error as error:
                self._log.error("queue", reason=str(error))
                with self._changed:
                    self._changed.wait(1.0)

    def _next(self, kinds: tuple[str, ...]) -> None:
        """Carry out the next request, or wait until there may be one."""
        with self._changed:
            # A row is written before the bell rings, so that none is overheard.
            if not self._queue.waits(*kinds):
                self._changed.wait()
                return
            if not self._is_open():
                self._changed.wait(_AWAY_SECONDS)
                return
        with self._prompting if PROMPT in kinds else nullcontext():
            request = self._queue.take(*kinds, now=clock.now())
            if request is not None:
                self._run(request)

    def _is_open(self) -> bool:
        return admission(self._present(), self.instance.epoch) is RequestAdmission.OPEN

    def _run(self, request: GatewayRequest) -> None:
        self.folder.write_state(self.status())
        report = self._report_of(request)
        error = None if report.done else f"{report.outcome}: {report.detail}"
        self._queue.finish(request.request_id, error, report.fields(), clock.now())
        self._tell(
            "completed" if report.done else "failed",
            request_id=request.request_id,
            error_detail=error,
            result_json=report.fields(),
        )
        self.folder.write_state(self.status())

    def _report_of(self, request: GatewayRequest) -> DeliveryReport:
        if request.epoch != self.instance.epoch:
            return DeliveryReport(RequestOutcome.NOT_READY, "accepted for a former agent")
        if request.kind == INTERRUPT:
            return self._carried_out(lambda: self.agent.way().interrupt())
        order = PromptOrder(
            str(request.payload["prompt"]), request.request_id, QUEUE_SECONDS, to_the_end=True
        )
        return self._carried_out(lambda: self.agent.way().deliver(order))

    def _ring(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _tell(self, kind: str, **fields: object) -> None:
        self.folder.tell({"kind": kind, "at_utc": iso_ms(clock.now()), **fields})
