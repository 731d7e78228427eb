"""Prompts handed over at bad moments, each compared with what the scripted API received.

A prompt must arrive exactly once, byte for byte, or be refused for the reason that held when it
was handed over; whatever is told must be what happened.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from houmao.cli.client.http import Refused
from houmao.errors import UsageError
from houmao.requests.request import DONE, Request, RequestOutcome
from houmao.requests.typable import check_prompt_for
from tests.live.lab import Lab, is_ready
from tests.services import wait_until

#: Seconds for a prompt to arrive and for its turn to be judged.
PATIENCE = 25.0
#: Brings a moment about; the outcomes that fit it.
Moment = Callable[[Lab, random.Random], frozenset[str]]
#: How each asks for leave; the others do as Claude Code.
DIALOG = {"codex": "STUB:ask"}
#: What a person has begun to type.
DRAFT = "half a thought of a person"
#: Told of a prompt that no terminal would take as text; nothing of it may arrive.
UNTYPABLE = "untypable"
#: What a prompt may hold beside words.
TEXTS = (
    "{mark}",
    "{mark} with several words and a question?",
    "{mark}\nsecond line\n\n  indented third line",
    "{mark} ünïcode → 猴毛 🐒 ✓",
    "{mark} e\u0301 combined, שלום from the right, no\u00a0break, a family 👩‍👩‍👧 and a flag 🇩🇪",
    "{mark} " + "long " * 400,
    "{mark}\n" + "\n".join(f"{number}. of many lines" for number in range(60)),
    "{mark} `code` \"quotes\" 'single' $HOME #hash /slash @at !bang ?",
    "{mark} [Pasted text #1] [200~ ^[[A \\x1b[2J %1 #{{pane_id}} ;",
    "{mark}\n\n\n\nafter empty lines",
    "{mark} soft\u00adhyphen, zero\u200bwidth",
    "{mark}\n\tafter a tab",
    "{mark} ends with a backslash \\",
)
#: 100 kB.
HUGE = "{mark}\n" + "\n".join(f"{line:05} " + "of a long text " * 6 for line in range(1042))
HOSTILE = (
    "{mark} \x1b[201~\rsecond",
    "{mark} \x1b[2J\x1b]0;title\x07",
    "{mark}\x03 after a Ctrl-C",
    "{mark}\r\nwith carriage returns",
    "{mark} \x9b31m",
)


@dataclass(frozen=True, slots=True)
class Try:
    """One prompt: the moment it was sent at, what was told, how often it really arrived."""

    moment: str
    text: str
    outcome: str
    arrived: int
    seconds: float
    wanted: frozenset[str]
    #: How the turn of a prompt that was submitted was told to have ended.
    turn: str | None
    detail: str

    @property
    def right(self) -> bool:
        """Told and done agree, and the reason is one that fits the moment."""
        told = self.outcome in self.wanted
        submitted = self.outcome == RequestOutcome.SUBMITTED
        judged = self.turn == ("success" if submitted else None)
        return told and judged and self.arrived == (1 if submitted else 0)


def play(found: Lab, count: int, seed: int, only: str = "") -> Iterator[Try]:
    """That many prompts at random moments, or at those whose names begin so."""
    dice = random.Random(seed)
    moments = {_idle: 8, _busy: 6, _draft: 4, _dialog: 2, _starting: 3}
    chosen = {each: often for each, often in moments.items() if _name(each).startswith(only)}
    for number in range(count):
        moment = dice.choices(tuple(chosen), weights=tuple(chosen.values()))[0]
        yield _try(found, moment, f"mark-{seed}-{number}-end", dice)


def _name(moment: Moment) -> str:
    return moment.__name__.strip("_")


def _try(found: Lab, moment: Moment, mark: str, dice: random.Random) -> Try:
    wait_until(lambda: is_ready(found), "the agent is ready again", seconds=90)
    wanted = moment(found, dice)
    kind, text = _text(dice, mark, found.tool)
    before = time.time()
    turn = None
    try:
        request = found.request(found.submit(text), before + 60)
    except Refused as refused:
        told = UNTYPABLE if refused.status == 422 else str(refused.status)
        detail, taken = refused.message, time.time() - before
    else:
        told, detail, taken = str(request.outcome), request.detail, time.time() - before
        turn = _turn(found, request, text) if told == RequestOutcome.SUBMITTED else None
    _tidy(found, wanted)
    wait_until(lambda: is_ready(found), "the turn is over", seconds=90)
    wanted = frozenset({UNTYPABLE}) if kind in ("hostile", "changed") else wanted
    arrived = found.witness.arrivals(text)
    if arrived != (told == RequestOutcome.SUBMITTED) or told == RequestOutcome.UNVERIFIED:
        detail += f" {text[:80]!r} {[each[:300] for each in found.witness.alike(mark)]}"
    return Try(_name(moment), kind, told, arrived, taken, wanted, turn, detail)


def _turn(found: Lab, request: Request, text: str) -> str:
    """How the prompt's turn was told to have ended; time is given to both, not for ever."""
    until = time.time() + PATIENCE
    while time.time() < until:
        now = found.request(request.request_id, until)
        if now.turn_result is not None and found.witness.arrivals(text):
            return now.turn_result
        time.sleep(0.05)
    return "untold"


