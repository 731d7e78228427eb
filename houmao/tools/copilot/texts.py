"""What Copilot CLI makes of texts, and how they are typed to arrive as its user's words. Pure."""

import re

from houmao.tools.parts.texts import (
    CUTS_BYTE_ORDER_MARKS,
    RefusalReason,
    SpecialTyping,
    TextModel,
    TextRule,
    ends_open,
    matching,
    pasted,
    pieces_of,
)
from houmao.tools.parts.version import Version

#: What it shows of a long paste.
_STAND_IN = re.compile(r"\[Paste\s*#\d[^\]]*\]")
#: A last word over which a list may stand open, and a backslash before Enter.
_OPEN_END = re.compile(r"(?:[@#]\S*|\\)$")
#: Bytes of the longest paste; one byte more is saved to a file, of which the model gets the name.
_LONGEST_PASTE = 20_480
#: Characters that are cut as one.
_PART = 1_000
#: The cursor to the right, which does nothing at the end: two pastes with it in between are never
#: taken for one.
_APART = "\x1b[C"
#: One line that may be the path of a picture, in quotes or not.
_PICTURE = re.compile(
    r"\A\s*[^\s@#?].*\.(?:avif|bmp|gif|heic|ico|jpe?g|png|svg|tiff?|webp)[\"']?\s*\Z", re.I
)


def keystrokes(text: str, version: Version | None = None) -> str:
    """The text as pastes, with the blank it needs."""
    if _PICTURE.match(text):
        # Whatever is pasted alone is looked for as a file.
        first, rest = text.strip()[0], text.strip()[1:]
        return first + pasted(rest)
    closed = f"{text} " if ends_open(text, _OPEN_END) else text
    return _APART.join(map(_kept_whole, _pieces(closed)))


def _pieces(text: str) -> list[str]:
    """The text in pieces, none too long for a paste that stays a text."""
    found = [""]
    for part in pieces_of(text, _PART):
        if len((found[-1] + part).encode()) >= _LONGEST_PASTE:
            found.append("")
        found[-1] += part
    return found


def _kept_whole(piece: str) -> str:
    """As a paste, of which the last line end is lost."""
    return pasted(f"{piece}\n" if piece.endswith("\n") else piece)


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
        SpecialTyping("more than 20 kB", "in several pastes, of which none is saved to a file"),
    ),
    keystrokes=keystrokes,
    stand_in=_STAND_IN,
)
