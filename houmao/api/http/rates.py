"""How often a caller may act; the server's own user, and its own token, as often as they like."""

from flask import request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from houmao.caller import ANYBODY, HOLDER, OWNER, Caller

#: Acts of one caller, in each process.
ACTS = parse("120/minute")
#: Attempts to sign in from one address.
ATTEMPTS = parse("20/minute")
_RETRY_SECONDS = 10


class Rates:
    """Counts the acts of callers in this process."""

    def __init__(self) -> None:
        self._counts = MovingWindowRateLimiter(MemoryStorage())

    def check(self, caller: Caller) -> None:
        """Count one act. Raises TooManyRequests."""
        if caller in (OWNER, HOLDER):
            return
        unknown = caller == ANYBODY
        who = f"at {request.remote_addr}" if unknown else caller.name
        if not self._counts.hit(ATTEMPTS if unknown else ACTS, who):
            raise TooManyRequests(
                "too many acts within a minute; wait a little", retry_after=_RETRY_SECONDS
            )
