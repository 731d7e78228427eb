"""Gemini's journal: one file of messages for each chat.

It says when a message was complete and when a turn was cancelled or failed, never that a turn
ended well: for that the screen is asked.
"""

import hashlib

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
from houmao.tools.parts.json_line import Record, parsed, part_of, parts_of, text_of

#: Seconds around the start of a process in which its chat begins.
_BEFORE, _AFTER = 1.0, 15.0
#: What the first message of a chat begins with, also where the past is written down again.
_CONTEXT = "<session_context>"


def find(owner: JournalOwner, files: JournalFiles) -> JournalPlace:
    """By the chat of its working directory that began when the process did, if only one did."""
    home = owner.environ.get("GEMINI_CLI_HOME") or owner.environ.get("HOME", "")
    project = hashlib.sha256(owner.folder.encode("utf-8", "replace")).hexdigest()
    found = [
        path
        for path in files.matching(f"{home}/.gemini/tmp", "*/chats/session-*.jsonl")
        if _is_of(parsed(files.first_line(path) or "") or {}, project, owner.began)
    ]
    if len(found) == 1:
        return JournalPlace(lines=found[0])
    if found:
        return JournalPlace(
            problem="several chats of this folder began when the process did", ambiguous=True
        )
    return JournalPlace(problem="no chat of this folder began when the process did")


def _is_of(first: Record, project: str, began: float) -> bool:
    start = time_of(first, "startTime")
    if start is None:
        return False
    return first.get("projectHash") == project and began - _BEFORE <= start <= began + _AFTER


def read(line: str) -> tuple[JournalEvent, ...]:
    """What a line of the chat tells."""
    record = parsed(line) or {}
    match record.get("type"):
        case "user":
            return _user(record)
        case "gemini":
            return _answer(record)
        case "error":
            return (JournalEvent(JournalEventKind.FAILED, _said(record), at=time_of(record)),)
        case "info" if _said(record) == "Request cancelled.":
            return (JournalEvent(JournalEventKind.INTERRUPTED, at=time_of(record)),)
    if "messages" in part_of(record, "$set"):
        return (JournalEvent(JournalEventKind.COPY_ENDED),)
    return told(JournalEventKind.CONVERSATION, record, "sessionId")


def _user(record: Record) -> tuple[JournalEvent, ...]:
    if _said(record).startswith(_CONTEXT):
        return (JournalEvent(JournalEventKind.COPY_BEGAN),)
    at = time_of(record)
    return JournalEvent(JournalEventKind.BEGAN, at=at), JournalEvent(
        JournalEventKind.PROMPT, _words(record), at=at
    )


def _words(record: Record) -> str:
    """What the model got as its user's words; contents of the files that they name follow them."""
    parts = parts_of(record, "content")
    named_files = bool(parts) and "displayContent" in record
    return (text_of(parts[0], "text") or "") if named_files else _said(record)


def _answer(record: Record) -> tuple[JournalEvent, ...]:
    if not isinstance(record.get("content"), str):
        # Only where the past is written down again.
        return ()
    message = text_of(record, "id") or ""
    tokens = part_of(record, "tokens")
    cached = number_of(tokens, "cached")
    usage = TokenUsage(number_of(tokens, "input"), number_of(tokens, "output"), cached)
    return (
        JournalEvent(JournalEventKind.COPY_ENDED),
        *told(JournalEventKind.MODEL, record, "model"),
        JournalEvent(JournalEventKind.USAGE, message=message, usage=usage),
        # Without the message's id: it is told of again as a whole when its tools are done.
        *told(JournalEventKind.ANSWER, record, "content"),
    )


def _said(record: Record) -> str:
    whole = record.get("content")
    if isinstance(whole, str):
        return whole
    return "".join(text_of(it, "text") or "" for it in parts_of(record, "content"))
