"""The command lines of every tool: on a screen, and for one headless turn. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from houmao.agents.launch_plan import LaunchPlan
from houmao.errors import UsageError

#: Linux refuses a longer single argument, terminating NUL included.
MAX_ARGUMENT_BYTES = 128 * 1024 - 1

_FORMAT = ("--output-format", "stream-json")


@dataclass(frozen=True, slots=True)
class Turn:
    """One headless turn; `resume_id` None begins a conversation and carries the role."""

    prompt: str
    resume_id: str | None = None


@dataclass(frozen=True, slots=True)
class JoinedTurn:
    """A turn of an agent whose operator said how it is run; `resume_id` may be `last`."""

    tool: str
    executable: str
    args: tuple[str, ...]
    prompt: str
    resume_id: str | None = None


def interactive_argv(plan: LaunchPlan) -> tuple[str, ...]:
    """The tool with its screen; a role that is a message must be sent to it afterwards."""
    role = plan.role_injection.args() if plan.role_injection else ()
    return _checked((plan.executable, *plan.args, *role))


def headless_argv(plan: LaunchPlan, turn: Turn) -> tuple[str, ...]:
    """The tool for one turn. UsageError for a blank or an overlong prompt."""
    prompt = _prompt(turn.prompt)
    start = (plan.executable, *plan.args)
    role = plan.role_injection
    role_args = role.args() if role else ()
    resumed = ("--resume", turn.resume_id) if turn.resume_id else ()
    match plan.tool:
        case "codex":
            again = ("resume", turn.resume_id) if turn.resume_id else ()
            words = (*start, *role_args, "exec", "--json", *again, *_positional(prompt))
        case "claude":
            first = () if turn.resume_id else role_args
            words = (*start, "-p", "--verbose", *first, *resumed, *_claude_end(prompt))
        case _:
            message = role.bootstrap_message if role and not turn.resume_id else None
            whole = f"{message}\n\n{prompt}" if message else prompt
            words = (*start, *resumed, *_gemini_prompt(whole), *_FORMAT)
    return _checked(words)


def joined_argv(turn: JoinedTurn) -> tuple[str, ...]:
    """The recorded arguments, then what continues the conversation, then the prompt."""
    prompt = _prompt(turn.prompt)
    args = turn.args
    shaped = any(arg == _FORMAT[0] or arg.startswith(f"{_FORMAT[0]}=") for arg in args)
    wanted = () if shaped else _FORMAT
    match turn.tool:
        case "codex":
            again = ("resume", "--last" if turn.resume_id == "last" else turn.resume_id or "")
            words = (*args, *(again if turn.resume_id else ()), *_positional(prompt))
        case "claude":
            words = (*args, *_claude_resumed(turn.resume_id), *wanted, *_positional(prompt))
        case _:
            # The prompt must follow its option, which the operator had to record.
            kept = tuple(arg for arg in args if arg not in ("-p", "--prompt"))
            latest = "latest" if turn.resume_id == "last" else turn.resume_id
            resumed = ("--resume", latest) if latest else ()
            words = (*kept, *resumed, *_gemini_prompt(prompt), *wanted)
    return _checked((turn.executable, *words))


def _claude_resumed(resume_id: str | None) -> tuple[str, ...]:
    if resume_id == "last":
        return ("--continue",)
    return ("--resume", resume_id) if resume_id else ()


def _claude_end(prompt: str) -> tuple[str, ...]:
    return (*_FORMAT, "--", prompt) if prompt.startswith("-") else (prompt, *_FORMAT)


def _positional(prompt: str) -> tuple[str, ...]:
    # Without the mark a prompt such as "- fix this" would be taken for an option.
    return ("--", prompt) if prompt.startswith("-") else (prompt,)


def _gemini_prompt(prompt: str) -> tuple[str, ...]:
    return (f"--prompt={prompt}",) if prompt.startswith("-") else ("-p", prompt)


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
