"""How Gemini CLI is called for one headless turn. Pure."""

from houmao.tools.parts.headless import (
    STREAM_FORMAT,
    HeadlessTurn,
    missing_format,
    resumed,
    unprompted,
)


def turn(turn: HeadlessTurn) -> tuple[str, ...]:
    """A turn that begins or resumes a conversation; the role stands before its first prompt."""
    return (*turn.args, *resumed(turn.resume_id), *STREAM_FORMAT)


def standard_input(turn: HeadlessTurn) -> str:
    """The prompt: without an option for it, that is what standard input holds."""
    message = turn.role.bootstrap_message if turn.role and not turn.resume_id else None
    return f"{message}\n\n{turn.prompt}" if message else turn.prompt


def joined_turn(turn: HeadlessTurn) -> tuple[str, ...]:
    where = resumed("latest" if turn.resume_id == "last" else turn.resume_id)
    format_args = missing_format(turn.args)
    return (*unprompted(turn.args), *where, *format_args)
