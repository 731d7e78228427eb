"""Requests and the rules of their life."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houmao.errors import UsageError
from houmao.requests.request import (
    Kind,
    Outcome,
    Request,
    RequestState,
    after_restart,
    check_prompt,
    ended,
    turn_ended,
    typing,
)

REQUEST = Request("mreq-1", "agent", Kind.SUBMIT_PROMPT, "hello", 10.0, 70.0)


@pytest.mark.parametrize("prompt", ["hello", "two\nlines", "tab\there", "猴毛 🐒", " padded "])
def test_texts_are_typed_as_they_are(prompt: str) -> None:
    """Line ends, tabs and every script are text."""
    assert check_prompt(prompt) == prompt


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        ("", "blank"),
        (" \n\t", "blank"),
        ("a\x1b[201~rm -rf", "U\\+001B at position 1"),
        ("a\rb", "U\\+000D"),
        ("a\x03", "U\\+0003"),
        ("a\x9b31m", "U\\+009B"),
        ("a\ud800", "U\\+D800"),
        ("x" * 1_000_001, "longer than"),
    ],
)
def test_hostile_texts_are_refused_with_the_reason(prompt: str, reason: str) -> None:
    """What a terminal would not take as text is refused, and never repeated."""
    with pytest.raises(UsageError, match=reason) as error:
        check_prompt(prompt)

    assert "rm -rf" not in error.value.message


@given(st.text())
def test_any_text_is_typed_whole_or_refused(prompt: str) -> None:
    """There is nothing in between."""
    with suppress(UsageError):
        assert check_prompt(prompt) == prompt


def test_an_end_is_final() -> None:
    """Neither a second end nor a second verdict changes what was told."""
    done = ended(REQUEST, Outcome.SUBMITTED, "sent", 12.0)
    judged = turn_ended(done, "success", 13.0)

    assert ended(done, Outcome.EXPIRED, "late", 99.0) == done
    assert turn_ended(judged, "interrupted", 99.0) == judged


def test_a_typed_request_is_never_typed_again_after_a_restart() -> None:
    """Nobody knows whether it arrived, so a person is told to look."""
    again = after_restart(typing(REQUEST, 11.0), 20.0)

    assert again.outcome is Outcome.UNVERIFIED
    assert again.ended_at == 20.0


def test_a_request_that_was_not_typed_waits_on_after_a_restart() -> None:
    """Nothing is lost."""
    assert after_restart(REQUEST, 20.0) == REQUEST
    assert after_restart(REQUEST, 20.0).state is RequestState.QUEUED
