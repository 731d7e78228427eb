"""When a gateway gives up waiting for the verdict on a turn that a dead watcher has seen begin."""

from dataclasses import replace

import pytest

from houmao.requests.request import Request, RequestKind, RequestOutcome, ended
from houmao.track.state import TrackedState, TurnPhase
from tests.unit.api.world import ALPHA, NOW, state
from workers.gateway.services import VERDICT_SECONDS, verdict_is_lost

LATER = NOW + VERDICT_SECONDS + 1
OPEN = Request("mreq-1", ALPHA, RequestKind.SUBMIT_PROMPT, "", NOW - 9, NOW + 600)
SUBMITTED = ended(OPEN, RequestOutcome.SUBMITTED, "the prompt left the composer", NOW)


@pytest.mark.parametrize(
    ("request_", "phase", "since", "now", "lost"),
    [
        (SUBMITTED, TurnPhase.READY, NOW - 60, LATER, True),
        (SUBMITTED, TurnPhase.READY, NOW + 5, LATER, False),
        (SUBMITTED, TurnPhase.READY, NOW - 60, NOW + 1, False),
        (SUBMITTED, TurnPhase.ACTIVE, NOW - 60, LATER, False),
        (SUBMITTED, TurnPhase.UNKNOWN, NOW - 60, LATER, False),
        (OPEN, TurnPhase.READY, NOW - 60, LATER, False),
    ],
)
def test_a_verdict_is_lost_once_the_agent_has_long_been_ready(
    request_: Request, phase: TurnPhase, since: float, now: float, lost: bool
) -> None:
    shown = state(replace(TrackedState(), phase=phase), phase_since=since)
    assert verdict_is_lost(request_, shown, now) is lost


def test_nothing_is_known_of_an_agent_that_nobody_watches() -> None:
    assert not verdict_is_lost(SUBMITTED, None, LATER)
