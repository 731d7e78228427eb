"""Journals on real files: found, followed, and every way in which one is no witness."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from houmao.tools.parts.journal import JournalEventKind
from houmao.track.moment import Moment
from houmao.track.two_witnesses import JournalReport
from tests.services import wait_until
from workers.file_events import FileEvents
from workers.watch.journal_files import owners
from workers.watch.journals import LOOK_GAP, Journals

PROMPT = json.dumps({"type": "user", "message": {"content": "go"}})
DONE = json.dumps({"type": "system", "subtype": "turn_duration"})


def said(text: str) -> str:
    """A line of the model's."""
    message = {"id": "m", "content": [{"type": "text", "text": text}]}
    return json.dumps({"type": "assistant", "message": message})


class ClaudeProcess:
    """A process that has a home of Claude's, and what Claude would write there."""

    def __init__(self, root: Path) -> None:
        environ = {"CLAUDE_CONFIG_DIR": str(root)}
        self.process = subprocess.Popen(["/bin/sleep", "60"], env=environ)
        self.pid = self.process.pid
        # A process is there a moment before its environment is.
        wait_until(lambda: bool(next(owners(self.pid)).environ), "the process has its variables")
        self.root = root
        self.status = root / "sessions" / f"{self.pid}.json"
        self.status.parent.mkdir(parents=True, exist_ok=True)

    def say(self, status: str, session: str = "one", **more: object) -> Path:
        """Replace the status file as a whole; the transcript's path."""
        folder = self.root / "projects" / "-srv-demo"
        folder.mkdir(parents=True, exist_ok=True)
        ticks = next(owners(self.pid)).start_ticks
        facts = {"pid": self.pid, "procStart": ticks, "cwd": "/srv/demo"}
        new = self.status.with_suffix(".new")
        new.write_text(json.dumps({**facts, "sessionId": session, "status": status, **more}))
        new.replace(self.status)
        return folder / f"{session}.jsonl"

    def end(self) -> None:
        """Be gone."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[ClaudeProcess]:
    """A process with a home."""
    made = ClaudeProcess(tmp_path)
    yield made
    made.end()


@pytest.fixture
def journals() -> Iterator[Journals[str]]:
    """Nobody is followed yet."""
    made = Journals[str]()
    yield made
    made.close()


def look(
    journals: Journals[str], home: ClaudeProcess, at: float = 0.0, agent: str = "a"
) -> JournalReport:
    """Look for the journal of that process."""
    told = journals.look(agent, "claude", home.pid, Moment(at, 0.0))
    return dict(journals.look_again(at)).get(agent, told)


def read(journals: Journals[str]) -> JournalReport:
    """What the latest change told."""
    return dict(journals.read())["a"]


def append(path: Path, *lines: str) -> None:
    """Write whole lines."""
    with path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def test_a_turn_is_followed(home: ClaudeProcess, journals: Journals[str]) -> None:
    """From the status file and the transcript, as the kernel tells of them."""
    transcript = home.say("idle")
    assert look(journals, home).view is not None
    append(transcript, PROMPT)
    home.say("busy")
    busy = read(journals).view
    assert busy is not None
    assert (busy.began, busy.present) == (1, JournalEventKind.BUSY)
    append(transcript, said("hello"), DONE)
    home.say("idle")
    done = read(journals).view
    assert done is not None
    assert (done.answer, done.outcome) == ("hello", JournalEventKind.COMPLETED)
    assert done.present is JournalEventKind.IDLE
    assert dict(journals.read()) == {}


def test_a_transcript_that_comes_after_the_end_is_heard(
    home: ClaudeProcess, journals: Journals[str]
) -> None:
    """A short first turn may be over before the tool has made the folder of its transcript."""
    transcript = home.say("idle")
    transcript.parent.rmdir()
    look(journals, home)
    transcript.parent.mkdir()
    list(journals.read())
    append(transcript, PROMPT, said("hello"), DONE)
    view = read(journals).view
    assert view is not None
    assert (view.answer, view.outcome) == ("hello", JournalEventKind.COMPLETED)


class Overtaken(FileEvents):
    """A tool makes and writes its transcript just before the folder above it is watched."""

    def __init__(self, transcript: Path) -> None:
        super().__init__()
        self.transcript, self.nearest = transcript, transcript.parent

    def watch(self, path: str, mask: int) -> bool:
        """As ever, but late."""
        if path == str(self.nearest) and not self.transcript.exists():
            self.transcript.parent.mkdir(exist_ok=True)
            append(self.transcript, PROMPT, said("hello"))
        return super().watch(path, mask)


@pytest.mark.parametrize("is_first", [True, False], ids=["with its folder", "alone"])
def test_a_transcript_that_comes_while_it_is_looked_for_is_heard(
    home: ClaudeProcess, is_first: bool
) -> None:
    """Nobody tells of it then, and its next line may be the next turn's."""
    transcript = home.say("idle")
    events = Overtaken(transcript)
    if is_first:
        transcript.parent.rmdir()
        events.nearest = transcript.parent.parent
    journals = Journals[str](events=events)
    view = look(journals, home).view
    assert view is not None
    assert view.answer == "hello"
    append(transcript, DONE)
    done = read(journals).view
    assert done is not None
    assert done.outcome is JournalEventKind.COMPLETED
    append(transcript.with_suffix(".other"), DONE)
    assert dict(journals.read()) == {}
    journals.close()


