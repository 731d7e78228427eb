"""What the tools' own journals tell, read from recorded ones and from lines made for a purpose."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houmao.tools.catalog import TOOLS, tool_named
from houmao.tools.parts.journal import (
    JournalEvent,
    JournalEventKind,
    JournalFormat,
    JournalView,
    TokenUsage,
)
from tests.unit.track.shared_cases import folder

JOURNALS = folder() / "corpus" / "journals"
COMPLETED, FAILED = JournalEventKind.COMPLETED, JournalEventKind.FAILED
INTERRUPTED = JournalEventKind.INTERRUPTED
IDLE, BUSY, WAITING = JournalEventKind.IDLE, JournalEventKind.BUSY, JournalEventKind.WAITING

needs_recordings = pytest.mark.skipif(
    not JOURNALS.is_dir(), reason="no recordings; set HOUMAO_SHARED_DIR"
)


def journal(tool: str) -> JournalFormat:
    """How the tool keeps its journal."""
    kept = tool_named(tool).journal
    assert kept is not None
    return kept


def view(tool: str, *records: object) -> JournalView:
    """What a journal of these records tells."""
    read = journal(tool).read
    found = JournalView()
    for record in records:
        found = found.after(read(json.dumps(record)))
    return found


@needs_recordings
@pytest.mark.parametrize(
    ("tool", "file", "ends"),
    [
        ("claude", "claude-2.1.332.jsonl", (12, 4, 4)),
        ("codex", "codex-0.171.0.jsonl", (12, 4, 4)),
        # It never says that a turn ended well.
        ("gemini", "gemini-0.61.0.jsonl", (0, 4, 4)),
    ],
)
def test_recorded_turns(tool: str, file: str, ends: tuple[int, int, int]) -> None:
    """Twenty turns began, and ended as the scripted API let them end."""
    read = journal(tool).read
    events = [each for line in (JOURNALS / file).read_text().split("\n") for each in read(line)]
    found = JournalView().after(events)
    assert found.began == 20
    # One of them strips what it keeps.
    assert found.answer.rstrip("\n") == "\n".join(f"line {n}" for n in range(1, 61))
    assert found.turn_usage == TokenUsage(100, 118)
    kinds = [event.kind for event in events]
    assert tuple(map(kinds.count, (COMPLETED, FAILED, INTERRUPTED))) == ends


@needs_recordings
@pytest.mark.parametrize("version", ["2.1.332", "2.1.197"])
def test_recorded_status_files(version: str) -> None:
    """Idle, busy and waiting come in the order in which they were written."""
    read = journal("claude").read_status
    lines = (JOURNALS / f"claude-{version}.status.jsonl").read_text().splitlines()
    files = [it["file"] for it in map(json.loads, lines) if "file" in it]
    told = [event.kind for file in files for event in read(json.dumps(file))]
    assert told[:5] == [IDLE, BUSY, IDLE, BUSY, IDLE]
    waited = [event.text for file in files for event in read(json.dumps(file)) if event.text]
    assert waited[:3] == ["permission prompt", "permission prompt", "dialog open"]


@pytest.mark.parametrize("tool", [it.name for it in TOOLS if it.journal])
@given(
    line=st.text() | st.recursive(st.none() | st.text(), lambda it: st.lists(it)).map(json.dumps)
)
def test_any_line_is_read(tool: str, line: str) -> None:
    """A line that nobody knows tells nothing, and nothing is raised."""
    assert journal(tool).read(line) == ()
    assert journal(tool).read_status(line) == ()


@pytest.mark.parametrize("kind", ["user", "assistant", "system", "event_msg", "gemini", "info"])
@pytest.mark.parametrize("tool", [it.name for it in TOOLS if it.journal])
def test_known_kinds_with_unknown_insides(tool: str, kind: str) -> None:
    """A record whose fields are not what they were is no reason to fail."""
    for inside in (None, 1, "x", [], [1], {}, {"content": 7, "usage": [], "type": ["x"]}):
        record = {"type": kind, "message": inside, "payload": inside, "content": inside}
        for event in journal(tool).read(json.dumps(record)):
            assert isinstance(event, JournalEvent)


def claude_says(message_id: str, text: str, tokens: int = 1) -> object:
    """A line of Claude's model."""
    usage = {"input_tokens": 10, "output_tokens": tokens}
    content = [{"type": "text", "text": text}]
    message = {"id": message_id, "model": "m", "content": content, "usage": usage}
    return {"type": "assistant", "message": message}


def claude_prompt(text: str, **more: object) -> object:
    """A line of a person's."""
    return {"type": "user", "message": {"content": text}, **more}


def test_blocks_of_one_message_are_one_answer() -> None:
    """Each block has a line of its own, and the message's tokens are told on each."""
    said = (claude_says("a", "one "), claude_says("a", "two", 5))
    found = view("claude", claude_prompt("go"), *said)
    assert (found.answer, found.turn_usage) == ("one two", TokenUsage(10, 5))


def test_the_answer_is_the_last_message() -> None:
    """What was said before a tool was used is none of the answer."""
    said = (claude_says("a", "let me look"), claude_says("b", "found"))
    found = view("claude", claude_prompt("go"), *said)
    assert (found.answer, found.turn_usage.input) == ("found", 20)


