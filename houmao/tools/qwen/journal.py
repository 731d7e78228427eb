"""Qwen's journal: a session file for each process and a chat for each conversation.

It says when a prompt was submitted and what was answered, never that a turn ended: an interrupted
one leaves nothing, and an error may be tried again. For that the screen is asked.
"""

import re

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

#: What a folder's name keeps of the working directory; the rest becomes a dash.
_NOT_KEPT = re.compile(r"[^a-zA-Z0-9]")


def find(owner: JournalOwner, files: JournalFiles) -> JournalPlace:
    """By the session file that bears the process's id and the moment of its start.

    That file holds a token, too: nothing of it but the conversation's id is taken.
    """
    environ = owner.environ
    home = environ.get("QWEN_HOME") or f"{environ.get('HOME', '')}/.qwen"
    home = environ.get("QWEN_RUNTIME_DIR") or home
    record = parsed(files.text(f"{home}/sessions/{owner.pid}.json") or "")
    if record is None:
        return JournalPlace(problem="the process has no readable session file")
    # The kernel's boot id stands before the moment of the start.
    start = str(record.get("procStart")).rpartition(":")[2]
    if (record.get("pid"), start) != (owner.pid, owner.start_ticks):
        return JournalPlace(problem="the session file is that of a former process")
    session, folder = text_of(record, "sessionId"), text_of(record, "cwd") or owner.folder
    if session is None or "/" in session:
        return JournalPlace(problem="the session file names no conversation")
    project = _NOT_KEPT.sub("-", folder)
    return JournalPlace(lines=f"{home}/projects/{project}/chats/{session}.jsonl")


def read(line: str) -> tuple[JournalEvent, ...]:
    """What a line of the chat tells."""
    record = parsed(line) or {}
    match record.get("type"):
        case "user" if record.get("provenance") == "real_user":
            return (*told(JournalEventKind.CONVERSATION, record, "sessionId"), *_prompt(record))
        case "assistant":
            return _answer(record)
    return ()


def _prompt(record: Record) -> tuple[JournalEvent, ...]:
    """A turn and its words; the contents of files that they name are parts of their own."""
    at, parts = time_of(record), parts_of(part_of(record, "message"), "parts")
    words = (text_of(parts[0], "text") or "") if parts else ""
    return (
        JournalEvent(JournalEventKind.BEGAN, at=at),
        JournalEvent(JournalEventKind.PROMPT, words, at=at),
    )


def _answer(record: Record) -> tuple[JournalEvent, ...]:
    parts = parts_of(part_of(record, "message"), "parts")
    texts = (text_of(it, "text") or "" for it in parts if not it.get("thought"))
    tokens = part_of(record, "usageMetadata")
    cached = number_of(tokens, "cachedContentTokenCount")
    usage = TokenUsage(
        number_of(tokens, "promptTokenCount"), number_of(tokens, "candidatesTokenCount"), cached
    )
    message, text = text_of(record, "uuid") or "", "".join(texts)
    return (
        *told(JournalEventKind.MODEL, record, "model"),
        JournalEvent(JournalEventKind.USAGE, message=message, usage=usage),
        *((JournalEvent(JournalEventKind.ANSWER, text, message),) if text.strip() else ()),
    )
