"""The last line of a headless Copilot says how the run went; talk before a tool is no answer."""

from typing import Any

from houmao.tools.copilot.output import read
from houmao.tools.parts.output_line import Said


def message(text: str, *tools: str) -> dict[str, Any]:
    """A whole message of the model."""
    asked = [{"name": tool} for tool in tools]
    return {"type": "assistant.message", "data": {"content": text, "toolRequests": asked}}


def test_the_answer_is_what_asks_for_no_tool() -> None:
    assert read(message("I will look", "bash")).answer == ""
    assert read(message("done")).answer == "done"


def test_the_exit_code_is_the_verdict() -> None:
    assert read({"type": "result", "exitCode": 0}).said is Said.SUCCESS
    assert read({"type": "result", "exitCode": 1}).said is Said.ERROR
    failed = read({"type": "session.error", "data": {"message": "400 no"}})
    assert (failed.said, failed.error) == (None, "400 no")
