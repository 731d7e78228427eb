"""How Claude Code is called: with a role, and for one headless turn. Pure."""

from houmao.tools.parts.headless import STREAM_FORMAT, HeadlessTurn, missing_format, positional


def role_args(prompt: str) -> tuple[str, ...]:
    """The role as a part of the system prompt."""
    return ("--append-system-prompt", prompt)


def turn(turn: HeadlessTurn) -> tuple[str, ...]:
    """A turn that begins or resumes a conversation; one that is resumed has its role already."""
    role = turn.role.args() if turn.role and not turn.resume_id else ()
    return (*turn.args, "-p", "--verbose", *role, *_resumed(turn.resume_id), *_end(turn.prompt))


def joined_turn(turn: HeadlessTurn) -> tuple[str, ...]:
    resumed = ("--continue",) if turn.resume_id == "last" else _resumed(turn.resume_id)
    return (*turn.args, *resumed, *missing_format(turn.args), *positional(turn.prompt))


def _resumed(resume_id: str | None) -> tuple[str, ...]:
    return ("--resume", resume_id) if resume_id else ()


def _end(prompt: str) -> tuple[str, ...]:
    last = positional(prompt)
    # After the mark of a positional argument there can be no option.
    return (*STREAM_FORMAT, *last) if len(last) > 1 else (*last, *STREAM_FORMAT)