def _text(dice: random.Random, mark: str, tool: str) -> tuple[str, str]:
    """What kind of text, and the text."""
    kind = dice.choices(("usual", "huge", "hostile"), weights=(20, 1, 2))[0]
    choice = {"usual": dice.choice(TEXTS), "huge": HUGE, "hostile": dice.choice(HOSTILE)}[kind]
    text = choice.format(mark=mark)
    try:
        check_prompt_for(tool, text)
    except UsageError:
        return ("changed" if kind == "usual" else kind), text
    return kind, text


def _idle(found: Lab, dice: random.Random) -> frozenset[str]:
    time.sleep(dice.random())
    return frozenset({RequestOutcome.SUBMITTED})


def _busy(found: Lab, dice: random.Random) -> frozenset[str]:
    before = found.witness.questions()
    found.send(f"STUB:slow {1 + dice.random() * 2:.1f} busy")
    wait_until(lambda: found.witness.questions() > before, "the turn runs", seconds=20)
    time.sleep(dice.random() * 2.5)
    return frozenset({RequestOutcome.SUBMITTED})


def _draft(found: Lab, dice: random.Random) -> frozenset[str]:
    found.write(DRAFT)
    found.await_drawn(DRAFT)
    time.sleep(dice.random())
    return frozenset({RequestOutcome.DRAFT_PRESENT})


def _dialog(found: Lab, dice: random.Random) -> frozenset[str]:
    found.send(f"{DIALOG.get(found.tool, 'STUB:tool')} touch dialog-{dice.random()}.txt")
    wait_until(lambda: _blocked(found), "the dialog is told", seconds=20)
    return frozenset({RequestOutcome.BLOCKED})


def _starting(found: Lab, dice: random.Random) -> frozenset[str]:
    found.close()
    found.witness.next_conversation()
    found.open()
    time.sleep(dice.random() * 4)
    return frozenset({RequestOutcome.SUBMITTED})


def _blocked(found: Lab) -> bool:
    state = found.state()
    return state is not None and state.tracked.surface.blocked_on is not None


def _tidy(found: Lab, wanted: frozenset[str]) -> None:
    """Take away what made the moment bad."""
    if RequestOutcome.BLOCKED in wanted:
        found.keys("Escape")
        time.sleep(1.5)
    state = found.state()
    drafted = state is not None and state.tracked.surface.editing_input.value == "yes"
    if drafted or RequestOutcome.DRAFT_PRESENT in wanted:
        found.keys("C-u")
        time.sleep(0.8)


def table(tool: str, tries: list[Try]) -> str:
    """Counts by moment and outcome, and a line for each wrong try."""
    rows = [f"{tool}: {sum(t.right for t in tries)}/{len(tries)} right"]
    counts = Counter((t.moment, t.outcome, t.arrived) for t in tries)
    rows += [f"  {m:8} {o:14} arrived {a}: {n}" for (m, o, a), n in sorted(counts.items())]
    turns = Counter(t.turn for t in tries if t.turn)
    rows += [f"  turn {turn}: {n}" for turn, n in sorted(turns.items())]
    kinds = Counter((t.text, t.right) for t in tries)
    rows += [f"  {kind:8} right {right}: {n}" for (kind, right), n in sorted(kinds.items())]
    delivered = sorted(t.seconds for t in tries if t.outcome in DONE and t.moment == "idle")
    if delivered:
        middle, last = delivered[len(delivered) // 2], delivered[int(len(delivered) * 0.95)]
        rows.append(f"  idle to submitted: median {middle:.2f} s, p95 {last:.2f} s")
    rows += [f"  WRONG {t}" for t in tries if not t.right]
    return "\n".join(rows)
