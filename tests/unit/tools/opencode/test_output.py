"""A step of a headless OpenCode that stops ends the prompt; one that calls tools goes on."""

from houmao.tools.opencode.output import read
from houmao.tools.parts.output_line import Said


def test_only_a_step_that_stops_is_the_end() -> None:
    assert read({"type": "step_finish", "part": {"reason": "tool-calls"}}).said is None
    assert read({"type": "step_finish", "part": {"reason": "stop"}}).said is Said.SUCCESS


def test_an_error_is_told_in_its_own_words() -> None:
    failed = {"type": "error", "error": {"name": "APIError", "data": {"message": "no such model"}}}
    line = read(failed)
    assert (line.said, line.error) == (Said.ERROR, "no such model")


def test_talk_before_a_tool_is_no_answer() -> None:
    state = {"status": "completed", "input": {"command": "ls"}, "output": "a"}
    used = {"type": "tool_use", "part": {"tool": "bash", "callID": "c1", "state": state}}
    assert read({"type": "text", "part": {"text": "done"}}).answer == "done"
    assert read(used).answer == ""
