"""Qwen's chat is that of the session file that bears the process and its start."""

import json

from houmao.tools.parts.journal import JournalEventKind, JournalOwner
from houmao.tools.qwen import journal

OWNER = JournalOwner(7, "123", 0.0, "/work_here", {"HOME": "/h"})
SESSION = {"pid": 7, "procStart": "boot:123", "sessionId": "s1", "cwd": "/work_here"}


class Files:
    """One session file; nothing else is asked for."""

    def __init__(self, session: dict[str, object]) -> None:
        self.known = {"/h/.qwen/sessions/7.json": json.dumps(session)}

    def text(self, path: str) -> str | None:
        return self.known.get(path)

    def first_line(self, path: str) -> str | None:
        return None

    def matching(self, folder: str, pattern: str) -> tuple[str, ...]:
        return ()

    def held_open(self, pid: int) -> tuple[str, ...]:
        return ()

    def written(self, path: str) -> float:
        return 0.0


def test_the_chat_is_named_by_the_session_file() -> None:
    found = journal.find(OWNER, Files(SESSION))
    assert found.lines == "/h/.qwen/projects/-work-here/chats/s1.jsonl"


def test_the_file_of_a_former_process_proves_nothing() -> None:
    found = journal.find(OWNER, Files({**SESSION, "procStart": "boot:99"}))
    assert (found.lines, found.problem) == ("", "the session file is that of a former process")


def test_a_prompt_begins_a_turn_and_nothing_says_that_it_ended() -> None:
    prompt = {
        "type": "user",
        "provenance": "real_user",
        "sessionId": "s1",
        "message": {"parts": [{"text": "see @a"}, {"text": "--- Content from a ---"}]},
    }
    answer = {"type": "assistant", "uuid": "a", "message": {"parts": [{"text": "hi"}]}}
    told = [it for line in (prompt, answer) for it in journal.read(json.dumps(line))]
    assert next(it.text for it in told if it.kind is JournalEventKind.PROMPT) == "see @a"
    assert [it.kind for it in told] == [
        JournalEventKind.CONVERSATION,
        JournalEventKind.BEGAN,
        JournalEventKind.PROMPT,
        JournalEventKind.USAGE,
        JournalEventKind.ANSWER,
    ]
