"""Replies, previews, and the limits that end a storm of replies."""

import pytest

from houmao.errors import MailError, MailLimit
from houmao.mailbox import thread
from houmao.mailbox.limits import MailLimits
from tests.unit.mailbox.test_document import CODER, FIRST, REVIEWER, SECOND, message


def test_a_reply_goes_to_whom_the_parent_names() -> None:
    assert thread.answered(message()) == (CODER,)
    assert thread.answered(message(reply_to=(REVIEWER,))) == (REVIEWER,)


def test_references_end_with_the_parent() -> None:
    parent = message(message_id=SECOND, in_reply_to=FIRST, references=(FIRST,))
    assert thread.reply_references(parent) == (FIRST, SECOND)


@pytest.mark.parametrize(
    ("subject", "reply"),
    [
        ("Hi", "Re: Hi"),
        ("re: Hi", "re: Hi"),
        ("Re: Hi", "Re: Hi"),
        ("a\nb", "Re: a b"),
        ("x" * 1000, "Re: " + "x" * 996),
    ],
)
def test_a_subject_gains_re_once(subject: str, reply: str) -> None:
    assert thread.reply_subject(subject) == reply


def test_two_owners_of_one_address_are_refused() -> None:
    other = message(to=(CODER, type(CODER)("other", CODER.address)))
    with pytest.raises(MailError, match="two owners"):
        _ = other.recipients


def test_a_preview_is_one_line() -> None:
    assert thread.preview("a\n\n b\tc ") == "a b c"
    assert len(thread.preview("word " * 1000)) == 240


def test_the_transcript_tells_who_wrote_to_whom() -> None:
    text = thread.transcript((message(body="one"), message(body="two")))
    assert text.count(f"{CODER.address} -> {REVIEWER.address}") == 2
    assert text.index("one") < text.index("two")


def test_only_messages_between_the_two_count() -> None:
    pairs = [("a", "b"), ("b", "a"), ("a", "c"), ("b", "c")]
    assert thread.turns_between(pairs, "a", "b") == 2
    assert thread.turns_between([("a", "a"), ("a", "b")], "a", "a") == 1


def test_nothing_is_limited_by_default() -> None:
    MailLimits().check_size(10**9)
    MailLimits().check_rate("a", 10**6)
    MailLimits().check_depth("a", "b", 10**6)


def test_a_reached_limit_names_its_setting() -> None:
    limits = MailLimits(message_bytes=10, per_minute=2, thread_depth=3)
    limits.check_size(10)
    limits.check_rate("a", 1)
    limits.check_depth("a", "b", 2)
    with pytest.raises(MailLimit, match="MAX_MESSAGE_BYTES"):
        limits.check_size(11)
    with pytest.raises(MailLimit, match="MAX_PER_MINUTE"):
        limits.check_rate("a", 2)
    with pytest.raises(MailLimit, match="MAX_THREAD_DEPTH"):
        limits.check_depth("a", "b", 3)
