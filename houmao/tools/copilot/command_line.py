"""How Copilot CLI is called for one headless turn. Pure."""

from houmao.tools.parts.headless import HeadlessTurn, prompted, unprompted

_FORMAT = ("--output-format", "json")


def turn(turn: HeadlessTurn) -> tuple[str, ...]:
    """A turn that begins or resumes a session; the role stands before its first prompt."""
    message = turn.role.bootstrap_message if turn.role and not turn.resume_id else None
    prompt = f"{message}\n\n{turn.prompt}" if message else turn.prompt
    return (*turn.args, *_resumed(turn.resume_id), *prompted(prompt), *_FORMAT)


def joined_turn(turn: HeadlessTurn) -> tuple[str, ...]:
    where = ("--continue",) if turn.resume_id == "last" else _resumed(turn.resume_id)
    return (*unprompted(turn.args), *where, *prompted(turn.prompt))


def _resumed(resume_id: str | None) -> tuple[str, ...]:
    # Behind a blank it would be taken for the prompt.
    return (f"--resume={resume_id}",) if resume_id else ()
