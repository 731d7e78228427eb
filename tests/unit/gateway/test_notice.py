"""An agent is told once of each set of mail, never while it is busy, and ever less in a storm."""

from houmao.gateway.notice import (
    STORM_COUNT,
    STORM_PAUSE,
    NoticeHistory,
    NoticeOutcome,
    UnreadMessage,
    decide,
    digest_of,
    notice_text,
)

NONE = NoticeHistory()


def test_one_notice_for_each_set() -> None:
    """In whichever order the messages come."""
    told = NoticeHistory(digest_of(["b", "a"]), (0.0,))
    assert decide([], NONE, 0.0, free=True).outcome is NoticeOutcome.EMPTY
    assert decide(["a"], NONE, 0.0, free=True).outcome is NoticeOutcome.ENQUEUED
    assert decide(["a", "b"], told, 9.0, free=True).outcome is NoticeOutcome.DEDUP_SKIP
    assert decide(["a", "c"], told, 9.0, free=True).outcome is NoticeOutcome.ENQUEUED


def test_nothing_is_said_into_a_busy_agent() -> None:
    assert decide(["a"], NONE, 0.0, free=False).outcome is NoticeOutcome.BUSY_SKIP


def test_a_storm_is_slowed_and_told() -> None:
    """The pause doubles with each further notice."""
    sent = tuple(float(i) for i in range(STORM_COUNT))
    held = decide(["new"], NoticeHistory(None, sent), sent[-1] + STORM_PAUSE - 1, free=True)
    assert held.outcome is NoticeOutcome.BUSY_SKIP
    assert "storm" in held.detail
    later = sent[-1] + STORM_PAUSE
    assert (
        decide(["new"], NoticeHistory(None, sent), later, free=True).outcome
        is NoticeOutcome.ENQUEUED
    )
    more = NoticeHistory(None, (*sent, later))
    assert decide(["x"], more, later + STORM_PAUSE, free=True).outcome is NoticeOutcome.BUSY_SKIP


def test_the_notice_names_one_message_and_one_address() -> None:
    oldest = UnreadMessage("filesystem:m1", "filesystem:t1", "b@x", "Build", "2026-01-01T00:00:00Z")
    command = "/venv/bin/python -P -m houmao.cli"
    text = notice_text(oldest, 2, "http://127.0.0.1:4000", "SKILL.md", command)
    assert "filesystem:m1" in text
    assert f"`{command} agents mail resolve-live`" in text
    assert "2 more unread messages" in text
    assert text.count("http://127.0.0.1:4000/v1/mail/") == 5
