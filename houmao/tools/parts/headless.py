"""How a tool is run once for every turn, without its screen. Values only; runs nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from houmao.tools.parts.json_line import Record
from houmao.tools.parts.output_line import Line
from houmao.tools.parts.role import RoleInjection

#: The options that a prompt follows, in the tools that call them so.
PROMPT_OPTIONS = ("-p", "--prompt")

#: Asks for one JSON object a line, in the tools that call it so.
STREAM_FORMAT = ("--output-format", "stream-json")


@dataclass(frozen=True, slots=True)
class HeadlessTurn:
    """One turn to be run; `resume_id` None begins a conversation and carries the role.

    `args` are those that every turn has. In a joined turn `resume_id` may be `last`.
    """

    prompt: str
    args: tuple[str, ...]
    resume_id: str | None = None
    role: RoleInjection | None = None


#: The words of a command line after the executable.
Words = Callable[[HeadlessTurn], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class HeadlessMode:
    """What must be known to run a tool headless and to read what it prints."""

    backend: str
    #: The command line of a turn that Houmao plans.
    turn: Words
    #: That of an agent whose operator recorded how it is run, format and prompt option included.
    joined_turn: Words
    #: Of each group one word must be among the arguments that an operator records; without it
    #: the tool would open its screen, or answer in a form that no program reads.
    required_args: tuple[tuple[str, ...], ...]
    #: The meaning of one record of its output.
    read: Callable[[Record], Line]
    #: What it says of a conversation that it was told to continue and does not have.
    lost_conversation: str
    #: What a launch plan says of it beside what it says of every tool.
    metadata: Mapping[str, str]
    #: What it reads from standard input: the prompt, where it takes it there, for everybody on the
    #: machine can read a command line.
    standard_input: Callable[[HeadlessTurn], str] = lambda _: ""


def prompt_alone(turn: HeadlessTurn) -> str:
    """What is on standard input of a tool whose role has a place of its own."""
    return turn.prompt


def prompt_after_role(turn: HeadlessTurn) -> str:
    """The same of a tool that takes a role as the beginning of a conversation's first prompt."""
    message = turn.role.bootstrap_message if turn.role and not turn.resume_id else None
    return f"{message}\n\n{turn.prompt}" if message else turn.prompt


def unprompted(args: tuple[str, ...]) -> tuple[str, ...]:
    """Arguments that an operator recorded, without the option that a prompt must follow."""
    return tuple(arg for arg in args if arg not in PROMPT_OPTIONS)


def resumed(resume_id: str | None) -> tuple[str, ...]:
    """The conversation to go on with, none for a new one."""
    return ("--resume", resume_id) if resume_id else ()


def missing_format(args: tuple[str, ...]) -> tuple[str, ...]:
    """`STREAM_FORMAT`, unless the arguments name a format already."""
    option = STREAM_FORMAT[0]
    shaped = any(arg == option or arg.startswith(f"{option}=") for arg in args)
    return () if shaped else STREAM_FORMAT
