"""How Claude Code is called for one headless turn. Pure."""

from houmao.tools.parts.headless import (
    STREAM_FORMAT,
    HeadlessTurn,
    missing_format,
    resumed,
)


def turn(turn: HeadlessTurn) -> tuple[str, ...]:
    """A turn that begins or resumes a conversation; one that is resumed has its role already."""
    role = turn.role.args() if turn.role and not turn.resume_id else ()
    return (*turn.args, "-p", "--verbose", *role, *resumed(turn.resume_id), *STREAM_FORMAT)


def joined_turn(turn: HeadlessTurn) -> tuple[str, ...]:
    where = ("--continue",) if turn.resume_id == "last" else resumed(turn.resume_id)
    return (*turn.args, *where, *missing_format(turn.args))
