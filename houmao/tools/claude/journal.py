"""Claude's journal: a status file for each process and a transcript for each conversation."""

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

_PRESENT = {
    "busy": JournalEventKind.BUSY,
    "waiting": JournalEventKind.WAITING,
    "idle": JournalEventKind.IDLE,
}
#: Texts of its own that stand where a prompt does: commands and what they printed.
_NO_PROMPT = re.compile(r"<(?:command-|local-command-|bash-|task-notification)")
_INTERRUPTED = re.compile(r"\[Request interrupted by user(?: for tool use)?\]")
#: What a folder's name keeps of the working directory; the rest becomes a dash.
_NOT_KEPT = re.compile(r"[^a-zA-Z0-9]")


def find(owner: JournalOwner, files: JournalFiles) -> JournalPlace:
    """By the status file that bears the process's id and the moment of its start."""
    home = owner.environ.get("CLAUDE_CONFIG_DIR") or f"{owner.environ.get('HOME', '')}/.claude"
    status = f"{home}/sessions/{owner.pid}.json"
    record = parsed(files.text(status) or "")
    if record is None:
        return JournalPlace(problem="the process has no readable status file")
    if (record.get("pid"), str(record.get("procStart"))) != (owner.pid, owner.start_ticks):
        return JournalPlace(problem="the status file is that of a former process")
    session, folder = text_of(record, "sessionId"), text_of(record, "cwd") or owner.folder
    if session is None or "/" in session:
        return JournalPlace(status=status, problem="the status file names no conversation")
    lines = f"{home}/projects/{_NOT_KEPT.sub('-', folder)}/{session}.jsonl"
    return JournalPlace(lines=lines, status=status)


def read_status(text: str) -> tuple[JournalEvent, ...]:
    """What the status file tells: the present, and which conversation it is."""
    record = parsed(text) or {}
    present = _PRESENT.get(str(record.get("status")))
    waits_for = text_of(record, "waitingFor") or ""
    at = number_of(record, "statusUpdatedAt") / 1000 or None
    events = (JournalEvent(present, waits_for, at=at),) if present is not None else ()
    return told(JournalEventKind.CONVERSATION, record, "sessionId") + events


def read(line: str) -> tuple[JournalEvent, ...]:
    """What a line of the transcript tells."""
    record = parsed(line)
    if record is None or record.get("isSidechain") is True:
        return ()
    match record.get("type"):
        case "user":
            return _user(record)
        case "assistant":
            return _assistant(record)
        case "system" if record.get("subtype") == "turn_duration":
            return _end(JournalEventKind.COMPLETED, "", record)
    return ()


def _user(record: Record) -> tuple[JournalEvent, ...]:
    text = _said(part_of(record, "message"))
    if not text.strip() or record.get("isMeta") is True or record.get("isCompactSummary") is True:
        return ()
    if not _is_typed(record):
        if _INTERRUPTED.fullmatch(text):
            return _end(JournalEventKind.INTERRUPTED, "", record)
        if _NO_PROMPT.match(text):
            return ()
    at = time_of(record)
    return JournalEvent(JournalEventKind.BEGAN, at=at), JournalEvent(
        JournalEventKind.PROMPT, text, at=at
    )


def _is_typed(record: Record) -> bool:
    """Whether a person's words stand there, whatever they look like.

    Early versions name the origin of nothing but notifications; a mode stands beside prompts alone.
    """
    origin = record.get("origin")
    if origin is not None:
        return part_of(record, "origin").get("kind") == "human"
    return "permissionMode" in record


def _assistant(record: Record) -> tuple[JournalEvent, ...]:
    message = part_of(record, "message")
    text, message_id = _said(message), text_of(message, "id") or ""
    if record.get("isApiErrorMessage") is True:
        return _end(JournalEventKind.FAILED, text, record)
    answer = (JournalEvent(JournalEventKind.ANSWER, text, message_id),) if text else ()
    model = told(JournalEventKind.MODEL, message, "model")
    usage = JournalEvent(JournalEventKind.USAGE, message=message_id, usage=_usage(message))
    return (*model, usage, *answer)


def _end(kind: JournalEventKind, reason: str, record: Record) -> tuple[JournalEvent, ...]:
    """An end; the status file says a moment later that nothing runs."""
    at = time_of(record)
    return JournalEvent(kind, reason, at=at), JournalEvent(JournalEventKind.IDLE, at=at)


def _said(message: Record) -> str:
    whole = message.get("content")
    if isinstance(whole, str):
        return whole
    texts = (it for it in parts_of(message, "content") if it.get("type") == "text")
    return "".join(text_of(it, "text") or "" for it in texts)


def _usage(message: Record) -> TokenUsage:
    usage = part_of(message, "usage")
    cached = number_of(usage, "cache_read_input_tokens")
    fresh = number_of(usage, "input_tokens") + number_of(usage, "cache_creation_input_tokens")
    return TokenUsage(fresh + cached, number_of(usage, "output_tokens"), cached)
