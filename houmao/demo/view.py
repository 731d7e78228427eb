"""What a stub agent is showing: the one value that the painters of all tools read.

Knows no tool's looks, no clock and no terminal.
"""

from dataclasses import dataclass
from enum import StrEnum

from houmao.demo.rows import Size


class BlockKind(StrEnum):
    """What a piece of the transcript is."""

    PROMPT = "prompt"
    ANSWER = "answer"
    TOOL_RAN = "tool_ran"
    TOOL_REFUSED = "tool_refused"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the transcript; `text` is a command for tools, whole seconds for FINISHED.

    `clock` is the local time as `09:03`, where a tool shows it.
    """

    kind: BlockKind
    text: str = ""
    clock: str = ""


@dataclass(frozen=True, slots=True)
class Working:
    """A turn that runs; `words` of the answer have arrived, `frame` counts animation steps."""

    seconds: float
    frame: int
    turn_number: int
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """An approval dialog in the middle of a turn; `choice` counts from 0."""

    command: str
    choice: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """Everything on the screen of one stub agent. `cursor` is an index into `draft`."""

    size: Size
    folder: str = "~"
    blocks: tuple[Block, ...] = ()
    doing: Working | Asking | None = None
    draft: str = ""
    cursor: int = 0
    queued: tuple[str, ...] = ()
    exit_hint: bool = False


#: Choices of every approval dialog, by position.
APPROVE, APPROVE_ALWAYS, REFUSE = range(3)

#: What the tools that name their work call every turn of a stub.
TASK = "Demo task"
