"""What a tool asks with a list of choices, and the keys that answer it. Pure.

The parts that differ from tool to tool arrive as a `QuestionModel`; each was found out by
answering the real tool.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from houmao.detect.question import Choice, Question, read_question
from houmao.detect.screen import Row
from houmao.detect.signals import BlockedOn, Frame, Signals

_NOTHING = re.compile(r"(?!)")
#: The rule of every dialog that is a list of choices.
_CHOICES = "_choices"
#: More choices than keys for them.
_KEYED = 9


@dataclass(frozen=True, slots=True)
class QuestionModel:
    """By default nobody has found out how a tool is answered."""

    #: Row of the question's top, given that of its first choice; None when it is not in sight.
    top: Callable[[tuple[Row, ...], int], int | None] = lambda rows, first: None
    #: Whether the number of a choice, pressed as a key, takes that choice at once.
    takes_numbers: bool = False
    #: Labels of choices that Enter alone takes, although they have a number.
    enters: re.Pattern[str] = _NOTHING
    #: What moves the mark up and down where a number does not take a choice.
    moves: tuple[str, str] | None = None
    #: Labels of the one choice that says yes for this once, and of the one that says no.
    approves: re.Pattern[str] = _NOTHING
    denies: re.Pattern[str] = _NOTHING
    #: Label of the choice behind which an answer is typed.
    writes: re.Pattern[str] = _NOTHING

    def read(self, frame: Frame, signals: Signals) -> Question | None:
        """The open question, None when there is none that is a list of choices."""
        asks = any(item.rule.endswith(_CHOICES) for item in signals.evidence)
        if signals.blocked_on in (None, BlockedOn.MENU) or not asks:
            return None
        rows = frame.screen.rows
        return read_question(rows, signals.blocked_on, partial(self.top, rows))

    def approving(self, question: Question) -> Choice | None:
        """The choice that says yes for this once; None unless exactly one does."""
        return _only(question, self.approves)

    def denying(self, question: Question) -> Choice | None:
        """The choice that says no; None unless exactly one does."""
        return _only(question, self.denies)

    def writing(self, question: Question) -> Choice | None:
        """The choice behind which an answer is typed; None unless exactly one is."""
        return None if question.takes_several else _only(question, self.writes)

    def key(self, question: Question, choice: Choice) -> str | None:
        """The next key on the way to that choice; None when nobody knows one."""
        if question.numbered and not self.enters.match(choice.label):
            known = self.takes_numbers and choice.number <= _KEYED
            return str(choice.number) if known else None
        marked = question.selected
        if self.moves is None or marked is None:
            return None
        if marked.number == choice.number:
            return "\r"
        return self.moves[choice.number > marked.number]


def _only(question: Question, words: re.Pattern[str]) -> Choice | None:
    found = [choice for choice in question.choices if words.match(choice.label)]
    return found[0] if len(found) == 1 else None
