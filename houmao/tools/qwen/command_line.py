"""How Qwen Code is called for one headless turn. Pure."""

from houmao.tools.parts.headless import (
    STREAM_FORMAT,
    HeadlessTurn,
    missing_format,
    resumed,
    unprompted,
)


def turn(turn: HeadlessTurn) -> tuple[str, ...]:
    """A turn that begins or resumes a conversation; its role is no part of what is kept."""
    role = turn.role.args() if turn.role else ()
    return (*turn.args, *role, *resumed(turn.resume_id), *STREAM_FORMAT)


def joined_turn(turn: HeadlessTurn) -> tuple[str, ...]:
    where = ("--continue",) if turn.resume_id == "last" else resumed(turn.resume_id)
    format_args = missing_format(turn.args)
    return (*unprompted(turn.args), *where, *format_args)
