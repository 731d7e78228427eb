"""Prompts handed over at bad moments, each compared with what the scripted API received.

A prompt must arrive exactly once, byte for byte, or be refused for the reason that held when it
was handed over; whatever is told must be what happened.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from houmao.requests.request import DONE, Outcome
from tests.live.lab import Lab, is_ready
from tests.services import wait_until

DIALOG = {"claude": "STUB:tool", "codex": "STUB:ask", "gemini": "STUB:tool"}
#: What a prompt may hold beside words.
TEXTS = (
    "{mark}",
    "{mark} with several words and a question?",
    "{mark}\nsecond line\n\n  indented third line",
    "{mark} ünïcode → 猴毛 🐒 ✓",
    "{mark} " + "long " * 400,
    "{mark} `code` \"quotes\" 'single' $HOME #hash /slash @at !bang ?",
)


@dataclass(frozen=True, slots=True)
class Try:
    """One prompt: the moment it was sent at, what was told, how often it really arrived."""

    moment: str
    outcome: str
    arrived: int
    seconds: float
    wanted: frozenset[str]

    @property
    def right(self) -> bool:
        """Told and done agree, and the reason is one that fits the moment."""
        told = self.outcome in self.wanted
        return told and self.arrived == (1 if self.outcome == Outcome.SUBMITTED else 0)


def play(found: Lab, count: int, seed: int) -> Iterator[Try]:
    """That many prompts at random moments."""
    dice = random.Random(seed)
    moments = (_idle, _busy, _draft, _dialog)
    for number in range(count):
        moment = dice.choices(moments, weights=(4, 3, 2, 1))[0]
        yield _try(found, moment, f"mark-{seed}-{number}-end", dice)


def _try(
    found: Lab,
    moment: Callable[[Lab, random.Random], frozenset[str]],
    mark: str,
    dice: random.Random,
) -> Try:
    wait_until(lambda: is_ready(found), "the agent is ready again", seconds=90)
    wanted = moment(found, dice)
    text = dice.choice(TEXTS).format(mark=mark)
    before = time.time()
    request = found.request(found.submit(text), before + 60)
    taken = time.time() - before
    _tidy(found, wanted)
    wait_until(lambda: is_ready(found), "the turn is over", seconds=90)
    arrived = _arrivals(found, text)
    return Try(moment.__name__.strip("_"), str(request.outcome), arrived, taken, wanted)


def _idle(found: Lab, dice: random.Random) -> frozenset[str]:
    time.sleep(dice.random())
    return frozenset({Outcome.SUBMITTED})


def _busy(found: Lab, dice: random.Random) -> frozenset[str]:
    found.write(f"STUB:slow {1 + dice.random() * 2:.1f} busy")
    time.sleep(0.4)
    found.keys("Enter")
    time.sleep(dice.random() * 2.5)
    return frozenset({Outcome.SUBMITTED})


def _draft(found: Lab, dice: random.Random) -> frozenset[str]:
    found.write("half a thought of a person")
    time.sleep(0.3 + dice.random())
    return frozenset({Outcome.DRAFT_PRESENT})


def _dialog(found: Lab, dice: random.Random) -> frozenset[str]:
    found.write(f"{DIALOG[found.tool]} touch dialog-{dice.random()}.txt")
    time.sleep(0.4)
    found.keys("Enter")
    wait_until(lambda: _blocked(found), "the dialog is told", seconds=20)
    return frozenset({Outcome.BLOCKED})


def _blocked(found: Lab) -> bool:
    state = found.state()
    return state is not None and state.tracked.surface.blocked_on is not None


def _tidy(found: Lab, wanted: frozenset[str]) -> None:
    """Take away what made the moment bad."""
    if Outcome.BLOCKED in wanted:
        found.keys("Escape")
        time.sleep(1.5)
    state = found.state()
    if state is not None and state.tracked.surface.editing_input.value == "yes":
        found.keys("C-u")
        time.sleep(0.8)


def _arrivals(found: Lab, text: str) -> int:
    """How often the conversation that the API was last shown holds exactly this prompt."""
    begins = [e for e in found.api_log() if e["event"] == "begin"]
    texts = list(_texts(begins[-1].get("body"))) if begins else []
    return sum(text.strip() in each for each in texts)


def _texts(value: object) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def table(tool: str, tries: list[Try]) -> str:
    """Counts by moment and outcome, and a line for each wrong try."""
    rows = [f"{tool}: {sum(t.right for t in tries)}/{len(tries)} right"]
    counts = Counter((t.moment, t.outcome, t.arrived) for t in tries)
    rows += [f"  {m:8} {o:14} arrived {a}: {n}" for (m, o, a), n in sorted(counts.items())]
    delivered = sorted(t.seconds for t in tries if t.outcome in DONE and t.moment == "idle")
    if delivered:
        middle, last = delivered[len(delivered) // 2], delivered[int(len(delivered) * 0.95)]
        rows.append(f"  idle to submitted: median {middle:.2f} s, p95 {last:.2f} s")
    rows += [f"  WRONG {t}" for t in tries if not t.right]
    return "\n".join(rows)
