"""How a message waits for a person where a prompt would be refused. Pure.

Whoever wrote it is another agent, who cannot answer a dialog: the message stays where it is, says
why, and is typed once the person has acted.
"""

from dataclasses import replace

from houmao.requests.request import Request, RequestOutcome
from houmao.requests.steps import DeliveryStage, Finish, Step, Wait

#: What only a person can put an end to.
_PERSONS = (RequestOutcome.BLOCKED, RequestOutcome.DRAFT_PRESENT)


def patiently(request: Request, step: Step, now: float, deadline: float) -> Step:
    """The step, or a wait with the reason where a person has to act before a message is typed."""
    progress, action = step
    if not request.patient or progress.stage is not DeliveryStage.WAITING:
        return step
    if not isinstance(action, Finish) or action.outcome not in _PERSONS:
        return step
    reason = f"it waits: {action.detail}"
    if now >= deadline:
        return progress, Finish(RequestOutcome.EXPIRED, f"{action.detail}; nobody did in time")
    return replace(progress, calm_since=None), Wait(deadline, reason)
