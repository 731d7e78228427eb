"""Replies as histories of looks: which keys they lead to, and when there are none."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from houmao.detect.question import Choice, Question
from houmao.detect.signals import BlockedOn, Signals
from houmao.errors import UsageError
from houmao.requests.answering import CALM_SECONDS, EFFECT_SECONDS, GONE_SECONDS, Answering
from houmao.requests.reply import Consent, QuestionReply
from houmao.requests.request import RequestOutcome
from houmao.requests.steps import (
    Action,
    AgentSnapshot,
    DeliveryProgress,
    Finish,
    TypeKeys,
    Wait,
)
from houmao.tools.catalog import tool_named
from houmao.track.state import TurnPhase

CLAUDE = tool_named("claude").questions
SIGNALS = Signals("test", "1", blocked_on=BlockedOn.DIALOG)


def question(*labels: str, asked: str = "Run it?", at: int = 1, numbered: bool = True) -> Question:
    """A list of choices with the mark on one of them."""
    choices = tuple(
        Choice(number, label, selected=number == at) for number, label in enumerate(labels, 1)
    )
    rows = [f"{it.number}. {it.label}" if numbered else it.label for it in choices]
    return Question(BlockedOn.DIALOG, (asked, *rows), choices, 1, numbered)


PERMISSION = question("Yes", "Yes, always", "No")
COLOURS = question("Red", "Type something.", asked="Which colour?")


def play(reply: QuestionReply, *seen: Question | None, step: float = 0.3) -> list[Action]:
    """What is done while these questions are seen one after the other."""
    looks = [
        AgentSnapshot(number * step, TurnPhase.UNKNOWN, SIGNALS, question=each)
        for number, each in enumerate(seen)
    ]
    return done(reply, looks)


def done(reply: QuestionReply, looks: Sequence[AgentSnapshot]) -> list[Action]:
    progress, actions = DeliveryProgress(), list[Action]()
    for look in looks:
        progress, action = Answering(CLAUDE, reply).advance(progress, look, deadline=60.0)
        actions.append(action)
        if isinstance(action, Finish):
            break
    return actions


def keys(actions: list[Action]) -> list[str]:
    return [action.keys for action in actions if isinstance(action, TypeKeys)]


def outcome(actions: list[Action]) -> RequestOutcome | None:
    last = actions[-1]
    return last.outcome if isinstance(last, Finish) else None


def test_a_numbered_choice_is_one_key_and_then_gone() -> None:
    """Pressed once the question has stood for a moment, never before."""
    reply = QuestionReply(PERMISSION.digest, choose=2)
    actions = play(reply, PERMISSION, PERMISSION, None, None)
    assert isinstance(actions[0], Wait)
    assert keys(actions) == ["2"]
    assert outcome(actions) is RequestOutcome.ANSWERED


@pytest.mark.parametrize(("decision", "key"), [(Consent.APPROVE, "1"), (Consent.DENY, "3")])
def test_yes_and_no_find_their_choice(decision: Consent, key: str) -> None:
    reply = QuestionReply(PERMISSION.digest, decision=decision)
    assert keys(play(reply, PERMISSION, PERMISSION)) == [key]


def test_a_number_that_takes_nothing_is_reached_and_entered() -> None:
    """Codex takes its trust by Enter alone; a number moves the mark at most."""
    codex = tool_named("codex").questions
    labels = ("Trust and continue", "Back to Agent Command Center")
    reached, there = (question(*labels, at=at) for at in (2, 1))
    trust, away = there.choices
    assert codex.key(reached, trust) == "\x1b[A"
    assert codex.key(there, trust) == "\r"
    assert codex.key(there, away) == "2"


def test_the_key_demands_the_question_on_the_screen() -> None:
    """The terminal itself looks for the words once more."""
    reply = QuestionReply(PERMISSION.digest, choose=1)
    pressed = play(reply, PERMISSION, PERMISSION)[1]
    assert isinstance(pressed, TypeKeys)
    assert set(pressed.shows) == {"Run it", "1. Yes", "2. Yes", "always", "3. No"} - {"always"}


@pytest.mark.parametrize("now", [None, question("Yes", "No", asked="Remove everything?")])
def test_another_question_gets_no_key(now: Question | None) -> None:
    """Nor does a screen without one; a moment is given for it to come back."""
    reply = QuestionReply(PERMISSION.digest, decision=Consent.APPROVE)
    actions = play(reply, now, now, now, now, step=GONE_SECONDS / 2)
    assert keys(actions) == []
    assert outcome(actions) is RequestOutcome.QUESTION_CHANGED


def test_a_question_that_comes_back_is_answered() -> None:
    """A screen that is drawn anew hides it for a moment."""
    reply = QuestionReply(PERMISSION.digest, choose=1)
    assert keys(play(reply, PERMISSION, None, PERMISSION, PERMISSION)) == ["1"]


def test_no_key_is_pressed_twice() -> None:
    """What stays open after its key is told as such."""
    reply = QuestionReply(PERMISSION.digest, choose=1)
    actions = play(reply, *[PERMISSION] * 6, step=EFFECT_SECONDS / 3)
    assert keys(actions) == ["1"]
    assert outcome(actions) is RequestOutcome.UNVERIFIED


def test_words_go_into_the_field_they_opened() -> None:
    """The number opens it, the words appear in it, Enter sends them."""
    reply = QuestionReply(COLOURS.digest, text="green")
    opened = question("Red", "Type something.", asked="Which colour?", at=2)
    typed = question("Red", "green", asked="Which colour?", at=2)
    actions = play(reply, COLOURS, COLOURS, opened, typed, None, None)
    assert keys(actions) == ["2", "green", "\r"]
    assert outcome(actions) is RequestOutcome.ANSWERED


def test_words_that_do_not_appear_are_not_sent() -> None:
    """Somebody else's stand there."""
    reply = QuestionReply(COLOURS.digest, text="green")
    opened = question("Red", "Type something.", asked="Which colour?", at=2)
    other = question("Red", "gregreenen", asked="Which colour?", at=2)
    actions = play(reply, COLOURS, COLOURS, opened, other, other, step=EFFECT_SECONDS / 2)
    assert keys(actions) == ["2", "green"]
    assert outcome(actions) is RequestOutcome.UNVERIFIED


