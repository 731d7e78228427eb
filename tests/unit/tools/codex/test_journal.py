"""Codex's rollouts: whose they are, and what they tell line by line."""

import json
from datetime import UTC, datetime
from fnmatch import fnmatch

from houmao.tools.codex.journal import find, read
from houmao.tools.parts.journal import JournalEventKind, JournalOwner

#: Ids of threads that began at these seconds.
BEGAN = 1_796_000_000.0
FIRST, SECOND = (f"{int((BEGAN + n) * 1000):012x}" for n in (3, 60))
HOME = "/h/.codex"
OWNER = JournalOwner(7, "123", BEGAN, "/work", {"HOME": "/h"})


def thread(prefix: str) -> str:
    """A thread's id."""
    return f"{prefix[:8]}-{prefix[8:]}-7000-8000-000000000000"


def noted(prefix: str) -> str:
    """What a screen leaves in the home when it opens a thread."""
    return f"{HOME}/tui-thread-reference-capabilities/{thread(prefix)}"


class Files:
    """Files with their first records and times, of which a process holds some."""

    def __init__(self, *held: str) -> None:
        self.held = held
        self.times: dict[str, float] = {}
        self.heads: dict[str, dict[str, object]] = {}

    def text(self, path: str) -> str | None:
        return None

    def first_line(self, path: str) -> str | None:
        return json.dumps({"type": "session_meta", "payload": self.heads.get(path, {})})

    def matching(self, folder: str, pattern: str) -> tuple[str, ...]:
        return tuple(it for it in self.heads if fnmatch(it, f"{folder}/{pattern}"))

    def held_open(self, pid: int) -> tuple[str, ...]:
        return self.held

    def written(self, path: str) -> float:
        return self.times.get(path, 0.0)


def daemon(*threads: str, folder: str = "/work") -> Files:
    """A home whose threads a daemon writes."""
    files = Files()
    for each in threads:
        files.heads |= {noted(each): {}, dated(each): {"cwd": folder}}
    return files


def dated(prefix: str) -> str:
    """A thread's file in the folder of its day."""
    day = f"{datetime.fromtimestamp(int(prefix, 16) / 1000, UTC):%Y/%m/%d}"
    return f"{HOME}/sessions/{day}/rollout-2026-11-30T00-00-00-{thread(prefix)}.jsonl"


def test_the_thread_that_was_written_last_is_on_the_screen() -> None:
    """`/new` and `/resume` leave the former rollout open."""
    files = Files(dated(FIRST), dated(SECOND))
    files.times = {dated(FIRST): 10.0, dated(SECOND): 60.0}
    assert find(OWNER, files).lines == dated(SECOND)
    files.times = dict.fromkeys(files.times, 60.0)
    both = find(OWNER, files)
    assert (both.lines, both.ambiguous) == ("", True)


def test_a_sub_agent_has_a_rollout_of_its_own() -> None:
    """It is written while the conversation waits, and is not on the screen."""
    files = Files(dated(FIRST), dated(SECOND))
    files.heads = {dated(SECOND): {"source": {"subagent": "review"}}}
    assert find(OWNER, files).lines == dated(FIRST)


def test_a_daemons_only_thread_is_the_screens() -> None:
    """Once a second one begins in that home, nobody can tell."""
    assert find(OWNER, daemon(FIRST)).lines == dated(FIRST)
    several = find(OWNER, daemon(FIRST, SECOND))
    assert (several.lines, several.ambiguous) == ("", True)
    assert find(OWNER, daemon(FIRST, folder="/elsewhere")).lines == ""


def test_threads_from_before_the_process_are_others() -> None:
    """A daemon outlives whoever started it."""
    later = JournalOwner(7, "123", BEGAN + 30, "/work", {"HOME": "/h"})
    assert find(later, daemon(FIRST)).lines == ""
    assert find(later, daemon(FIRST, SECOND)).lines == dated(SECOND)


def test_a_process_that_writes_itself_asks_no_daemon() -> None:
    """Before its first turn it has no rollout, and another's is not its own."""
    files = daemon(FIRST)
    files.held = (f"{HOME}/thread-writer-locks/{thread(SECOND)}.lock",)
    assert find(OWNER, files).problem == "the process has begun no turn yet"


def test_a_command_below_the_tool_has_no_daemon() -> None:
    """It began later, when other threads may have been the only ones."""
    below = JournalOwner(8, "124", BEGAN, "/work", {"HOME": "/h"}, is_tool=False)
    assert find(below, daemon(FIRST)).lines == ""


def test_an_end_that_tells_of_no_answer_tells_no_outcome() -> None:
    """Early versions write the same line after an error: the screen tells how it ended."""
    line = '{"type":"event_msg","payload":{"type":"task_complete","last_agent_message":null}}'
    assert [it.kind for it in read(line)] == [JournalEventKind.IDLE]