def test_a_first_turn_is_heard_whose_status_was_told_before_its_lines(
    home: ClaudeProcess, journals: Journals[str]
) -> None:
    """The transcript may be made after the status file was, with a time from before it."""
    transcript = home.say("idle", statusUpdatedAt=1_000_000)
    look(journals, home)
    home.say("busy", statusUpdatedAt=2_000_000)
    read(journals)
    append(transcript, json.dumps({**json.loads(PROMPT), "timestamp": "1970-01-01T00:33:19Z"}))
    view = read(journals).view
    assert view is not None
    assert (view.began, view.present) == (1, JournalEventKind.BUSY)


def test_another_conversation_is_followed(home: ClaudeProcess, journals: Journals[str]) -> None:
    """`/clear` names a new transcript in the status file."""
    append(home.say("idle"), PROMPT, said("old"), DONE)
    look(journals, home)
    other = home.say("idle", "two")
    read(journals)
    look(journals, home, LOOK_GAP)
    append(other, PROMPT, said("new"), DONE)
    view = read(journals).view
    assert view is not None
    assert (view.answer, view.conversation) == ("new", "two")


def test_journals_may_be_ignored(home: ClaudeProcess) -> None:
    """Whoever wants no file of theirs read has only their screens judged."""
    home.say("busy")
    ignoring = Journals[str](ignored=True)
    told = look(ignoring, home)
    ignoring.close()
    assert told.view is None
    assert "HOUMAO_IGNORE_JOURNALS" in told.problem


@pytest.mark.parametrize("field", ["pid", "procStart"])
def test_a_status_file_of_a_former_process(
    home: ClaudeProcess, journals: Journals[str], field: str
) -> None:
    """A process id that is used again proves nothing."""
    home.say("busy", **{field: "1"})
    told = look(journals, home)
    assert told == JournalReport(None, "the status file is that of a former process")


def test_no_status_file(home: ClaudeProcess, journals: Journals[str]) -> None:
    """The reason is told; once the file is there it is heard."""
    assert look(journals, home).problem == "the process has no readable status file"
    home.say("idle")
    journals.doubt("a")
    assert look(journals, home, LOOK_GAP).view is not None


def test_two_processes_never_share_a_journal(home: ClaudeProcess, journals: Journals[str]) -> None:
    """Who of them writes which line cannot be told, so that it is nobody's."""
    home.say("idle")
    assert look(journals, home).view is not None
    other = ClaudeProcess(home.root)
    try:
        other.say("idle")
        told = look(journals, other, agent="b")
    finally:
        other.end()
    assert told == look(journals, home)
    assert told == JournalReport(None, "another agent's process claims the same journal")


def claude_line(kind: str, text: str, **more: object) -> str:
    """A line of Claude's transcript."""
    return json.dumps({"type": kind, "message": {"id": text, "content": text}, **more})


