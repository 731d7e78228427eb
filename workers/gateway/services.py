"""What a gateway asks of its host's other processes, over Redis; every wait is bounded.

The same services as the API's. Raises redis.RedisError and HoumaoError.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from redis.exceptions import RedisError

from houmao import clock
from houmao.api.services.handover import Handover, RequestOrder
from houmao.api.services.headless import HeadlessAgents
from houmao.api.services.launches import Launches
from houmao.api.services.streams import Streams
from houmao.api.services.waiting import LONGEST_WAIT, RequestMilestone, Waiting, reached
from houmao.config import Settings
from houmao.errors import HoumaoError, Unavailable
from houmao.headless.records import TurnRecord
from houmao.jobs import Jobs
from houmao.requests.request import Request, RequestKind, RequestOutcome
from houmao.state.connect import PROMPT_JOBS, PROMPT_WAITING, RedisAway, connect
from houmao.state.launches import LaunchStore
from houmao.state.read import StateReader
from houmao.state.redis_clock import RedisClock
from houmao.state.requests import RequestStore
from houmao.state.turns import TurnStore
from houmao.state.values import AgentIdentity, AgentState
from houmao.track.state import TurnPhase
from workers.gateway.delivery_report import DeliveryReport, PromptOrder

#: Seconds a turn may take until its request is given up.
TURN_SECONDS = 24 * 3600.0
#: Seconds for which an agent is ready until the verdict on its last turn counts as lost.
VERDICT_SECONDS = 10.0
#: Stands for the verdict on a turn that nobody has seen the end of.
UNKNOWN = "unknown"
#: Seconds within which Redis and a watch process that have died are there again.
RESTART_SECONDS = 60.0
#: Seconds a host may take to tell its tracker of a prompt.
NOTE_SECONDS = 5.0

_PAUSE = 0.5
_PLACES = 32


def verdict_is_lost(request: Request, state: AgentState | None, now: float) -> bool:
    """Whether nobody will tell how the request's turn ended: its agent has long been ready.

    Whoever watched it died between the turn's begin and its end.
    """
    if state is None or request.ended_at is None or state.tracked.phase is not TurnPhase.READY:
        return False
    since = max(request.ended_at, state.phase_since or now)
    return now - since > VERDICT_SECONDS


@dataclass(frozen=True, slots=True)
class GatewayServices:
    """The way over Redis."""

    reader: StateReader
    jobs: Jobs
    handover: Handover
    headless: HeadlessAgents
    waiting: Waiting

    def hand_over(
        self, agent: AgentIdentity, kind: RequestKind, order: PromptOrder
    ) -> DeliveryReport:
        """Hand a request to the watch process and see it to the wanted point."""
        asked = RequestOrder(kind, order.text, order.seconds, order.key or None)
        found = self._submitted(agent, asked)
        point = RequestMilestone.TURN if order.to_the_end else RequestMilestone.DELIVERY
        found = self._seen_to(found, point, order.seconds + TURN_SECONDS * order.to_the_end)
        if found.turn_result is None and point is RequestMilestone.TURN and found.ended:
            return DeliveryReport(found.outcome or RequestOutcome.UNVERIFIED, found.detail, UNKNOWN)
        if found.outcome is None:
            detail = f"request {found.request_id} of the server has not ended in time"
            return DeliveryReport(RequestOutcome.UNVERIFIED, detail)
        return DeliveryReport(found.outcome, found.detail, found.turn_result)

    def note_prompt(self, agent: AgentIdentity) -> None:
        """Have the tracker expect a turn from a prompt that was typed by other means."""
        self.jobs.note_input(agent.host, agent.agent_id, NOTE_SECONDS)

    def run_turn(self, agent_id: str, order: PromptOrder) -> DeliveryReport:
        """Give a headless agent a turn, and see it to its end if that is wanted."""
        owned = self.headless.owned(agent_id)
        begun = self.headless.submit(owned, order.text, None, order.key or None)
        if not order.to_the_end:
            return DeliveryReport(RequestOutcome.SUBMITTED, f"turn {begun.turn_id} runs")
        ended = self._turned(begun)
        return DeliveryReport(
            RequestOutcome.SUBMITTED, f"turn {ended.turn_id} ended: {ended.status}", ended.status
        )

    def headless_is_busy(self, agent_id: str) -> bool:
        """Whether a turn of a headless agent runs."""
        return self.active_turn(agent_id) is not None

    def active_turn(self, agent_id: str) -> str | None:
        """Id of the turn that runs, None without one."""
        found = self.headless.present(self.headless.target(agent_id))
        return next((it.turn_id for it in found.turns if it.active), None)

    def interrupt_turn(self, agent_id: str) -> str:
        """Have a headless agent's turn ended; a sentence about it."""
        return self.headless.interrupt(self.headless.owned(agent_id))

    def _submitted(self, agent: AgentIdentity, asked: RequestOrder) -> Request:
        """The request once its host has it.

        With a key it is asked again while Redis or the host's watch process starts anew: a host
        takes a key once. Raises RedisAway and what submitting raises.
        """
        deadline = clock.monotonic() + (RESTART_SECONDS if asked.idempotency_key else 0.0)
        while True:
            try:
                return self.handover.submit(agent, asked)
            except (Unavailable, RedisAway):
                if clock.monotonic() > deadline:
                    raise
            time.sleep(_PAUSE)

    def _seen_to(self, found: Request, point: RequestMilestone, seconds: float) -> Request:
        deadline = clock.monotonic() + seconds
        while not reached(found, point) and (left := deadline - clock.monotonic()) > 0:
            found = self.waiting.until(found, point, min(left, VERDICT_SECONDS))
            if not reached(found, point):
                if verdict_is_lost(found, self._state(found), clock.now()):
                    break
                # A wait ends early only while Redis is away.
                time.sleep(min(left, _PAUSE))
        return found

    def _state(self, request: Request) -> AgentState | None:
        with suppress(HoumaoError, RedisError):
            return self.reader.observe(str(request.agent), clock.now()).state
        return None

    def _turned(self, found: TurnRecord) -> TurnRecord:
        deadline = clock.monotonic() + TURN_SECONDS
        while found.active and (left := deadline - clock.monotonic()) > 0:
            found = self.waiting.turned(found, min(left, LONGEST_WAIT))
            if found.active:
                time.sleep(min(left, _PAUSE))
        return found


def connect_services(settings: Settings) -> GatewayServices:
    """The services of these settings; nothing is asked before the first call."""
    url = settings.effective_redis_url
    # Reads may block for events.
    redis = connect(url, PROMPT_WAITING)
    jobs = Jobs(connect(url, PROMPT_JOBS))
    time, store, streams = RedisClock(), RequestStore(redis), Streams(_PLACES)
    reader = StateReader(redis, time.now, time.note)
    headless = HeadlessAgents(TurnStore(redis), reader, jobs, settings.host_id)
    launching = Launches(LaunchStore(redis), jobs, time.now)
    return GatewayServices(
        reader=reader,
        jobs=jobs,
        handover=Handover(store, jobs, time.now, lambda: f"mreq-{uuid4().hex[:12]}"),
        headless=headless,
        waiting=Waiting(store, launching, reader, streams, headless),
    )
