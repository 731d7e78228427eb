"""Codex's journal: a rollout for each thread, held open by the process that writes it.

That is the tool's own or, behind it, a daemon that serves every Codex of one home. Which thread is
on the screen is written nowhere: of the process's own it is the one that was written last, and of
a daemon's the only one that began since the process did.
"""

import re
from datetime import UTC, datetime, timedelta

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
#: Held from the start by whoever writes a thread.
_LOCK = "/thread-writer-locks/"
#: Seconds between the last lines of two threads below which both may be under way.
_APART = 2.0
#: Seconds by which a thread may seem older than its process.
_BEFORE = 1.0


def find(owner: JournalOwner, files: JournalFiles) -> JournalPlace:
    """By what the process holds open, or by the one thread that a daemon can have begun for it."""
    opened = set(files.held_open(owner.pid))
    held = [path for path in opened if _ROLLOUT.fullmatch(path)]
    if len(held) > 1:
        held = _latest([path for path in held if _is_conversation(path, files)], files)
    if len(held) > 1:
        return JournalPlace(problem="the process writes several rollouts", ambiguous=True)
    if held:
        return JournalPlace(lines=held[0])
    if any(_LOCK in path for path in opened):
        return JournalPlace(problem="the process has begun no turn yet")
    if not owner.is_tool:
        return JournalPlace(problem="the process holds no rollout")
    return _of_daemon(owner, files)


def _is_conversation(path: str, files: JournalFiles) -> bool:
    """Whether it is a person's thread: that of a sub-agent names what began it."""
    head = part_of(parsed(files.first_line(path) or "") or {}, "payload")
    return not isinstance(head.get("source"), dict)


def _latest(paths: list[str], files: JournalFiles) -> list[str]:
    """The one that was written last, or all that were written about then."""
    written = {path: files.written(path) for path in paths}
    newest = max(written.values(), default=0.0)
    return [path for path, at in written.items() if at >= newest - _APART]


def _of_daemon(owner: JournalOwner, files: JournalFiles) -> JournalPlace:
    """A thread is noted in the home when a screen opens it, and has a rollout once it is used."""
    environ = owner.environ
    home = environ.get("CODEX_HOME") or f"{environ.get('HOME', '')}/.codex"
    noted = files.matching(f"{home}/tui-thread-reference-capabilities", "*-*-*-*-*")
    threads = [path.rpartition("/")[2] for path in noted]
    young = [it for it in threads if _began(it) >= owner.began - _BEFORE]
    if len(young) > 1:
        problem = "several threads of this home began since the process did, and a daemon has them"
        return JournalPlace(problem=problem, ambiguous=True)
    for path in (path for thread in young for path in _rollouts(home, thread, files)):
        head = part_of(parsed(files.first_line(path) or "") or {}, "payload")
        if head.get("cwd") == owner.folder:
            return JournalPlace(lines=path)
    return JournalPlace(problem="the process holds no rollout: no turn yet, or a daemon has it")


def _began(thread: str) -> float:
    """When a thread began, which the first 48 bits of its id tell; 0 when it is no such id."""
    try:
        return int(thread.replace("-", "")[:12], 16) / 1000
    except ValueError:
        return 0.0


def _rollouts(home: str, thread: str, files: JournalFiles) -> tuple[str, ...]:
    """The files of a thread; folders are named by a day in a time zone that nobody knows."""
    day = datetime.fromtimestamp(_began(thread), UTC)
    days = (f"{day + timedelta(days=n):%Y/%m/%d}" for n in (-1, 0, 1))
    found = (files.matching(f"{home}/sessions/{it}", f"rollout-*-{thread}.jsonl") for it in days)
    return tuple(path for paths in found for path in paths)


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
            return _item(payload, time_of(record))
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
        case "user_message":
            return told(JournalEventKind.PROMPT, payload, "message", at)
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


def _item(payload: Record, at: float | None) -> tuple[JournalEvent, ...]:
    if payload.get("type") != "message":
        return ()
    said = "".join(text_of(it, "text") or "" for it in parts_of(payload, "content"))
    match payload.get("role"):
        case "assistant" if said:
            return (JournalEvent(JournalEventKind.ANSWER, said),)
        case "user" if _is_typed(payload):
            return (JournalEvent(JournalEventKind.PROMPT, said, at=at),)
    return ()


def _is_typed(payload: Record) -> bool:
    """Whether a message in its user's name has that user's words; early versions do not say."""
    kinds = part_of(payload, "internal_chat_message_metadata_passthrough").get("content_item_kinds")
    return isinstance(kinds, list) and "user.text" in kinds


def _total(usage: Record) -> tuple[JournalEvent, ...]:
    if not usage:
        return ()
    total = TokenUsage(
        number_of(usage, "input_tokens"),
        number_of(usage, "output_tokens"),
        number_of(usage, "cached_input_tokens"),
    )
    return (JournalEvent(JournalEventKind.TOTAL, usage=total),)