def test_what_is_no_turn_of_the_conversation_tells_none(
    home: ClaudeProcess, journals: Journals[str]
) -> None:
    """Sub-agents, compaction and kinds of lines that nobody knows yet."""
    transcript = home.say("idle")
    look(journals, home)
    append(
        transcript,
        PROMPT,
        said("hello"),
        claude_line("user", "look there", isSidechain=True),
        claude_line("assistant", "a sub-agent's", isSidechain=True),
        json.dumps({"type": "system", "subtype": "compact_boundary", "content": "compacted"}),
        claude_line("user", "This session goes on from an earlier one", isCompactSummary=True),
        json.dumps({"type": "a-kind-of-next-year", "message": {"content": "x"}, "status": "busy"}),
        '{"type": "assistant", "message": {"content": ',
        DONE,
    )
    (transcript.parent / "agent-7.jsonl").write_text(claude_line("user", "a sub-agent's own file"))
    view = read(journals).view
    assert view is not None
    assert (view.began, view.ended, view.answer) == (1, 1, "hello")
    assert view.outcome is JournalEventKind.COMPLETED


def test_another_conversation_of_the_folder_is_not_heard(
    home: ClaudeProcess, journals: Journals[str]
) -> None:
    """Its transcript lies beside the agent's own."""
    own = home.say("idle")
    append(own, PROMPT, said("own"), DONE)
    look(journals, home)
    append(own.with_name("two.jsonl"), PROMPT, said("foreign"))
    assert dict(journals.read()) == {}
    assert journals.view("a").answer == "own"  # type: ignore[union-attr]


def test_a_resumed_conversation_brings_its_past_as_past(
    home: ClaudeProcess, journals: Journals[str]
) -> None:
    """Its turns are counted by nobody; its answer is the last one, and new turns are new."""
    home.say("idle")
    look(journals, home)
    stamp = {"timestamp": "1969-01-01T00:00:00Z"}
    past = home.say("idle", "old")
    ended = json.dumps({**json.loads(DONE), **stamp})
    append(past, claude_line("user", "go", **stamp), said("long ago"), ended)
    read(journals)
    view = look(journals, home, LOOK_GAP).view
    assert view is not None
    assert (view.began, view.ended, view.outcome, view.answer) == (0, 0, None, "long ago")
    append(past, PROMPT, said("now"), DONE)
    after = read(journals).view
    assert after is not None
    assert (after.began, after.ended, after.answer) == (1, 1, "now")


def test_a_transcript_that_is_cut_in_a_turn_makes_no_verdict(
    home: ClaudeProcess, journals: Journals[str]
) -> None:
    """What is told next is told of what comes next."""
    transcript = home.say("busy")
    append(transcript, PROMPT, said("half of"))
    look(journals, home)
    os.truncate(transcript, 0)
    assert read(journals).view.outcome is None  # type: ignore[union-attr]
    append(transcript, said("the whole"), DONE)
    home.say("idle")
    view = read(journals).view
    assert view is not None
    assert (view.answer, view.outcome) == ("the whole", JournalEventKind.COMPLETED)


def test_a_present_that_cannot_be_read_any_more_is_none(
    home: ClaudeProcess, journals: Journals[str]
) -> None:
    """A status file that is gone, or a pipe now, tells of no turn that goes on for ever."""
    home.say("busy")
    assert look(journals, home).view.present is JournalEventKind.BUSY  # type: ignore[union-attr]
    home.status.unlink()
    os.mkfifo(home.status)
    assert read(journals).view.present is None  # type: ignore[union-attr]


def test_a_daemon_below_the_tool_is_not_asked(tmp_path: Path) -> None:
    """It has left the session of whoever started it, and serves others, too."""
    script = "import os, time; os.fork() or os.setsid(); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script]) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        try:
            wait_until(lambda: bool(children.read_text()), "it has a child")
            child = children.read_text().strip()
            wait_until(lambda: Path(f"/proc/{child}/stat").read_text().split()[5] == child, "left")
            assert [it.pid for it in owners(process.pid)] == [process.pid]
        finally:
            os.kill(int(child), 9)
            process.kill()
