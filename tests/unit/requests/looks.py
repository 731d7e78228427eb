"""Looks at an agent as deliveries see them, and what a history of them leads to."""

from collections.abc import Sequence
from dataclasses import replace

from houmao.detect.signals import Signals, Tristate, TurnView
from houmao.requests.delivery import advance
from houmao.requests.request import Request, RequestKind, RequestOutcome
from houmao.requests.steps import Action, AgentSnapshot, DeliveryProgress, Finish
from houmao.track.state import TurnPhase

DEADLINE = 60.0
PROMPT = Request("mreq-1", "agent", RequestKind.SUBMIT_PROMPT, "write the tests", 0.0, DEADLINE)
INTERRUPT = replace(PROMPT, kind=RequestKind.INTERRUPT, text="")

IDLE = Signals(
    "test",
    "1",
    accepting_input=Tristate.YES,
    editing_input=Tristate.NO,
    ready_posture=Tristate.YES,
    prompt_visible=True,
    turn=TurnView(prompts=1),
)
OURS = replace(IDLE, editing_input=Tristate.YES, prompt_text="write the tests")
DRAFT = replace(IDLE, editing_input=Tristate.YES, prompt_text="a person's thought")
WORKING = replace(IDLE, active_evidence=True, ready_posture=Tristate.NO)


def look(
    at: float, signals: Signals | None = IDLE, phase: TurnPhase = TurnPhase.READY
) -> AgentSnapshot:
    """The agent at that time."""
    return AgentSnapshot(at, phase, signals)


def actions(request: Request, looks: Sequence[AgentSnapshot]) -> list[Action]:
    """What is done at each look, up to the end."""
    progress, done = DeliveryProgress(), []
    for each in looks:
        progress, action = advance(request, progress, each, DEADLINE)
        done.append(action)
        if isinstance(action, Finish):
            break
    return done


def outcome(done: list[Action]) -> RequestOutcome | None:
    """How the history ended."""
    return done[-1].outcome if isinstance(done[-1], Finish) else None


#: A prompt up to Enter.
GONE = [look(0), look(0.3), look(0.4, OURS), look(0.7, OURS)]
