"""A patient request waits, with the reason, exactly where another would be refused."""

from dataclasses import replace

import pytest

from houmao.requests.patience import patiently
from houmao.requests.request import Request, RequestKind, RequestOutcome
from houmao.requests.steps import (
    DeliveryProgress,
    DeliveryStage,
    Finish,
    Paste,
    Step,
    Wait,
)

MESSAGE = Request("mreq-1", "agent", RequestKind.SUBMIT_PROMPT, "hello", 0.0, 60.0, patient=True)
WAITING = DeliveryProgress(calm_since=1.0)


def refused(outcome: RequestOutcome = RequestOutcome.BLOCKED) -> Step:
    return WAITING, Finish(outcome, "the agent waits for a person: approval")


@pytest.mark.parametrize("outcome", [RequestOutcome.BLOCKED, RequestOutcome.DRAFT_PRESENT])
def test_a_message_waits_for_a_person(outcome: RequestOutcome) -> None:
    """The calm that an agent must show begins anew afterwards."""
    progress, action = patiently(MESSAGE, refused(outcome), 5.0, 60.0)
    assert action == Wait(60.0, "it waits: the agent waits for a person: approval")
    assert progress.calm_since is None


def test_a_message_waits_for_nobody_beyond_its_deadline() -> None:
    _, action = patiently(MESSAGE, refused(), 60.0, 60.0)
    assert isinstance(action, Finish)
    assert action.outcome is RequestOutcome.EXPIRED


@pytest.mark.parametrize(
    ("request_", "step"),
    [
        (replace(MESSAGE, patient=False), refused()),
        (MESSAGE, refused(RequestOutcome.PROCESS_GONE)),
        (MESSAGE, (WAITING, Paste())),
        (
            MESSAGE,
            (
                DeliveryProgress(DeliveryStage.ENTERED),
                Finish(RequestOutcome.DRAFT_PRESENT, "a text stands there"),
            ),
        ),
    ],
)
def test_all_else_stays_as_it_was(request_: Request, step: Step) -> None:
    assert patiently(request_, step, 5.0, 60.0) == step
