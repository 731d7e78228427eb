"""The command lines of an agent: on a screen, and for one headless turn. Pure.

What the words are is the tool's business; here they are checked and joined to the executable.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from houmao.agents.launch_plan import LaunchPlan
from houmao.errors import UsageError
from houmao.tools.catalog import headless_of
from houmao.tools.parts.headless import HeadlessTurn

#: Linux refuses a longer single argument, terminating NUL included.
MAX_ARGUMENT_BYTES = 128 * 1024 - 1


@dataclass(frozen=True, slots=True)
class TurnCommand:
    """What is run for one headless turn. Nobody prints it by accident: it holds the prompt."""

    argv: tuple[str, ...] = field(repr=False)
    standard_input: str = field(default="", repr=False)


def interactive_argv(plan: LaunchPlan) -> tuple[str, ...]:
    """The tool with its screen; a role that is a message must be sent to it afterwards."""
    role = plan.role_injection.args() if plan.role_injection else ()
    return _checked((plan.executable, *plan.args, *role))


def headless_command(plan: LaunchPlan, prompt: str, resume_id: str | None = None) -> TurnCommand:
    """The tool for one turn; `resume_id` None begins a conversation and carries the role.

    UsageError for a blank or an overlong prompt, and for a tool without headless turns.
    """
    turn = HeadlessTurn(_prompt(prompt), plan.args, resume_id, plan.role_injection)
    mode = headless_of(plan.tool)
    argv = _checked((plan.executable, *mode.turn(turn)))
    return TurnCommand(argv, mode.standard_input(turn))


def joined_command(tool: str, executable: str, turn: HeadlessTurn) -> TurnCommand:
    """A turn of an agent whose operator said how it is run: `turn.args` are what he recorded."""
    turn = replace(turn, prompt=_prompt(turn.prompt))
    mode = headless_of(tool)
    return TurnCommand(_checked((executable, *mode.joined_turn(turn))), mode.standard_input(turn))


def _prompt(text: str) -> str:
    if not text.strip():
        raise UsageError("the prompt must not be blank")
    if "\0" in text:
        raise UsageError("the prompt must not hold NUL characters")
    return text


def _checked(words: Iterable[str]) -> tuple[str, ...]:
    argv = tuple(words)
    if any(len(word.encode("utf-8", "surrogateescape")) > MAX_ARGUMENT_BYTES for word in argv):
        raise UsageError(
            f"a prompt or role must have fewer than {MAX_ARGUMENT_BYTES} bytes; "
            "put it into a file and name the file"
        )
    return argv
