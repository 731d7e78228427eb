"""Lines of every tool, by hand: what each says, and the event it becomes."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from houmao.headless.reading import OutputStream, Said, ToolReport, read_line
from houmao.tools.parts.events import EventKind
from tests.unit.headless.outputs import read_all


def lines(*records: Mapping[str, Any]) -> str:
    return "\n".join(json.dumps(record) for record in records)


CLAUDE_START = {"type": "system", "subtype": "init", "session_id": "c1"}
CLAUDE_DONE = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "result": "Two fail.",
    "session_id": "c1",
    "usage": {"output_tokens": 3},
    "num_turns": 2,
}
CLAUDE_ABORTED = {
    "type": "result",
    "subtype": "error_during_execution",
    "is_error": True,
    "errors": ["[ede_diagnostic] result_type=user"],
}
CLAUDE_TAKEN_BACK = {
    "type": "user",
    "message": {"content": [{"type": "text", "text": "[Request interrupted by user]"}]},
}


def claude_says(*blocks: Mapping[str, Any], role: str = "assistant") -> dict[str, Any]:
    message = {"model": "opus", "content": list(blocks)}
    return {"type": role, "message": message, "parent_tool_use_id": None, "session_id": "c1"}


def test_claude_tells_a_whole_turn() -> None:
    told, events = read_all(
        "claude",
        lines(
            CLAUDE_START,
            claude_says({"type": "thinking", "thinking": "Look first."}),
            claude_says(
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "ls -l"}},
            ),
            claude_says(
                {"type": "tool_result", "tool_use_id": "t1", "content": "a\nb", "is_error": False},
                role="user",
            ),
            CLAUDE_DONE,
        ),
    )
    assert told == ToolReport(session_id="c1", said=Said.SUCCESS, answer="Two fail.")
    assert [(event.kind, event.message) for event in events] == [
        ("progress", "started"),
        ("reasoning", "Look first."),
        ("assistant", "I look."),
        ("action_request", "Bash: ls -l"),
        ("action_result", "a b"),
        ("completion", "Two fail."),
    ]
    asked = events[3].payload
    assert asked is not None
    assert (asked["provider"], asked["session_id"]) == ("claude", "c1")
    assert asked["provider_event_type"] == "assistant.tool_use"
    assert asked["data"] == {
        "action_id": "t1",
        "action_kind": "tool",
        "name": "Bash",
        "arguments": {"command": "ls -l"},
        "arguments_summary": "ls -l",
        "parent_tool_use_id": None,
        "model": "opus",
    }
    done = events[5].payload
    assert done is not None
    assert done["data"] == {"status": "success", "usage": {"output_tokens": 3}, "num_turns": 2}


def test_what_claude_counts_is_routine() -> None:
    """People are not told of it; programs find it marked."""
    _, events = read_all("claude", lines(CLAUDE_START, {"type": "system", "subtype": "counted"}))
    assert ["routine" in (event.payload or {}) for event in events] == [False, True]


def test_claude_calls_an_api_error_a_success_and_is_not_believed() -> None:
    retry = {"type": "system", "subtype": "api_retry", "error_status": 500, "attempt": 1}
    told, events = read_all("claude", lines(retry | {"max_retries": 2}))
    assert events[0].message == "API error 500, trying again (attempt 1 of 2)"
    assert told.said is None
    failed = CLAUDE_DONE | {"is_error": True, "result": "API Error: 500", "api_error_status": 500}
    told, events = read_all("claude", lines(CLAUDE_START, failed))
    assert (told.said, told.error, told.answer) == (Said.ERROR, "API Error: 500", "")
    assert dict((events[-1].payload or {})["data"])["status"] == "error"  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "records",
    [
        (CLAUDE_ABORTED | {"terminal_reason": "aborted_tools"},),
        (CLAUDE_TAKEN_BACK, CLAUDE_ABORTED),
        (CLAUDE_TAKEN_BACK,),
    ],
)
def test_claude_says_when_it_was_interrupted(records: tuple[Mapping[str, Any], ...]) -> None:
    told, _ = read_all("claude", lines(CLAUDE_START, *records))
    assert (told.said, told.error) == (Said.INTERRUPTED, None)


def test_a_word_about_an_earlier_turn_does_not_count() -> None:
    """A tool that goes on after its result has not succeeded until it says so again."""
    told, _ = read_all("claude", lines(CLAUDE_START, CLAUDE_DONE, CLAUDE_START))
    assert (told.said, told.answer, told.session_id) == (None, "", "c1")


def codex_item(stage: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"item.{stage}", "item": {"id": "item_0", "type": kind, **fields}}


def test_codex_tells_a_whole_turn() -> None:
    told, events = read_all(
        "codex",
        lines(
            {"type": "thread.started", "thread_id": "x1"},
            {"type": "turn.started"},
            {"type": "error", "message": "Reconnecting... 1/5"},
            codex_item("completed", "reasoning", text="Look first."),
            codex_item("started", "command_execution", command="ls", status="in_progress"),
            codex_item(
                *("completed", "command_execution"),
                command="ls",
                aggregated_output="a\n",
                exit_code=0,
                status="completed",
            ),
            codex_item("updated", "todo_list", items=[]),
            codex_item("started", "agent_message", text=""),
            codex_item("completed", "agent_message", text="On the way."),
            codex_item("completed", "agent_message", text="Two fail."),
            codex_item("completed", "something_new"),
            {"type": "turn.completed", "usage": {"output_tokens": 3}},
        ),
    )
    assert told == ToolReport(session_id="x1", said=Said.SUCCESS, answer="Two fail.")
    assert [event.kind for event in events] == [
        *("session", "progress", "diagnostic", "reasoning", "action_request", "action_result"),
        *("progress", "passthrough", "assistant", "assistant", "passthrough", "completion"),
    ]
    result = (events[5].payload or {})["data"]
    assert result == {
        "action_id": "item_0",
        "action_kind": "command_execution",
        "name": "command_execution",
        "status": "completed",
        "result_summary": "a",
    }


def test_codex_gives_the_reason_without_its_wrapping() -> None:
    wrapped = json.dumps({"error": {"message": "no such model", "code": "x"}})
    told, events = read_all("codex", lines({"type": "turn.failed", "error": {"message": wrapped}}))
    assert (told.said, told.error) == (Said.ERROR, "no such model")
    assert events[0].kind == EventKind.COMPLETION


def gemini_says(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": text, "delta": True}


def test_gemini_tells_a_whole_turn() -> None:
    told, events = read_all(
        "gemini",
        lines(
            {"type": "init", "session_id": "g1", "model": "flash"},
            {"type": "message", "role": "user", "content": "look"},
            gemini_says("I look."),
            {
                "type": "tool_use",
                "tool_name": "run_shell_command",
                "tool_id": "t1",
                "parameters": {"command": "ls"},
            },
            {"type": "tool_result", "tool_id": "t1", "status": "error", "output": "no such tool"},
            gemini_says("Two"),
            gemini_says(" "),
            gemini_says("fail."),
            {"type": "result", "status": "success", "stats": {"total_tokens": 3}},
        ),
    )
    assert told == ToolReport(session_id="g1", said=Said.SUCCESS, answer="Two fail.")
    assert [event.kind for event in events] == [
        *("session", "passthrough", "assistant", "action_request", "action_result"),
        *("assistant", "assistant", "assistant", "completion"),
    ]
    assert all(event.message.strip() for event in events)


@pytest.mark.parametrize(
    ("error", "said", "words"),
    [
        (
            {"message": '[API Error: {"error":{"code":400,"message":"bad key"}}]'},
            Said.ERROR,
            "API Error: bad key",
        ),
        (
            {"type": "FatalCancellationError", "message": "Operation cancelled."},
            Said.INTERRUPTED,
            None,
        ),
        ({}, Said.ERROR, "Invalid stream"),
    ],
)
def test_gemini_says_why_it_failed(error: dict[str, str], said: Said, words: str | None) -> None:
    """A result without a reason leaves that of the `error` line before it."""
    warned = {"type": "error", "severity": "error", "message": "Invalid stream"}
    told, _ = read_all(
        "gemini", lines(warned, {"type": "result", "status": "error", "error": error})
    )
    assert (told.said, told.error) == (said, words)


def test_standard_error_explains_an_end_without_a_word() -> None:
    """Routine lines, stacks and colours are left out, and only the last few are kept."""
    noise = (
        "Warning: Basic terminal\nReading additional input from stdin...\n    at fetch (x.js:1)\n"
    )
    told, events = read_all("codex", "", noise + "\x1b[31mone\x1b[0m\ntwo\nthree\nfour\n")
    assert told.complaint == ("two", "three", "four")
    assert {event.kind for event in events} == {"diagnostic"}
    routine = [bool((event.payload or {})["routine"]) for event in events]
    assert routine == [True, True, True, False, False, False, False]


@pytest.mark.parametrize("bad", ["--help", "", " x", "a" * 300, "a b", "é", 7, None, "x\n"])
def test_an_id_that_no_command_line_should_carry_is_no_id(bad: object) -> None:
    told, _ = read_line(
        "claude", ToolReport(), json.dumps({"session_id": bad}), OutputStream.STDOUT
    )
    assert told.session_id is None


@pytest.mark.parametrize(
    "record",
    [
        {"sessionId": "s1", "thread_id": "t1"},
        {"thread_id": "s1"},
        {"threadId": "s1"},
        {"session": {"id": "s1"}},
        {"thread": {"id": "s1"}},
        {"data": {"session_id": "s1"}},
    ],
)
def test_an_id_is_found_wherever_tools_put_it(record: dict[str, Any]) -> None:
    told, _ = read_line("codex", ToolReport(), json.dumps(record), OutputStream.STDOUT)
    assert told.session_id == "s1"
    later, _ = read_line("codex", told, json.dumps({"session_id": "other"}), OutputStream.STDOUT)
    assert later.session_id == "s1"
