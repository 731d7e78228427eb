"""Which request an idempotency key of an agent stands for, from what a host has on its disk.

Redis may forget a key; the host that typed the prompt does not. It reads no clock.
"""

from collections.abc import Iterable

from houmao.requests.request import Request

#: Seconds for which a key means the request that it made.
KEPT_SECONDS = 86_400.0


class IdempotencyKeys:
    """The keys of one host's requests."""

    def __init__(self, requests: Iterable[Request]) -> None:
        self._requests: dict[tuple[str, str], Request] = {}
        for request in requests:
            self.note(request)

    def note(self, request: Request) -> None:
        """A request of which the host has taken charge; the first with its key counts."""
        if request.idempotency_key and not request.is_offer:
            known = self.former(request, request.created_at)
            if known is None:
                self._requests[request.agent_id, request.idempotency_key] = request

    def former(self, request: Request, now: float) -> str | None:
        """Id of the request that this one only repeats, None when it repeats none."""
        known = self._requests.get((request.agent_id, request.idempotency_key or ""))
        if known is None or now - known.created_at > KEPT_SECONDS:
            return None
        return None if known.request_id == request.request_id else known.request_id