def test_a_turn_that_failed_is_over_and_no_success() -> None:
    """Some versions close every turn with its duration."""
    failed = {"type": "assistant", "isApiErrorMessage": True, "message": {"content": "no"}}
    closed = {"type": "system", "subtype": "turn_duration"}
    assert view("claude", claude_prompt("go"), failed, closed).outcome is FAILED
    again = view("claude", claude_prompt("go"), failed, closed, claude_prompt("go"), closed)
    assert again.outcome is COMPLETED


def test_commands_and_subagents_begin_no_turn() -> None:
    """Neither do notes of the tool itself."""
    found = view(
        "claude",
        claude_prompt("<command-name>/model</command-name>"),
        claude_prompt("<local-command-stdout>set</local-command-stdout>"),
        claude_prompt("a note", isMeta=True),
        claude_prompt("look there", isSidechain=True),
    )
    assert found.began == 0


@pytest.mark.parametrize(
    "text", ["<bash-input>ls</bash-input>", "<task-notification>", "[Request interrupted by user]"]
)
@pytest.mark.parametrize(
    "typed", [{"origin": {"kind": "human"}}, {"permissionMode": "default"}], ids=["new", "early"]
)
def test_a_prompt_may_look_like_a_line_of_the_tools_own(
    text: str, typed: dict[str, object]
) -> None:
    """Its origin tells them apart, and in early versions the mode beside it."""
    by_hand = view("claude", claude_prompt(text, **typed))
    assert (by_hand.began, by_hand.ended, by_hand.prompt) == (1, 0, text)
    noted = {"origin": {"kind": "task-notification"}, "permissionMode": "default"}
    assert view("claude", claude_prompt("go"), claude_prompt(text, **noted)).prompt == "go"


@needs_recordings
@pytest.mark.parametrize("version", ["claude-2.1.332", "codex-0.171.0", "gemini-0.61.0"])
def test_recorded_prompts(version: str) -> None:
    """The words of each turn's prompt are told, and of nothing else."""
    tool = version.partition("-")[0]
    lines = (JOURNALS / f"{version}.jsonl").read_text().split("\n")
    found = JournalView().after(each for line in lines for each in journal(tool).read(line))
    assert (found.prompts, found.prompt) == (20, "STUB:lines 60")


def test_early_rollouts_tell_the_words_in_an_event() -> None:
    """An item in the user's name may be the tool's."""
    item = {"type": "message", "role": "user", "content": [{"text": "<environment_context>"}]}
    event = {"type": "user_message", "message": "go on"}
    records = ({"type": "response_item", "payload": item}, {"type": "event_msg", "payload": event})
    found = view("codex", *records)
    assert (found.prompts, found.prompt) == (1, "go on")


def test_contents_of_files_are_none_of_the_users_words() -> None:
    """They follow the words that the model got, which may differ from those that were typed."""
    parts = [{"text": "see @a.txt"}, {"text": "\n--- Content from referenced files ---"}]
    record = {"type": "user", "content": parts, "displayContent": [{"text": "see @a"}]}
    assert view("gemini", record).prompt == "see @a.txt"
    plain = {"type": "user", "content": [{"text": "one "}, {"text": "two"}]}
    assert view("gemini", plain).prompt == "one two"


def test_a_present_from_before_the_process_is_none() -> None:
    """A thread that is taken up again was left in the middle of a turn by another process."""
    line = {"type": "event_msg", "payload": {"type": "task_started"}}
    stamped = json.dumps({**line, "timestamp": "2026-11-27T19:25:29.000Z"})
    events = journal("codex").read(stamped)
    past = JournalView(live=False)
    assert past.after(events).present is BUSY
    assert replace(past, process_began=2e9).after(events).present is None


def test_a_clock_that_is_set_back_hides_no_turn() -> None:
    """What is told while somebody reads happens now; order is that of the lines."""
    kinds = (JournalEventKind.BEGAN, BUSY, COMPLETED, IDLE) * 2
    times = (100.0, 100.0, 200.0, 200.0, 10.0, 10.0, 20.0, 20.0)
    events = [JournalEvent(kind, at=at) for kind, at in zip(kinds, times, strict=True)]
    found = JournalView(since=50.0, process_began=50.0)
    told = [(found := found.after([event])).present for event in events]
    assert told == [None, BUSY, BUSY, IDLE, IDLE, BUSY, BUSY, IDLE]
    assert (found.began, found.ended) == (2, 2)


def test_a_present_from_before_the_end_is_none() -> None:
    """Claude's status file follows its transcript by a moment."""
    status = {"status": "busy", "statusUpdatedAt": 1_000_000}
    busy = journal("claude").read_status(json.dumps(status))
    end = {"type": "system", "subtype": "turn_duration", "timestamp": "2026-01-01T00:00:00Z"}
    found = view("claude", claude_prompt("go"), end)
    assert found.present is IDLE
    assert found.after(busy).present is IDLE
    again = found.after(journal("claude").read(json.dumps(claude_prompt("more"))))
    assert again.after(busy).present is BUSY


def test_no_text_is_printed_by_accident() -> None:
    """A view in a log or a traceback shows neither answers nor reasons."""
    found = view("claude", claude_prompt("go"), claude_says("a", "s3cret"))
    # One of them strips what it keeps.
    assert found.answer.rstrip("\n") == "s3cret"
    assert "s3cret" not in repr(found)
    assert "s3cret" not in repr(JournalEvent(FAILED, "s3cret"))
