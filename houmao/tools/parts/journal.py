"""A tool's journal: the files in which it writes down its own turns, as every tool's looks to us.

Says what a journal tells, how its events add up, and what proves whose it is. It refuses to know
any tool, and it opens no file: what is on the disk arrives through `JournalFiles`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from houmao.tools.parts.json_line import Record, text_of


class JournalEventKind(StrEnum):
    """What one event of a journal tells."""

    #: A prompt was submitted and a turn began.
    BEGAN = "began"
    #: The `text` is what the model got as its user's words in the turn that began last.
    PROMPT = "prompt"
    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    #: What the tool does at this moment.
    BUSY = "busy"
    WAITING = "waiting"
    IDLE = "idle"
    #: The `text` is what the model said, its name, or the conversation's id.
    ANSWER = "answer"
    MODEL = "model"
    CONVERSATION = "conversation"
    #: Tokens of one message, or of the whole conversation so far.
    USAGE = "usage"
    TOTAL = "total"
    #: Between these the tool writes its past down again.
    COPY_BEGAN = "copy_began"
    COPY_ENDED = "copy_ended"


ENDS = frozenset(
    {JournalEventKind.COMPLETED, JournalEventKind.FAILED, JournalEventKind.INTERRUPTED}
)
_PRESENT = frozenset({JournalEventKind.BUSY, JournalEventKind.WAITING, JournalEventKind.IDLE})


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens that were read and written; `cached` is the part of `input` that cost less."""

    input: int = 0
    output: int = 0
    cached: int = 0

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        return TokenUsage(
            self.input + other.input, self.output + other.output, self.cached + other.cached
        )

    def __sub__(self, other: "TokenUsage") -> "TokenUsage":
        return self + TokenUsage(-other.input, -other.output, -other.cached)


@dataclass(frozen=True, slots=True)
class JournalEvent:
    """One thing that a journal tells."""

    kind: JournalEventKind
    #: The answer, the model, the conversation, the reason of a failure, or what is waited for.
    text: str = field(default="", repr=False)
    #: The message that an answer or its tokens belong to.
    message: str = ""
    usage: TokenUsage = TokenUsage()
    #: When it was written, in seconds since the epoch, where the line says so.
    at: float | None = None


@dataclass(frozen=True, slots=True)
class JournalView:
    """What a journal has told so far. Nobody prints it by accident: texts have no repr."""

    #: What is from before the process began is no present of its own, and turns from before
    #: somebody read here are history.
    process_began: float = 0.0
    since: float = 0.0
    conversation: str = ""
    model: str = ""
    #: Turns that began and ended since somebody reads here.
    began: int = 0
    ended: int = 0
    #: Prompts whose words were told since then, and those of the latest, with their time.
    prompts: int = 0
    prompt: str = field(default="", repr=False)
    prompted_at: float = 0.0
    #: How the latest turn ended; None while none has, or another one runs.
    outcome: JournalEventKind | None = None
    reason: str = field(default="", repr=False)
    #: BUSY, WAITING or IDLE; None where the journal does not say.
    present: JournalEventKind | None = None
    waits_for: str = ""
    answer: str = field(default="", repr=False)
    #: The message that the answer is from.
    answered: str = ""
    #: Tokens of the latest turn, and of the conversation as far as it was read.
    turn_usage: TokenUsage = TokenUsage()
    usage: TokenUsage = TokenUsage()
    #: The message that was told of last, with its tokens.
    message: str = ""
    message_usage: TokenUsage = TokenUsage()
    copying: bool = False
    #: What is told is told now, whatever the clock says, and is no past that is read for the first
    #: time.
    live: bool = True
    #: The times of the latest event of a turn and of the latest end that had one.
    latest: float = 0.0
    ended_at: float = 0.0

    def afresh(self) -> "JournalView":
        """For another file: what was told until now is history there, and stays counted.

        How the latest turn ended stays true when another conversation begins.
        """
        return replace(
            self,
            since=max(self.since, self.latest + 0.001),
            conversation="",
            # A message that is told again is no more of the same.
            answered="",
            turn_usage=TokenUsage(),
            usage=TokenUsage(),
            message="",
            message_usage=TokenUsage(),
            copying=False,
            live=False,
        )

    def after(self, events: Iterable[JournalEvent]) -> "JournalView":
        """The view once these were told."""
        view = self
        for event in events:
            if not view.copying or event.kind is JournalEventKind.COPY_ENDED:
                view = _AFTER[event.kind](view, event)
                # What is told of now may come from another file, which says nothing of these lines.
                if event.at is not None and event.kind not in _PRESENT:
                    view = replace(view, latest=event.at)
        return view


def _began(view: JournalView, event: JournalEvent) -> JournalView:
    ours = _counts(view, event)
    return replace(
        view,
        began=view.began + ours,
        ended_at=0.0,
        outcome=None if ours else view.outcome,
        reason="" if ours else view.reason,
        answer="",
        answered="",
        turn_usage=TokenUsage(),
    )


def _prompt(view: JournalView, event: JournalEvent) -> JournalView:
    prompts = view.prompts + _counts(view, event)
    return replace(view, prompts=prompts, prompt=event.text, prompted_at=event.at or 0.0)


