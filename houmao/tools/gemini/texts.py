"""What Gemini CLI makes of texts, and how they are typed to arrive as its user's words. Pure."""

import re

from houmao.tools.parts.texts import (
    RefusalReason,
    SpecialTyping,
    TextFate,
    TextModel,
    TextRule,
    kept_whole,
    matching,
    with_blanks,
)
from houmao.tools.parts.version import Version

#: What it shows of a long paste.
_STAND_IN = re.compile(r"\[Pasted\s*Text:[^\]]*\]")
#: Commands of its own, up to 0.61; any other word behind `/` goes to the model.
_COMMANDS = (
    "about|agents|auth|bashes|bug|bug-memory|chat|clear|commands|compact|compress|copy|corgi"
    "|dir|directory|docs|editor|exit|extensions|footer|gemma|help|hooks|ide|inbox|init|mcp|memory"
    "|model|new|oncall|permissions|plan|policies|privacy|quit|restore|resume|rewind|settings"
    "|setup-github|shells|shortcuts|skills|stats|statusline|summarize|tasks|terminal-setup"
    "|theme|tools|upgrade|usage|vim|voice"
)
#: What it would complete or obey at the beginning, where a blank before it helps.
_OBEYED = re.compile(r"/\s")
#: A single word, or a last one, over which a list of completions may stand open, and a backslash
#: before Enter. The list of commands opens with all of them, and Enter would run the first.
_OPEN_END = re.compile(r"(?:\A\s*/\S+|@\S*|\\)$")
_BLANKS = re.compile(r"(\s+)")


def keystrokes(text: str, version: Version | None = None) -> str:
    """The text as pastes, with the blanks it needs."""
    return with_blanks(text, _OBEYED, _OPEN_END)


def fate(sent: str, told: str) -> TextFate:
    """It completes the name behind an `@` to that of the file that it found."""
    found = kept_whole(sent, told)
    if found is TextFate.KEPT:
        return found
    words, written = _BLANKS.split(sent.strip()), _BLANKS.split(told.strip())
    same = len(words) == len(written) and all(map(_is_named, words, written))
    return TextFate.NAMED if same else TextFate.CHANGED


def _is_named(word: str, written: str) -> bool:
    return word == written or (word[0:1] == "@" and written.startswith(word))


TEXTS = TextModel(
    rules=(
        TextRule(
            RefusalReason.INTERPRETED,
            "/quit",
            "this is a command of its own",
            'ask for the command with "as": "command", or put a word before it',
            matching(rf"\A\s*(/(?:{_COMMANDS})(?:\s|$))"),
        ),
        TextRule(
            RefusalReason.INTERPRETED,
            "/",
            "it opens the list of commands, of which Enter runs the first",
            "put a word before it",
            matching(r"\A\s*(/)\s*\Z"),
        ),
        TextRule(
            RefusalReason.CHANGED,
            "a\u200bb",
            "its composer drops a character that cannot be seen",
            "remove it, or put the text into a file",
            matching("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"),
        ),
    ),
    specials=(
        SpecialTyping("/ is the root", "a blank before it; the list of commands stays closed"),
        SpecialTyping("look at @file", "a blank behind it closes the list of files"),
        SpecialTyping("ends with \\", "a blank behind it, so that Enter sends"),
        SpecialTyping("/etc/hostname", "in two pastes, neither of them a file, and a blank behind"),
    ),
    keystrokes=keystrokes,
    stand_in=_STAND_IN,
    fate=fate,
)
