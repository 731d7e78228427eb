"""How Codex is called: with a role, and for one headless turn. Pure."""

import tomllib
from json import dumps

from houmao.tools.parts.headless import HeadlessTurn

#: In the place of a prompt: it is read from standard input.
FROM_STDIN = "-"


def role_args(prompt: str) -> tuple[str, ...]:
    """The role as the developer's instructions."""
    return ("-c", f"developer_instructions={_toml_text(prompt)}")


def turn(turn: HeadlessTurn) -> tuple[str, ...]:
    """A turn that begins or resumes a conversation; both are given the role."""
    role = turn.role.args() if turn.role else ()
    resumed = ("resume", turn.resume_id) if turn.resume_id else ()
    return (*turn.args, *role, "exec", "--json", *resumed, FROM_STDIN)


def joined_turn(turn: HeadlessTurn) -> tuple[str, ...]:
    which = "--last" if turn.resume_id == "last" else turn.resume_id
    resumed = ("resume", which) if which else ()
    return (*turn.args, *resumed, FROM_STDIN)


def _toml_text(text: str) -> str:
    """The text itself where Codex would take it as text, else as a quoted string.

    Codex reads the value of `-c` as TOML, and only what is no TOML as plain text, less the
    quotes around it.
    """
    if text[0] not in "\"'[{" and text[-1] not in "\"'" and not _is_toml(text):
        return text
    return dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(f"x = {text}")
    except (ValueError, RecursionError):
        return False
    return True