def test_a_list_without_numbers_is_walked() -> None:
    """The mark is seen on the choice before Enter."""
    first, second = (question("No, exit", "Yes, proceed", at=at, numbered=False) for at in (1, 2))
    reply = QuestionReply(first.digest, decision=Consent.APPROVE)
    actions = play(reply, first, first, first, second, None, None)
    assert keys(actions) == ["\x1b[B", "\r"]
    assert outcome(actions) is RequestOutcome.ANSWERED


@pytest.mark.parametrize(
    ("asked", "answer", "why"),
    [
        (PERMISSION, QuestionReply("", choose=7), "no choice of that number"),
        (PERMISSION, QuestionReply("", text="green"), "asks for words"),
        (COLOURS, QuestionReply("", decision=Consent.APPROVE), "choose by number"),
        (COLOURS, QuestionReply("", choose=2), "give them as text"),
        (question("[ ] Red", "[ ] Blue"), QuestionReply("", choose=1), "several choices"),
        (question("Red", "Type something.", at=2), QuestionReply("", choose=1), "field for words"),
    ],
)
def test_what_cannot_be_answered_so_gets_no_key(
    asked: Question, answer: QuestionReply, why: str
) -> None:
    """And the reason says what helps."""
    actions = play(replace(answer, digest=asked.digest), asked, asked)
    assert keys(actions) == []
    assert isinstance(actions[-1], Finish)
    assert actions[-1].outcome is RequestOutcome.BLOCKED
    assert why in actions[-1].detail


def test_the_program_may_end_on_its_answer() -> None:
    """As Claude Code does where its folder is not trusted."""
    reply = QuestionReply(PERMISSION.digest, choose=3)
    looks = [
        AgentSnapshot(at, TurnPhase.UNKNOWN, signals, question=PERMISSION if signals else None)
        for at, signals in ((0.0, SIGNALS), (CALM_SECONDS, SIGNALS), (0.5, None))
    ]
    assert outcome(done(reply, looks)) is RequestOutcome.ANSWERED
    assert outcome(done(reply, looks[2:])) is RequestOutcome.PROCESS_GONE


@pytest.mark.parametrize("text", ["", " ", "two\nlines", "an escape\x1b", "x" * 501])
def test_words_are_one_plain_line(text: str) -> None:
    with pytest.raises(UsageError):
        QuestionReply("digest", text=text)


def test_a_reply_answers_in_one_way() -> None:
    with pytest.raises(UsageError):
        QuestionReply("digest", choose=1, text="both")


def test_a_reply_survives_its_request() -> None:
    for reply in (
        QuestionReply("d", choose=2),
        QuestionReply("d", decision=Consent.DENY),
        QuestionReply("d", text="ü"),
    ):
        assert QuestionReply.from_text(reply.as_text()) == reply
