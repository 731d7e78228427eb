r"""What to do next with a reply to a question, given what the agent's screen shows. Pure.

Keys go into the very question that was meant and into nothing else: it must have stood still for
a moment, every key waits for the screen that the key before it had to bring, no key is pressed
twice, and the question must be gone in the end.

    waiting --same question--> entered --question gone--> answered
        \--mark moves, or a field opens--> opened --the answer stands there--> entered
"""

import re
from dataclasses import dataclass, replace

from houmao.detect.question import Choice, Question
from houmao.requests.composer import shows
from houmao.requests.reply import QuestionReply, chosen
from houmao.requests.request import RequestOutcome
from houmao.requests.steps import (
    AgentSnapshot,
    DeliveryProgress,
    DeliveryStage,
    Finish,
    Step,
    TypeKeys,
    Wait,
)
from houmao.tools.parts.questions import QuestionModel

#: Seconds the question must have stood without a break before a key is pressed.
CALM_SECONDS = 0.25
#: Seconds in which a question that is hidden for a moment may come back.
GONE_SECONDS = 0.8
#: Seconds in which a key must show its effect.
EFFECT_SECONDS = 5.0
#: What may mean something in a pattern, or be drawn otherwise by the terminal.
_SPECIAL = re.compile(r"[^a-zA-Z0-9 ._/-]+")
#: Words of so many characters on a row tell it from others.
_ROW_WORDS = 3
#: Rows that are compared at the moment of the key: terminals nest conditions only so deep.
_MOST_ROWS = 30


@dataclass(frozen=True, slots=True)
class Answering:
    """A reply on its way to a tool's question."""

    model: QuestionModel
    reply: QuestionReply

    def advance(self, progress: DeliveryProgress, look: AgentSnapshot, deadline: float) -> Step:
        """The next action; `deadline` is on the looks' clock."""
        if look.signals is None:
            return progress, _without_program(progress)
        match progress.stage:
            case DeliveryStage.WAITING:
                return self._wait_for_question(progress, look, deadline)
            case DeliveryStage.OPENED:
                return self._go_on(progress, look)
            case _:
                return self._wait_for_departure(progress, look)

    def _wait_for_question(
        self, progress: DeliveryProgress, look: AgentSnapshot, deadline: float
    ) -> Step:
        question = look.question
        if look.at >= deadline:
            return progress, Finish(RequestOutcome.EXPIRED, "the pane did not keep still")
        if question is None or question.digest != self.reply.digest:
            return _other_question(progress, look)
        found = chosen(self.model, question, self.reply)
        if found.choice is None:
            return progress, Finish(RequestOutcome.BLOCKED, found.problem)
        since = look.at if progress.calm_since is None else progress.calm_since
        if look.at < since + CALM_SECONDS:
            return replace(progress, calm_since=since, doubt_since=None), Wait(since + CALM_SECONDS)
        return self._press(replace(progress, question=question), look, question, found.choice)

    def _press(
        self, progress: DeliveryProgress, look: AgentSnapshot, question: Question, choice: Choice
    ) -> Step:
        """The next key on the way to the choice."""
        key = self.model.key(question, choice)
        if self.reply.text is not None and choice.selected:
            key = self.reply.text
        if key is None:
            return progress, Finish(RequestOutcome.UNVERIFIED, "no key leads to the choice")
        last = key == "\r" or (self.reply.text is None and key == str(choice.number))
        stage = DeliveryStage.ENTERED if last else DeliveryStage.OPENED
        seen = key == self.reply.text
        pressed = replace(progress, stage=stage, acted_at=look.at, calm_since=None, seen=seen)
        return replace(pressed, question=question), TypeKeys(key, _words(question))

    def _go_on(self, progress: DeliveryProgress, look: AgentSnapshot) -> Step:
        """The mark was moved, a field was opened, or the answer was typed into it."""
        before, now = progress.question, look.question
        if look.at >= progress.acted_at + EFFECT_SECONDS:
            return progress, Finish(RequestOutcome.UNVERIFIED, "a key did not show its effect")
        choice = self._same_choice(before, now)
        if before is not None and now is not None and choice is not None:
            if progress.seen and self._shows_text(choice):
                entered = replace(progress, stage=DeliveryStage.ENTERED, acted_at=look.at)
                return entered, TypeKeys("\r", _words(before, but=choice.number))
            if not progress.seen and now.selected != before.selected:
                return self._press(progress, look, now, choice)
        return progress, Wait(progress.acted_at + EFFECT_SECONDS)

    def _same_choice(self, before: Question | None, now: Question | None) -> Choice | None:
        """The choice that is meant, while all but its own words are as they were."""
        if before is None or now is None:
            return None
        meant = chosen(self.model, before, self.reply).choice
        if meant is None or before.but_for(meant.number) != now.but_for(meant.number):
            return None
        return now.choice(meant.number)

    def _shows_text(self, choice: Choice) -> bool:
        return shows(self.reply.text or "", f"{choice.label} {choice.detail}".strip())

    def _wait_for_departure(self, progress: DeliveryProgress, look: AgentSnapshot) -> Step:
        if self._same_choice(progress.question, look.question) is None:
            gone = look.at if progress.calm_since is None else progress.calm_since
            if look.at < gone + CALM_SECONDS:
                return replace(progress, calm_since=gone), Wait(gone + CALM_SECONDS)
            more = "; another question is open now" if look.question is not None else ""
            return progress, Finish(RequestOutcome.ANSWERED, f"the question was answered{more}")
        if look.at < progress.acted_at + EFFECT_SECONDS:
            return replace(progress, calm_since=None), Wait(progress.acted_at + EFFECT_SECONDS)
        return progress, Finish(
            RequestOutcome.UNVERIFIED, "the same question is still open, or open again"
        )


def _without_program(progress: DeliveryProgress) -> Finish:
    if progress.stage is DeliveryStage.ENTERED:
        return Finish(RequestOutcome.ANSWERED, "the agent's program ended on the answer")
    if progress.stage is DeliveryStage.OPENED:
        return Finish(RequestOutcome.UNVERIFIED, "the agent's program ended while it was answered")
    return Finish(RequestOutcome.PROCESS_GONE, "the agent's program does not run in its pane")


def _other_question(progress: DeliveryProgress, look: AgentSnapshot) -> Step:
    """It may be drawn anew at this moment; if it does not come back, it is another one's turn."""
    since = look.at if progress.doubt_since is None else progress.doubt_since
    if look.at < since + GONE_SECONDS:
        return replace(progress, doubt_since=since, calm_since=None), Wait(since + GONE_SECONDS)
    what = "no question" if look.question is None else "another question"
    return progress, Finish(
        RequestOutcome.QUESTION_CHANGED, f"{what} is open now; nothing was typed"
    )


def _words(question: Question, but: int | None = None) -> tuple[str, ...]:
    """What the pane must show at the moment of the key: each row's longest plain words."""
    typed = question.choice(but) if but is not None else None
    rows = (row for row in question.rows if typed is None or typed.label not in row)
    longest = (max(_plain(row), key=len, default="") for row in rows)
    return tuple(words for words in longest if len(words) >= _ROW_WORDS)[-_MOST_ROWS:]


def _plain(row: str) -> list[str]:
    """Parts of a row that mean nothing but themselves in a pattern of the terminal's."""
    return [part.strip() for part in _SPECIAL.split(row)]
