"""What Codex makes of texts, and how they are typed to arrive as its user's words. Pure.

A blank before the text keeps its first character from being obeyed, one behind it closes a list
of completions; Codex takes both off again.
"""

import re

from houmao.tools.parts.texts import (
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
#: What would make a command of the whole text.
_OBEYED = re.compile(r"/")
#: A last word over which a list of completions stands open, which would take Enter.
_OPEN_END = re.compile(r"[@$]\S*$")
#: Code points that Unicode keeps free for ever.
_LAST_TWO = (
    chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
)
_NO_CHARACTER = f"[\ufdd0-\ufdef{''.join(_LAST_TWO)}]"


def keystrokes(text: str, version: Version | None = None) -> str:
    """The text as pastes, with the blanks it needs."""
    return with_blanks(text, _OBEYED, _OPEN_END)


TEXTS = TextModel(
    rules=(
        TextRule(
            RefusalReason.INTERPRETED,
            "!ls",
            "`!` begins a command for the shell, which would run on the host past every approval",
            "begin the text with another character",
            matching(r"\A\s*(!)"),
        ),
        TextRule(
            RefusalReason.CHANGED,
            "a\u2028b",
            "its composer shows this line separator as another text",
            "use a line end",
            matching("[\u2028\u2029]"),
        ),
        TextRule(
            RefusalReason.CHANGED,
            "a\uffffb",
            "its composer shows other letters with what is no character",
            "remove it",
            matching(_NO_CHARACTER),
        ),
    ),
    specials=(
        SpecialTyping("/status", "a blank before it; Codex takes it off and obeys nothing"),
        SpecialTyping("look at @file", "a blank behind it closes the list of files"),
        SpecialTyping("use $word", "a blank behind it closes the list of skills"),
        SpecialTyping("/tmp/picture.png", "in two pastes, of which neither is a file"),
    ),
    keystrokes=keystrokes,
    stand_in=_STAND_IN,
    unknown_command=("Unrecognized command '/{}'",),
)
