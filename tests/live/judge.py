"""How a turn was told, beside how it was: what counts as a lie. Pure; times are epoch seconds.

The truth is the scripted API's log and the keys a person pressed, never the screen:

- a turn works from the first request of its prompt to the end of its last one, tools and the
  CLI's own tries included;
- it was interrupted when a person pressed Escape before its answer had come whole, or refused
  what it asked for;
- otherwise it ended as its last request did: a success when that was answered, a failure when it
  got an error status, an error in the stream or no end.
"""

import itertools
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Seconds after the truth within which what is told must follow.
SLACK = 0.6
#: Seconds after the end of a turn within which its verdict must be told.
PATIENCE = 4.0

#: Lines of the API's log: `t`, `event` (begin or end), `outcome` of an end.
Log = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Told:
    """What was told from `at` on."""

    at: float
    phase: str
    result: str


@dataclass(frozen=True, slots=True)
class Course:
    """How a turn really went; `end` is when it stopped, by itself or by a person's key."""

    begin: float
    end: float
    result: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One turn. Delays are seconds, from the first request to `active` and from end to verdict."""

    script: str
    typed: bool
    wanted: str
    told: str
    begin_delay: float | None
    end_delay: float | None
    #: What was told in between and was not so.
    lies: tuple[str, ...]

    @property
    def right(self) -> bool:
        """True when the verdict is the truth and nothing false was told on the way."""
        return self.told == self.wanted and not self.lies


def course(log: Log, pressed: float | None, refused: bool) -> Course | None:
    """How a turn went, by the requests it made; None when it made none or one still runs."""
    begins = [entry["t"] for entry in log if entry["event"] == "begin"]
    ends = [entry for entry in log if entry["event"] == "end"]
    under_way = len(ends) < len(begins)
    if not begins or (under_way and pressed is None):
        return None
    # A CLI need not hang up when it no longer listens.
    outcome = "client gone" if under_way else ends[-1]["outcome"]
    if pressed is not None:
        unanswered = refused or outcome != "answered" or ends[-1]["t"] >= pressed
        if unanswered:
            return Course(min(begins), pressed, "interrupted")
    result = "success" if outcome == "answered" else "known_failure"
    return Course(min(begins), ends[-1]["t"], result)


def judged(
    script: str, typed: bool, told: Sequence[Told], true: Course | None, troubles: tuple[str, ...]
) -> Verdict:
    """The verdict on a turn, of which `told` was told; `true` is None when it never ended."""
    if true is None:
        return Verdict(script, typed, "an end", _last_result(told), None, None, troubles)
    return Verdict(
        script,
        typed,
        true.result,
        _last_result(told),
        _first(told, true.begin, "active"),
        verdict_delay(told, true.end),
        (*troubles, *_lies(told, true)),
    )


def _last_result(told: Sequence[Told]) -> str:
    """The verdict as it stands."""
    return told[-1].result if told else "none"


def _first(told: Iterable[Told], since: float, phase: str) -> float | None:
    """Seconds after `since` at which the phase was told, negative when before."""
    return next((it.at - since for it in told if it.phase == phase), None)


def verdict_delay(told: Iterable[Told], since: float) -> float | None:
    """Seconds after `since` at which a verdict was told."""
    return next((it.at - since for it in told if it.result != "none" and it.at >= since), None)


def _lies(told: Sequence[Told], true: Course) -> Iterator[str]:
    """Sentences about what was told during the turn and was not so."""
    for now, following in itertools.zip_longest(told, told[1:]):
        until = min(following.at if following else true.end, true.end)
        seconds = until - max(now.at, true.begin)
        if now.phase == "ready" and seconds > SLACK:
            yield f"ready for {seconds:.1f} s of the turn"
        if now.result != "none" and true.begin + SLACK < now.at < true.end - 0.05:
            yield f"{now.result} {true.end - now.at:.1f} s before the end"
    late = verdict_delay(told, true.end)
    if late is not None and late > PATIENCE:
        yield f"verdict {late:.1f} s after the end"


def table(title: str, verdicts: Sequence[Verdict]) -> str:
    """Figures of all turns, a row for each kind, a line for each wrong turn."""
    right = sum(v.right for v in verdicts)
    rows = [
        f"{title}: {right}/{len(verdicts)} right; "
        f"begin to active {_spread([v.begin_delay for v in verdicts])}; "
        f"end to verdict {_spread([v.end_delay for v in verdicts])}"
    ]
    for name in dict.fromkeys(v.script for v in verdicts):
        kind = [v for v in verdicts if v.script == name]
        delays = [v.end_delay for v in kind if v.end_delay is not None]
        slowest = f"{max(delays):.2f} s" if delays else "-"
        wanted = ", ".join(dict.fromkeys(v.wanted for v in kind))
        row = f"  {name:20} {sum(v.right for v in kind)}/{len(kind)}  {wanted:14} slowest {slowest}"
        rows.append(row)
    rows += [
        f"  WRONG {v.script} typed={v.typed}: wanted {v.wanted}, told {v.told}; {'; '.join(v.lies)}"
        for v in verdicts
        if not v.right
    ]
    return "\n".join(rows)


def _spread(delays: Iterable[float | None]) -> str:
    values = [max(delay, 0.0) for delay in delays if delay is not None]
    if len(values) < 2:
        return "-"
    p95 = statistics.quantiles(values, n=20)[-1]
    return f"median {statistics.median(values):.2f} s, p95 {p95:.2f} s"
