"""Since when what is published has not changed. Pure; times come in as seconds."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stability:
    """Digest of what is published (40 hex digits) and since when it has been so."""

    signature: str = ""
    since_seconds: float | None = None

    def stable_for(self, now: float) -> float:
        """Seconds without a change; 0 before anything was published."""
        return 0.0 if self.since_seconds is None else max(now - self.since_seconds, 0.0)

    def stable(self, now: float, threshold_seconds: float = 1.0) -> bool:
        """Whether it has been unchanged for long enough; False before anything was published."""
        return self.since_seconds is not None and self.stable_for(now) >= threshold_seconds


def observe(previous: Stability | None, payload: Mapping[str, object], now: float) -> Stability:
    """The stability after publishing `payload` (plain JSON values) at `now`."""
    canonical = json.dumps(payload, sort_keys=True, separators=(",", ":"), default=str)
    digest = hashlib.sha1(canonical.encode(), usedforsecurity=False).hexdigest()
    if previous is not None and previous.signature == digest:
        return previous
    return Stability(digest, now)
