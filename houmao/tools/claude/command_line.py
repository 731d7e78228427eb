"""How Claude Code is called for one headless turn. Pure."""

from houmao.tools.parts.headless import (
    STREAM_FORMAT,
    HeadlessTurn,
    missing_format,
    positional,
    resumed,
)


def turn(turn: HeadlessTurn) -> tuple[str, ...]:
    """A turn that begins or resumes a conversation; one that is resumed has its role already."""
    role = turn.role.args() if turn.role and not turn.resume_id else ()
    return (*turn.args, "-p", "--verbose", *role, *resumed(turn.resume_id), *_end(turn.prompt))


def joined_turn(turn: HeadlessTurn) -> tuple[str, ...]:
    where = ("--continue",) if turn.resume_id == "last" else resumed(turn.resume_id)
    return (*turn.args, *where, *missing_format(turn.args), *positional(turn.prompt))


def _end(prompt: str) -> tuple[str, ...]:
    last = positional(prompt)
    # After the mark of a positional argument there can be no option.
    return (*STREAM_FORMAT, *last) if len(last) > 1 else (*last, *STREAM_FORMAT)
