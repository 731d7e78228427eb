"""What Houmao tells of an agent in a scene, beside what was meant."""

import time
from dataclasses import dataclass

from tests.live.lab import Lab, came

#: Seconds until what is meant must be told, and for which it must then stand.
SOON, STANDS = 10.0, 1.0


@dataclass(frozen=True, slots=True)
class SceneVerdict:
    """One scene; what is told is phase, last result and what blocks."""

    name: str
    meant: str
    told: str
    seconds: float

    @property
    def right(self) -> bool:
        """Whether what was told is what was meant."""
        return self.told == self.meant


def seen(found: Lab, name: str, meant: str, seconds: float = SOON) -> SceneVerdict:
    """What is told once `meant` was told and stood, or the time for it is over."""
    began = time.monotonic()
    came(lambda: told_of(found) == meant, seconds)
    took = time.monotonic() - began
    # What is told in passing is no verdict.
    came(lambda: told_of(found) != meant, STANDS)
    return SceneVerdict(name, meant, told_of(found), took)


def told_of(found: Lab) -> str:
    """Phase, last result and what blocks, in a line."""
    state = found.state()
    if state is None:
        return "nothing"
    tracked = state.tracked
    blocked = tracked.surface.blocked_on
    waits = blocked.value if blocked else "-"
    return f"{tracked.phase.value} {tracked.last_turn.result.value} {waits}"


def table(tool: str, verdicts: list[SceneVerdict]) -> str:
    """A line for each scene."""
    right = sum(it.right for it in verdicts)
    rows = [f"{tool}: {right}/{len(verdicts)} scenes told right"]
    rows += [
        f"  {'right' if it.right else 'WRONG'} {it.name:28} {it.told:24} after {it.seconds:.1f} s"
        + ("" if it.right else f", meant {it.meant}")
        for it in verdicts
    ]
    return "\n".join(rows)
