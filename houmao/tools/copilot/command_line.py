"""How Copilot CLI is called for one headless turn. Pure."""

from houmao.tools.parts.headless import HeadlessTurn, unprompted

_FORMAT = ("--output-format", "json")


def turn(turn: HeadlessTurn) -> tuple[str, ...]:
    """A turn that begins or resumes a session."""
    return (*turn.args, *_resumed(turn.resume_id), *_FORMAT)


def joined_turn(turn: HeadlessTurn) -> tuple[str, ...]:
    where = ("--continue",) if turn.resume_id == "last" else _resumed(turn.resume_id)
    return (*unprompted(turn.args), *where)


def _resumed(resume_id: str | None) -> tuple[str, ...]:
    # Behind a blank it would be taken for the prompt.
    return (f"--resume={resume_id}",) if resume_id else ()
