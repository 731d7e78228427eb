"""What Copilot CLI makes of texts, and how they are typed to arrive as its user's words. Pure."""

import re

from houmao.tools.parts.texts import (
    CUTS_BYTE_ORDER_MARKS,
    RefusalReason,
    SpecialTyping,
    TextModel,
    TextRule,
    matching,
    pasted,
    with_blanks,
)
from houmao.tools.parts.version import Version

#: A last word over which a list may stand open, and a backslash before Enter.
_OPEN_END = re.compile(r"(?:[@#]\S*|\\)$")
_NOTHING = re.compile(r"(?!)")
#: One line that may be the path of a picture, in quotes or not.
_PICTURE = re.compile(
    r"\A\s*[^\s@#?].*\.(?:avif|bmp|gif|heic|ico|jpe?g|png|svg|tiff?|webp)[\"']?\s*\Z", re.I
)


def keystrokes(text: str, version: Version | None = None) -> str:
    """The text as pastes, with the blanks it needs."""
    if _PICTURE.match(text):
        # Whatever is pasted alone is looked for as a file.
        first, rest = text.strip()[0], text.strip()[1:]
        return first + pasted(rest)
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
            RefusalReason.INTERPRETED,
            "exit",
            "this alone is a command of its own",
            "put a word before it",
            matching(r"\A\s*(exit|quit|help|\$)\s*\Z", re.I),
        ),
        TextRule(
            RefusalReason.CHANGED,
            "\u2500\u2500",
            "it shows nothing of a text that is all lines and blocks",
            "put a word before it",
            matching(r"\A\s*([\u2500-\u259f])[\s\u2500-\u259f]*\Z"),
        ),
        CUTS_BYTE_ORDER_MARKS,
        TextRule(
            RefusalReason.CHANGED,
            "a\tb",
            "it makes blanks of a tab",
            "put blanks in its place, or put the text into a file",
            matching("\t"),
        ),
    ),
    specials=(
        SpecialTyping("picture.png", "its first letter as a key, so that no file is looked for"),
        SpecialTyping("look at @file", "a blank behind it closes the list of files"),
        SpecialTyping("fix #12", "a blank behind it closes the list of issues"),
        SpecialTyping("ends with \\", "a blank behind it, so that Enter sends"),
    ),
    keystrokes=keystrokes,
)
