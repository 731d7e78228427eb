"""What Copilot CLI makes of texts, and how they are typed to arrive as its user's words. Pure."""

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

#: A last word over which a list may stand open, and a backslash before Enter.
_OPEN_END = re.compile(r"(?:[@#]\S*|\\)$")
_NOTHING = re.compile(r"(?!)")


def keystrokes(text: str, version: Version | None = None) -> str:
    """The text as pastes, with the blanks it needs."""
    return with_blanks(text, _NOTHING, _OPEN_END)


TEXTS = TextModel(
    rules=(
        TextRule(
            RefusalReason.INTERPRETED,
            "/help me",
            "it takes a text that begins with a slash for a command of its own",
            'ask for the command with "as": "command", or put a word before it',
            matching(r"\A\s*(/)"),
        ),
        TextRule(
            RefusalReason.INTERPRETED,
            "!ls",
            "it runs a text that begins so in a shell",
            "put a word before it",
            matching(r"\A\s*(!)"),
        ),
        TextRule(
            RefusalReason.CHANGED,
            "a\tb",
            "it makes blanks of a tab",
            "put blanks in its place, or put the text into a file",
            matching("\t"),
        ),
    ),
    specials=(
        SpecialTyping("look at @file", "a blank behind it closes the list of files"),
        SpecialTyping("fix #12", "a blank behind it closes the list of issues"),
        SpecialTyping("ends with \\", "a blank behind it, so that Enter sends"),
    ),
    keystrokes=keystrokes,
)
