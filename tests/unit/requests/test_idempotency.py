"""A key means the request that it made, for a day, whatever Redis remembers."""

from dataclasses import replace

from houmao.requests.idempotency import KEPT_SECONDS, IdempotencyKeys
from houmao.requests.request import Request, RequestKind

NOW = 1_774_602_000.0
FIRST = Request(
    "mreq-1", "a1", RequestKind.SUBMIT_PROMPT, "x", NOW, NOW + 600, idempotency_key="k",
    accepted_at=NOW,
)  # fmt: skip
AGAIN = replace(FIRST, request_id="mreq-2", accepted_at=None)


def test_a_repeated_key_is_the_first_request() -> None:
    """Of the same agent, until a day is over; a request never repeats itself."""
    keys = IdempotencyKeys([FIRST])
    assert keys.former(AGAIN, NOW + KEPT_SECONDS) == "mreq-1"
    assert keys.former(FIRST, NOW) is None
    assert keys.former(replace(AGAIN, agent_id="a2"), NOW) is None
    assert keys.former(replace(AGAIN, idempotency_key=None), NOW) is None
    assert keys.former(AGAIN, NOW + KEPT_SECONDS + 1) is None


def test_an_offer_is_nobodys_yet() -> None:
    """What was never taken was never typed."""
    assert IdempotencyKeys([replace(FIRST, accepted_at=None)]).former(AGAIN, NOW) is None
