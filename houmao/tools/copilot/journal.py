"""Copilot's journal: one file of events for each session, and a lock that says whose it is.

It tells when a prompt was taken, what was answered, and that it failed or was stopped, but not if
that was before it said anything. An answer may be followed by one to prompts that wait: that a turn
ended well, and what is now, the screen is asked for.
"""

from houmao.tools.copilot.events import message_text
from houmao.tools.parts.journal import (
    JournalEvent,
    JournalEventKind,
    JournalFiles,
    JournalOwner,
    JournalPlace,
    TokenUsage,
    number_of,
    time_of,
    told,
)
from houmao.tools.parts.json_line import Record, parsed, part_of, text_of


def find(owner: JournalOwner, files: JournalFiles) -> JournalPlace:
    """By the lock beside it that is named after the process, if only one is."""
    environ = owner.environ
    home = environ.get("COPILOT_HOME") or f"{environ.get('HOME', '')}/.copilot"
    locks = files.matching(f"{home}/session-state", f"*/inuse.{owner.pid}.lock")
    if len(locks) == 1:
        return JournalPlace(lines=f"{locks[0].rpartition('/')[0]}/events.jsonl")
    if locks:
        return JournalPlace(problem="the process has locked several sessions", ambiguous=True)
    return JournalPlace(problem="the process has locked no session")


def read(line: str) -> tuple[JournalEvent, ...]:
    """What a line of the session tells."""
    record = parsed(line) or {}
    data, at = part_of(record, "data"), time_of(record)
    match record.get("type"):
        case "session.start":
            return told(JournalEventKind.CONVERSATION, data, "sessionId")
        case "user.message":
            words = text_of(data, "content") or ""
            return (
                JournalEvent(JournalEventKind.BEGAN, at=at),
                JournalEvent(JournalEventKind.PROMPT, words, at=at),
            )
        case "assistant.message":
            return _message(record, data)
        case "abort":
            return (JournalEvent(JournalEventKind.INTERRUPTED, at=at),)
        case "session.error":
            reason = text_of(data, "message") or ""
            return (JournalEvent(JournalEventKind.FAILED, reason, at=at),)
        case "session.usage_record":
            return _usage(text_of(record, "id") or "", part_of(data, "usage"))
    return ()


def _message(record: Record, data: Record) -> tuple[JournalEvent, ...]:
    text, message = message_text(record), text_of(data, "messageId") or ""
    answer = (JournalEvent(JournalEventKind.ANSWER, text, message),) if text else ()
    return (*told(JournalEventKind.MODEL, data, "model"), *answer)


def _usage(message: str, tokens: Record) -> tuple[JournalEvent, ...]:
    usage = TokenUsage(
        number_of(tokens, "inputTokens"),
        number_of(tokens, "outputTokens"),
        number_of(tokens, "cacheReadTokens"),
    )
    return (JournalEvent(JournalEventKind.USAGE, message=message, usage=usage),)
