"""A careful program that sends a prompt: it asks again, with the same idempotency key, until
somebody answers; and whether what it was told is what happened.
"""

import time
import uuid

from houmao.cli.client.http import NotHoumao, Refused, Server, Unreachable
from houmao.requests.request import RequestOutcome

#: Told of a prompt that no host took: its caller was refused, and knows that nothing is typed.
REFUSED = "not taken"
#: Seconds for a prompt to be taken, and then for its request to end.
TAKEN_SECONDS, ENDED_SECONDS = 20.0, 40.0
#: Outcomes after which the prompt may have arrived, and those after which it must have.
_MAYBE = frozenset({RequestOutcome.UNVERIFIED})
_CERTAIN = frozenset({RequestOutcome.SUBMITTED})


def deliver(port: int, agent_id: str, prompt: str) -> str | None:
    """The outcome of the prompt's request, REFUSED, or None for one that never ended."""
    caller = Server(port, timeout_seconds=15)
    try:
        request_id = _taken(caller, agent_id, prompt)
        return _outcome(caller, agent_id, request_id) if request_id else REFUSED
    finally:
        caller.close()


def is_right(told: str | None, arrived: int) -> bool:
    """Whether the request ended, and what was told of it is what happened."""
    if told in _MAYBE:
        return arrived <= 1
    return told is not None and arrived == (1 if told in _CERTAIN else 0)


def _taken(caller: Server, agent_id: str, prompt: str) -> str | None:
    """The request's id, None when it was refused to the end."""
    path, key = ("houmao", "agents", agent_id, "requests"), uuid.uuid4().hex
    until = time.monotonic() + TAKEN_SECONDS
    body, lost = {"prompt": prompt}, False
    while time.monotonic() < until or lost:
        try:
            answer = caller.post(*path, body=body, key=key, deadline="30")
            return str(answer["request_id"])
        except Refused as refused:
            # Whatever became of a lost answer, this one says that nothing was taken.
            lost = False
            if refused.status == 404 and time.monotonic() > until - TAKEN_SECONDS / 2:
                return None
        except (Unreachable, NotHoumao):
            lost = True
        time.sleep(0.3)
    return None


def _outcome(caller: Server, agent_id: str, request_id: str) -> str | None:
    path = ("houmao", "agents", agent_id, "requests", request_id)
    until = time.monotonic() + ENDED_SECONDS
    while time.monotonic() < until:
        try:
            request = caller.get(*path, wait="2")
            if request["state"] == "ended":
                return str(request["outcome"])
        except (Unreachable, NotHoumao, Refused):
            time.sleep(0.3)
    return None
