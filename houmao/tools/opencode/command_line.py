"""How OpenCode is called for one headless turn. Pure.

The prompt is read from standard input: as an argument it would reach the model in quotes.
"""

from houmao.tools.parts.headless import HeadlessTurn

RUN = "run"
_FORMAT = ("--format", "json")


def turn(turn: HeadlessTurn) -> tuple[str, ...]:
    """A turn that begins or resumes a session."""
    return (RUN, *turn.args, *_resumed(turn.resume_id), *_FORMAT)


def joined_turn(turn: HeadlessTurn) -> tuple[str, ...]:
    return (
        *turn.args,
        *(("--continue",) if turn.resume_id == "last" else _resumed(turn.resume_id)),
    )


def _resumed(resume_id: str | None) -> tuple[str, ...]:
    return ("--session", resume_id) if resume_id else ()
