"""What OpenCode makes of texts, and how they are typed to arrive as its user's words. Pure."""

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
_STAND_IN = re.compile(r"\[Pasted\s*~[^\]]*\]")
#: At the beginning, a list of commands would stand open over it.
_COMPLETED = re.compile(r"/")
#: A last word over which a list of files may stand open.
_OPEN_END = re.compile(r"@\S*$")


def keystrokes(text: str, version: Version | None = None) -> str:
    """The text as pastes, with the blanks it needs."""
    return with_blanks(text, _COMPLETED, _OPEN_END)


TEXTS = TextModel(
    rules=(
        TextRule(
            RefusalReason.INTERPRETED,
            "exit",
            "this word alone ends it",
            "put a word before it",
            matching(r"\A\s*(exit|quit|:q)\s*\Z"),
        ),
        CUTS_BYTE_ORDER_MARKS,
    ),
    specials=(
        SpecialTyping("/help me", "a blank before it; the list of commands stays closed"),
        SpecialTyping("look at @file", "a blank behind it closes the list of files"),
        SpecialTyping("/etc/hostname", "in two pastes, of which neither is a file"),
    ),
    keystrokes=keystrokes,
    stand_in=_STAND_IN,
)
