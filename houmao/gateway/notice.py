"""When an agent is told of unread mail, and in which words. Pure.

One prompt for each new set of unread messages; none into an agent that is busy; fewer and fewer
when new mail never ends, as between two agents that answer each other.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

#: More notices than these within the span are a storm.
STORM_COUNT, STORM_SECONDS = 6, 600.0
#: Seconds between two notices in a storm, doubled with each further one.
STORM_PAUSE = 60.0
_LONGEST_PAUSE = 3600.0

_REQUESTS = """\
- GET {url}/v1/mail/status
- POST {url}/v1/mail/check with {{"schema_version": 1, "unread_only": true}}
- POST {url}/v1/mail/send with {{"schema_version": 1, "to": ["ADDRESS"], "cc": [], \
"subject": "TEXT", "body_content": "TEXT", "attachments": []}}
- POST {url}/v1/mail/reply with {{"schema_version": 1, "message_ref": "REF", \
"body_content": "TEXT", "attachments": []}}
- POST {url}/v1/mail/state with {{"schema_version": 1, "message_ref": "REF", "read": true}}"""


class NoticeOutcome(StrEnum):
    """What became of one look at the mail."""

    EMPTY = "empty"
    DEDUP_SKIP = "dedup_skip"
    BUSY_SKIP = "busy_skip"
    ENQUEUED = "enqueued"
    POLL_ERROR = "poll_error"


@dataclass(frozen=True, slots=True)
class UnreadMessage:
    """What a notice says of a message."""

    reference: str
    thread: str
    sender: str
    subject: str
    created_at_utc: str


@dataclass(frozen=True, slots=True)
class NoticeHistory:
    """The set that was told last, and when notices went out lately, the newest last."""

    digest: str | None = None
    sent_at: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeDecision:
    """What to do about the mail, and why."""

    outcome: NoticeOutcome
    detail: str = ""


def digest_of(references: Sequence[str]) -> str:
    """Names a set of messages."""
    return hashlib.sha256("\n".join(sorted(references)).encode()).hexdigest()


def decide(
    references: Sequence[str], history: NoticeHistory, now: float, *, free: bool
) -> NoticeDecision:
    """Whether the agent is to be told now; `free` when it would take a prompt."""
    if not references:
        return NoticeDecision(NoticeOutcome.EMPTY)
    if digest_of(references) == history.digest:
        return NoticeDecision(NoticeOutcome.DEDUP_SKIP, "told already, and not read yet")
    if not free:
        return NoticeDecision(NoticeOutcome.BUSY_SKIP, "the agent takes no prompt now")
    wait = _storm_pause(history, now)
    if wait > 0:
        return NoticeDecision(
            NoticeOutcome.BUSY_SKIP,
            f"mail storm: {STORM_COUNT} notices within {STORM_SECONDS:.0f} s; "
            f"the next in {wait:.0f} s at the earliest",
        )
    return NoticeDecision(NoticeOutcome.ENQUEUED)


def _storm_pause(history: NoticeHistory, now: float) -> float:
    """Seconds until the next notice may go out."""
    lately = [at for at in history.sent_at if now - at < STORM_SECONDS]
    if len(lately) < STORM_COUNT:
        return 0.0
    pause = min(STORM_PAUSE * 2.0 ** (len(lately) - STORM_COUNT), _LONGEST_PAUSE)
    return max(0.0, lately[-1] + pause - now)


def notice_text(oldest: UnreadMessage, more: int, base_url: str, skill: str, command: str) -> str:
    """The prompt that has an agent handle one message; `command` is what runs `houmao-mgr`."""
    rest = f"{more} more unread messages wait; leave them as they are." if more else ""
    return "\n".join(
        (
            "You have mail. This is one bounded task: handle the one message named below.",
            f"Message: {oldest.reference} (thread {oldest.thread}) from {oldest.sender}, "
            f"{oldest.created_at_utc}, subject: {oldest.subject}",
            f"How mail works here: {skill}",
            f"Your present mailbox: run `{command} agents mail resolve-live`.",
            f"Your gateway is {base_url} and no other address. It takes:",
            _REQUESTS.format(url=base_url),
            "Mark the message as read only after you have done what it asks. " + rest,
        )
    ).rstrip()
