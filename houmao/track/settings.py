"""The windows and bounds of a host: how long is long enough, and how much is kept.

Values and their checks; where they come from is the caller's business.
"""

import math
from dataclasses import dataclass, fields

from houmao.errors import ConfigError


@dataclass(frozen=True, slots=True)
class HostSettings:
    """Seconds and bounds of one host. Raises ConfigError for a window that is no time."""

    #: A turn that looks done settles after this; so does an anchored completion.
    completion_stability_seconds: float = 1.0
    #: Published state counts as stable after this.
    stability_threshold_seconds: float = 1.0
    unknown_to_stalled_timeout_seconds: float = 30.0
    stale_active_recovery_seconds: float = 5.0
    final_stable_active_recovery_seconds: float = 20.0
    #: How many changes, and how many whole states, are kept.
    recent_transition_limit: int = 24
    snapshot_history_limit: int = 1000

    def __post_init__(self) -> None:
        for spec in fields(self):
            value = getattr(self, spec.name)
            if spec.name.endswith("_seconds") and not (math.isfinite(value) and value > 0):
                raise ConfigError(f"{spec.name} is {value}; set it to a number of seconds above 0")
            if spec.name.endswith("_limit") and value < 0:
                raise ConfigError(f"{spec.name} is {value}; set it to 0 or more entries")
