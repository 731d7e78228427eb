"""What Qwen Code makes of texts, and how they are typed to arrive as its user's words. Pure."""

import re

from houmao.tools.parts.texts import (
    CUTS_BYTE_ORDER_MARKS,
    RefusalReason,
    SpecialTyping,
    TextModel,
    TextRule,
    matching,
    with_blanks,
)
from houmao.tools.parts.version import Version

#: What it shows of a long paste.
_STAND_IN = re.compile(r"\[Pasted\s*Content[^\]]*\]")
#: At the beginning, a list of completions would stand open over it.
_COMPLETED = re.compile(r"\s*/")
#: A last word over which a list of completions may stand open, and a backslash before Enter.
_OPEN_END = re.compile(r"(?:@\S*|\\)$")
_REMEDY = 'ask for the command with "as": "command", or put a word before it'


def keystrokes(text: str, version: Version | None = None) -> str:
    """The text as pastes, with the blanks it needs."""
    return with_blanks(text, _COMPLETED, _OPEN_END)


TEXTS = TextModel(
    rules=(
        TextRule(
            RefusalReason.INTERPRETED,
            "/help me",
            "it takes a first word with a slash for a command of its own, known to it or not",
            _REMEDY,
            matching(r"\A\s*(/(?![/*])[^\s/\\]*(?:\s|\Z))"),
        ),
        TextRule(
            RefusalReason.INTERPRETED,
            "exit",
            "this word alone ends it",
            _REMEDY,
            matching(r"\A\s*(exit|quit|:w?q!?)\s*\Z"),
        ),
        TextRule(
            RefusalReason.CHANGED,
            "see\n@file",
            "it puts a blank before a name with which a line begins, or which stands behind a tab",
            "put a blank before the `@`",
            matching(r"[\n\t](@\S)"),
        ),
        CUTS_BYTE_ORDER_MARKS,
    ),
    specials=(
        SpecialTyping("/etc/hostname", "in two pastes, of which neither is a file"),
        SpecialTyping("look at @file", "a blank behind it closes the list of files"),
        SpecialTyping("ends with \\", "a blank behind it, so that Enter sends"),
    ),
    keystrokes=keystrokes,
    stand_in=_STAND_IN,
)
