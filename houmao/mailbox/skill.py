"""The skill that teaches an agent to use its mailbox: where it lies, and its words. Pure."""

import shlex
from pathlib import Path

SKILL = Path(__file__).with_name("skill") / "SKILL.md"
_NAME = "houmao-mgr"


def own_command(python: str) -> str:
    """`houmao-mgr` of the installation of that interpreter, in words of a shell.

    Tools run commands in a login shell, whose PATH has no virtual environment.
    """
    return shlex.join((python, "-P", "-m", "houmao.cli"))


def taught(text: str, command: str) -> str:
    """The skill's text with the command that an agent can run wherever its shell looks."""
    return text.replace(_NAME, command)
