"""How Gemini CLI is called for one headless turn. Pure."""

from houmao.tools.parts.headless import (
    STREAM_FORMAT,
    HeadlessTurn,
    missing_format,
    prompted,
    resumed,
    unprompted,
)


def turn(turn: HeadlessTurn) -> tuple[str, ...]:
    """A turn that begins or resumes a conversation; the role stands before its first prompt."""
    message = turn.role.bootstrap_message if turn.role and not turn.resume_id else None
    prompt = f"{message}\n\n{turn.prompt}" if message else turn.prompt
    return (*turn.args, *resumed(turn.resume_id), *prompted(prompt), *STREAM_FORMAT)


def joined_turn(turn: HeadlessTurn) -> tuple[str, ...]:
    where = resumed("latest" if turn.resume_id == "last" else turn.resume_id)
    format_args = missing_format(turn.args)
    return (*unprompted(turn.args), *where, *prompted(turn.prompt), *format_args)
