"""What Codex's rollout tells, line by line."""

from houmao.tools.codex.journal import read
from houmao.tools.parts.journal import JournalEventKind


def test_an_end_that_tells_of_no_answer_tells_no_outcome() -> None:
    """Early versions write the same line after an error: the screen tells how it ended."""
    line = '{"type":"event_msg","payload":{"type":"task_complete","last_agent_message":null}}'
    assert [it.kind for it in read(line)] == [JournalEventKind.IDLE]
