"""Codex's journal: the rollout that its process holds open, one for each thread."""

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

_ROLLOUT = re.compile(r".*/sessions/\d{4}/\d\d/\d\d/rollout-[^/]*\.jsonl")


def find(owner: JournalOwner, files: JournalFiles) -> JournalPlace:
    """By the rollout that the process itself holds open, where that is only one."""
    held = {path for path in files.held_open(owner.pid) if _ROLLOUT.fullmatch(path)}
    if len(held) == 1:
        return JournalPlace(lines=held.pop())
    if held:
        return JournalPlace(problem="the process holds several rollouts open")
    return JournalPlace(problem="the process holds no rollout: no turn yet, or a daemon has it")


def read(line: str) -> tuple[JournalEvent, ...]:
    """What a line of the rollout tells."""
    record = parsed(line) or {}
    payload = part_of(record, "payload")
    match record.get("type"):
        case "session_meta":
            return told(JournalEventKind.CONVERSATION, payload, "id")
        case "turn_context":
            return told(JournalEventKind.MODEL, payload, "model")
        case "response_item":
            return _item(payload)
        case "event_msg":
            return _event(payload, time_of(record))
    return ()


def _event(payload: Record, at: float | None) -> tuple[JournalEvent, ...]:
    idle = JournalEvent(JournalEventKind.IDLE, at=at)
    match payload.get("type"):
        case "task_started":
            return (
                JournalEvent(JournalEventKind.BEGAN, at=at),
                JournalEvent(JournalEventKind.BUSY, at=at),
            )
        case "task_complete":
            answer = told(JournalEventKind.ANSWER, payload, "last_agent_message")
            return (*answer, *_end(payload, at), idle)
        case "turn_aborted":
            return (JournalEvent(JournalEventKind.INTERRUPTED, at=at), idle)
        case "token_count":
            return _total(part_of(part_of(payload, "info"), "total_token_usage"))
    return ()


def _end(payload: Record, at: float | None) -> tuple[JournalEvent, ...]:
    """How it ended; nothing where that is not said: early versions tell of no error here."""
    if payload.get("error") is not None:
        error = part_of(payload, "error")
        reason = text_of(error, "message") or text_of(payload, "error") or ""
        return (JournalEvent(JournalEventKind.FAILED, reason, at=at),)
    if text_of(payload, "last_agent_message"):
        return (JournalEvent(JournalEventKind.COMPLETED, at=at),)
    return ()


def _item(payload: Record) -> tuple[JournalEvent, ...]:
    if payload.get("type") != "message" or payload.get("role") != "assistant":
        return ()
    texts = (text_of(it, "text") or "" for it in parts_of(payload, "content"))
    said = "".join(texts)
    return (JournalEvent(JournalEventKind.ANSWER, said),) if said else ()


def _total(usage: Record) -> tuple[JournalEvent, ...]:
    if not usage:
        return ()
    total = TokenUsage(
        number_of(usage, "input_tokens"),
        number_of(usage, "output_tokens"),
        number_of(usage, "cached_input_tokens"),
    )
    return (JournalEvent(JournalEventKind.TOTAL, usage=total),)
