"""One prompt typed from here, and its turn followed to the tracker's verdict.

For an agent that no watch process follows. Prompts of several commands come one after the
other: who waits for a turn holds the agent's turn lock.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from houmao import clock
from houmao.errors import Conflict, HoumaoError
from houmao.registry.agent_lock import TURN, AgentLock
from houmao.requests.request import Request, RequestKind, RequestOutcome
from houmao.requests.steps import Finish
from houmao.sessions.driving.driver import LocalDriver
from houmao.sessions.driving.observer import LOOK_SECONDS, LocalObserver, target_pane
from houmao.sessions.target import SessionTarget
from houmao.track.state import LastTurnResult, LastTurnSource, TurnPhase

#: Seconds an agent may be ready after our prompt without a verdict on its turn.
VERDICT_GRACE = 3.0
#: Seconds for which a verdict must stand: the screen may take it back.
STANDING_SECONDS = 0.5
#: What is told of a turn whose end shows nothing to judge by.
UNKNOWN = "unknown"


class NotDelivered(HoumaoError):
    """A prompt did not reach its agent; `end` says how far it came."""

    def __init__(self, end: Finish) -> None:
        super().__init__(f"{end.outcome.value.replace('_', ' ')}: {end.detail}")
        self.end = end


class TurnLost(HoumaoError):
    """The turn runs on or is gone, but its end was not seen."""


@dataclass(frozen=True, slots=True)
class TurnResult:
    """How a turn ended, and how many seconds it took from the prompt on."""

    result: str
    duration_seconds: float
    #: What the tool itself wrote down as its answer, None where the screen is all there is.
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class TurnListener:
    """What a caller is told meanwhile: that the prompt is sent, and a sentence on the wait."""

    submitted: Callable[[], None]
    waiting: Callable[[str], None]


def take_turn(
    target: SessionTarget, prompt: str, timeout: float, listener: TurnListener
) -> TurnResult:
    """Type the prompt and wait for its turn, both within `timeout` seconds.

    Raises NotDelivered when it was not typed or may not have arrived, TurnLost once it was,
    Unavailable when the tool does not run.
    """
    deadline = clock.monotonic() + timeout
    with _delivered(target, prompt, deadline) as observer:
        began = clock.monotonic()
        listener.submitted()
        result = _verdict(observer, deadline, listener)
        return TurnResult(result, clock.monotonic() - began)


def hand_over(target: SessionTarget, prompt: str, timeout: float) -> None:
    """Type the prompt, and leave its turn alone. Raises as `take_turn` does, but for TurnLost."""
    with _delivered(target, prompt, clock.monotonic() + timeout):
        pass


@contextmanager
def _delivered(target: SessionTarget, prompt: str, deadline: float) -> Iterator[LocalObserver]:
    """Observes the agent, which has just got the prompt; no other command's comes meanwhile."""
    agent_pane = target_pane(target.require_screen())
    observer = LocalObserver(agent_pane, clock.monotonic, target.signs.detector_for)
    with AgentLock(target.registry.root, target.stored.agent_id, TURN) as turns:
        try:
            _wait_for(turns, deadline)
            request = _request(target.stored.agent_id, prompt, deadline)
            end = LocalDriver(agent_pane, observer, target.typing_lock()).deliver(request, deadline)
            if end.outcome is not RequestOutcome.SUBMITTED:
                raise NotDelivered(end)
            yield observer
        finally:
            observer.close()


def _wait_for(turns: AgentLock, deadline: float) -> None:
    while not turns.take():
        if clock.monotonic() > deadline:
            raise Conflict("another prompt's turn runs, and it did not end in time; try again")
        time.sleep(LOOK_SECONDS)


def _request(agent_id: str, prompt: str, deadline: float) -> Request:
    now = clock.now()
    return Request(
        request_id=f"local-{uuid4().hex[:12]}",
        agent_id=agent_id,
        kind=RequestKind.SUBMIT_PROMPT,
        text=prompt,
        created_at=now,
        deadline_at=now + deadline - clock.monotonic(),
    )


def _verdict(observer: LocalObserver, deadline: float, listener: TurnListener) -> str:
    watch = _Watch()
    told = ""
    while (result := watch.look(observer, clock.monotonic())) is None:
        if observer.signals is None:
            raise TurnLost("the tool ended before its turn did")
        blocked = observer.state.surface.blocked_on
        sentence = f"the agent waits for a person: {blocked.value}" if blocked else ""
        if sentence and sentence != told:
            listener.waiting(sentence)
        told = sentence
        if clock.monotonic() > deadline:
            why = sentence or f"the agent is still {observer.state.phase.value}"
            raise TurnLost(f"the turn did not end in time: {why}")
        time.sleep(LOOK_SECONDS)
    return result


@dataclass(slots=True)
class _Watch:
    """Since when a verdict has stood, and since when the agent was ready without one."""

    standing_since: float | None = None
    ready_since: float | None = None

    def look(self, observer: LocalObserver, now: float) -> str | None:
        """The verdict once it stands, None while it may still change."""
        observer.look()
        state = observer.state
        judged = state.last_turn.result is not LastTurnResult.NONE
        self.standing_since = _since(self.standing_since, now, judged)
        self.ready_since = _since(self.ready_since, now, state.phase is TurnPhase.READY)
        if self.standing_since is not None and now - self.standing_since >= STANDING_SECONDS:
            # A turn that somebody else began meanwhile says nothing about ours.
            ours = state.last_turn.source is LastTurnSource.EXPLICIT_INPUT
            return state.last_turn.result.value if ours else UNKNOWN
        if not judged and self.ready_since is not None and now - self.ready_since > VERDICT_GRACE:
            return UNKNOWN
        return None


def _since(before: float | None, now: float, holds: bool) -> float | None:
    if not holds:
        return None
    return now if before is None else before
