"""Copilot's events tell how a prompt ended; a request of the model is none."""

import json

from houmao.tools.copilot import journal
from houmao.tools.parts.journal import JournalEventKind, JournalView


def kinds(kind: str, **data: object) -> list[JournalEventKind]:
    """What a line with this data tells."""
    return [event.kind for event in journal.read(json.dumps({"type": kind, "data": data}))]


def test_an_answer_is_no_end() -> None:
    """Prompts that wait may follow, and the screen goes on."""
    assert kinds("assistant.message", content="done", toolRequests=[]) == [JournalEventKind.ANSWER]
    assert kinds("assistant.turn_end", turnId="0") == []


def test_a_stopped_and_a_failed_prompt_say_so() -> None:
    assert kinds("abort", reason="user_abort") == [JournalEventKind.INTERRUPTED]
    lines = ({"type": "session.error", "data": {"message": "400 no"}},)
    view = JournalView().after(it for line in lines for it in journal.read(json.dumps(line)))
    assert (view.outcome, view.reason) == (JournalEventKind.FAILED, "400 no")
