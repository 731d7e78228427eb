"""Whatever a tool prints: reading never raises, keeps every line, and invents no success."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from houmao.headless.reading import OutputStream, Said, ToolReport, read_line
from houmao.headless.turn_status import TurnStatus
from houmao.headless.verdict import ProcessEnd, judge
from houmao.tools.parts.events import raw_event, wire_entry

_NAMES = st.sampled_from(
    [
        *("type", "subtype", "message", "content", "role", "item", "error", "result", "status"),
        *("is_error", "session_id", "thread", "id", "data", "text", "delta", "errors", "input"),
        *("usage", "output", "parameters", "terminal_reason", "name", "command", "tool_use_id"),
    ]
)
_WORDS = st.sampled_from(
    [
        *("system", "assistant", "user", "result", "init", "message", "tool_use", "tool_result"),
        *("error", "success", "item.started", "item.completed", "turn.started", "turn.failed"),
        *("thinking", "agent_message", "command_execution", "todo_list", "reasoning", "api_retry"),
        *("aborted_tools", "[Request interrupted by user]", '{"error": 1}', "{", "\ud800", " "),
    ]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _WORDS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=6),
    max_leaves=20,
)
_RECORDS = st.dictionaries(_NAMES, _VALUES, max_size=6)
_ENDS = st.sampled_from(["turn.completed", "turn.failed", "result", "init", "turn.started"])
_LINES = st.one_of(
    st.text(),
    st.builds(lambda b: b.decode("utf-8", "surrogateescape"), st.binary()),
    st.builds(json.dumps, _RECORDS),
    st.builds(lambda record, kind: json.dumps(record | {"type": kind}), _RECORDS, _ENDS),
)
_TOOLS = st.sampled_from(["claude", "codex", "gemini", "kimi"])
_STREAMS = st.sampled_from(list(OutputStream))


@given(_TOOLS, st.lists(st.tuples(_LINES, _STREAMS), max_size=12))
def test_every_line_is_read_and_can_be_kept(
    tool: str, printed: list[tuple[str, OutputStream]]
) -> None:
    told = ToolReport()
    for line, stream in printed:
        told, events = read_line(tool, told, line, stream)
        assert bool(events) == bool(line.strip())
        for event in events:
            entry = wire_entry(event, 1, "2026-01-01T00:00:00+00:00")
            kept = json.dumps(entry, ensure_ascii=False, allow_nan=False).encode()
            assert str(entry["kind"]).strip()
            assert str(entry["message"]).strip()
            assert json.loads(kept) == entry
    str(told).encode()


@given(
    _TOOLS,
    st.lists(st.tuples(_LINES, _STREAMS), max_size=12),
    st.builds(ProcessEnd, st.none() | st.integers(-64, 300), st.booleans(), st.booleans()),
)
def test_nothing_succeeds_without_the_tools_own_last_word(
    tool: str, printed: list[tuple[str, OutputStream]], ending: ProcessEnd
) -> None:
    told = ToolReport()
    for line, stream in printed:
        told, _ = read_line(tool, told, line, stream)
    verdict = judge(tool, told, ending)
    words = [json.loads(line) for line, stream in printed if _is_word(tool, line, stream)]
    if verdict.status is TurnStatus.COMPLETED:
        assert told.said is Said.SUCCESS
        assert _says_success(words[-1])
    assert verdict.status is not TurnStatus.ACTIVE
    assert (verdict.error is None) == (verdict.status is TurnStatus.COMPLETED)


def _is_word(tool: str, line: str, stream: OutputStream) -> bool:
    """A line in which this tool says how a turn went."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    kinds = {
        "claude": {"result"},
        "codex": {"turn.completed", "turn.failed"},
        "gemini": {"result"},
    }
    ours = kinds.get(tool, set())
    kind = found.get("type") if isinstance(found, dict) else None
    return stream is OutputStream.STDOUT and isinstance(kind, str) and kind in ours


def _says_success(word: dict[str, Any]) -> bool:
    if word["type"] == "result":
        claude = word.get("subtype") == "success" and word.get("is_error") is False
        return claude or word.get("status") == "success"
    return bool(word["type"] == "turn.completed")


@given(_LINES)
def test_the_raw_reading_takes_every_line(line: str) -> None:
    event = raw_event(line)
    assert (event is None) == (not line.strip())
    if event is not None:
        assert event.kind
        assert event.message.strip()
        wire_entry(event, 1, "2026-01-01T00:00:00+00:00")


def test_a_line_without_end_is_read_too() -> None:
    """Neither depth nor digits stop the reading."""
    for line in ("[" * 100_000, '{"a":' * 100_000, "9" * 10_000, '{"n": ' + "9" * 10_000 + "}"):
        told, events = read_line("claude", ToolReport(), line, OutputStream.STDOUT)
        assert told == ToolReport()
        assert [event.kind for event in events] == ["diagnostic"]