def _ended(view: JournalView, event: JournalEvent) -> JournalView:
    view = view if event.at is None else replace(view, ended_at=event.at)
    told_why = event.kind is JournalEventKind.COMPLETED and view.outcome is not None
    if told_why or not _counts(view, event):
        # A turn that failed is over, too, and some say that after the reason.
        return view
    return replace(view, ended=view.ended + 1, outcome=event.kind, reason=event.text)


def _counts(view: JournalView, event: JournalEvent) -> bool:
    return view.live or event.at is None or event.at >= view.since


def _present(view: JournalView, event: JournalEvent) -> JournalView:
    # A file that is written now and then may be older than the last line.
    earliest = view.ended_at if view.live else max(view.process_began, view.ended_at)
    if event.at is not None and event.at < earliest:
        return view
    waits_for = event.text if event.kind is JournalEventKind.WAITING else ""
    return replace(view, present=event.kind, waits_for=waits_for)


def _answer(view: JournalView, event: JournalEvent) -> JournalView:
    goes_on = event.message != "" and event.message == view.answered
    answer = view.answer + event.text if goes_on else event.text
    return replace(view, answer=answer, answered=event.message)


def _usage(view: JournalView, event: JournalEvent) -> JournalView:
    """A message is told of again when it has grown, with its tokens until then."""
    known = view.message_usage if event.message == view.message else TokenUsage()
    return replace(
        view,
        message=event.message,
        message_usage=event.usage,
        turn_usage=view.turn_usage + event.usage - known,
        usage=view.usage + event.usage - known,
    )


def _model(view: JournalView, event: JournalEvent) -> JournalView:
    # It is told with every message.
    return view if view.model == event.text else replace(view, model=event.text)


def _total(view: JournalView, event: JournalEvent) -> JournalView:
    grown = event.usage - view.usage
    return replace(view, usage=event.usage, turn_usage=view.turn_usage + grown)


_AFTER: Mapping[JournalEventKind, Callable[[JournalView, JournalEvent], JournalView]] = {
    JournalEventKind.BEGAN: _began,
    JournalEventKind.PROMPT: _prompt,
    **dict.fromkeys(ENDS, _ended),
    **dict.fromkeys(_PRESENT, _present),
    JournalEventKind.ANSWER: _answer,
    JournalEventKind.MODEL: _model,
    JournalEventKind.CONVERSATION: lambda view, event: replace(view, conversation=event.text),
    JournalEventKind.USAGE: _usage,
    JournalEventKind.TOTAL: _total,
    JournalEventKind.COPY_BEGAN: lambda view, _: replace(view, copying=True),
    JournalEventKind.COPY_ENDED: lambda view, _: replace(view, copying=False),
}


@dataclass(frozen=True, slots=True)
class JournalOwner:
    """A process whose journal is looked for."""

    pid: int
    #: When it began: the kernel's own text for it, and in seconds since the epoch.
    start_ticks: str
    began: float
    folder: str
    #: Its home, and the variables that may say that its files are elsewhere.
    environ: Mapping[str, str] = field(repr=False)
    #: False for one that runs below the tool: its own program, or any command of the tool's.
    is_tool: bool = True


class JournalFiles(Protocol):
    """What a proof may look at. Nothing here raises."""

    def text(self, path: str) -> str | None:
        """The file's text; None when it is not there, not ours, or too long."""
        ...

    def first_line(self, path: str) -> str | None:
        """The file's first line, on the same terms."""
        ...

    def matching(self, folder: str, pattern: str) -> tuple[str, ...]:
        """The files below a folder that match a pattern."""
        ...

    def held_open(self, pid: int) -> tuple[str, ...]:
        """The files that a process holds open."""
        ...

    def written(self, path: str) -> float:
        """When the file was written last, in seconds since the epoch; 0 when it is not there."""
        ...


@dataclass(frozen=True, slots=True)
class JournalPlace:
    """Where the journal of a process is; empty paths for what there is not."""

    #: A file of lines that are appended.
    lines: str = ""
    #: A file that is replaced whole and tells the present.
    status: str = ""
    #: Why there is none, or not all of it; in words for people.
    problem: str = ""
    #: There is none because it may be one of several; else the proof is only missing for now.
    ambiguous: bool = False

    @property
    def proven(self) -> bool:
        """There is one, and it is beyond doubt whose."""
        return bool(self.lines or self.status)


@dataclass(frozen=True, slots=True)
class JournalFormat:
    """How a tool keeps its journal."""

    #: Which journal is that process's, beyond doubt.
    find: Callable[[JournalOwner, JournalFiles], JournalPlace]
    #: What a line of it tells; nothing for a line that nobody knows. Never raises.
    read: Callable[[str], tuple[JournalEvent, ...]]
    #: The same for the status file as a whole.
    read_status: Callable[[str], tuple[JournalEvent, ...]] = lambda _: ()
    #: Whether its lines tell the words of each prompt.
    tells_prompts: bool = False


def number_of(record: Record, name: str) -> int:
    """A count in a record, 0 when it is none."""
    value = record.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def time_of(record: Record, name: str = "timestamp") -> float | None:
    """A record's time in seconds since the epoch; None when it has none."""
    try:
        return datetime.fromisoformat(text_of(record, name) or "").timestamp()
    except (ValueError, OverflowError):
        return None


def told(
    kind: JournalEventKind, record: Record, name: str, at: float | None = None
) -> tuple[JournalEvent, ...]:
    """The event of a record's text field; none when it is no text or blank."""
    text = text_of(record, name)
    return (JournalEvent(kind, text, at=at),) if text is not None else ()
