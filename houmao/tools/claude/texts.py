"""What Claude Code makes of texts, and how they are typed to arrive as its user's words. Pure.

A new version hands the model every paste of several lines, and every burst of more than about
800 characters, as quoted data. Its first line is therefore pasted, in pieces, and what follows is
typed in bursts that the report of a focus keeps apart. Older versions would lose such pieces,
and take one paste as it is.
"""

import re
import unicodedata

from houmao.tools.parts.texts import (
    RefusalReason,
    SpecialTyping,
    TextFate,
    TextModel,
    TextRule,
    as_one_paste,
    ends_open,
    kept_whole,
    matching,
    pasted,
    pasted_line,
    pieces_of,
)
from houmao.tools.parts.version import Version

#: What it shows of a long paste.
_STAND_IN = re.compile(r"\[Pasted\s*text[^\]]*\]")
#: The first version that quotes what is pasted; 2.1.327 was seen not to.
_QUOTES_SINCE: Version = (2, 1, 328)
#: Characters of one paste or burst; from about 800 on it would be quoted. Those beyond U+FFFF
#: count twice.
_PIECE = 700
_DOUBLE = re.compile("[\U00010000-\U0010ffff]")
#: Longer texts are one paste, quoted: in bursts they would take minutes.
_MOST_BURSTS = 256_000
#: "The terminal has the focus": two bursts with it in between are never taken for one.
_APART = "\x1b[I"
_WRAPPED = re.compile(r"\s*<pasted_content[^>]*>\n(.*)\n</pasted_content[^>]*>\s*", re.DOTALL)
#: A last word over which a list of completions may stand open, and a backslash before Enter.
_OPEN_END = re.compile(r"(?:[@:/]\S*|\\)$")

#: Folders of every machine: a path that exists is no command. Alone, most are taken for the
#: beginning of one.
_ROOT_FOLDERS = (
    "bin|boot|dev|etc|home|lib|lib64|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var"
    "|Applications|Library|System|Users|Volumes|private"
)
_ALONE = "etc|lib64|media|mnt|root|srv|tmp|usr"

_SHELL = TextRule(
    RefusalReason.INTERPRETED,
    "!ls",
    "`!` opens the shell mode, in which the text would run on the host past every approval",
    "begin the text with another character",
    matching(r"\A\s*(!)"),
)
_COMMAND = TextRule(
    RefusalReason.INTERPRETED,
    "/compact now",
    "a word behind `/` is a command of its own",
    'ask for the command with "as": "command", or put a word before it',
    matching(
        rf"\A\s*(/(?!(?:{_ROOT_FOLDERS})\s+\S|(?:{_ALONE})\s*\Z)(?:\s|$|[A-Za-z0-9_][\w:-]*(?:\s|$)))"
    ),
)
_EXIT = TextRule(
    RefusalReason.INTERPRETED,
    "exit",
    "this word alone ends it",
    "say it in a sentence",
    matching(r"\A\s*(exit|quit|:q!?|:wq!?)\s*\Z"),
)


def _joined_accent(text: str) -> int | None:
    """Position of the first character that composing the text would change."""
    if unicodedata.is_normalized("NFC", text):
        return None
    composed = unicodedata.normalize("NFC", text)
    pairs = zip(text, composed, strict=False)
    return next((at for at, (old, new) in enumerate(pairs) if old != new), len(composed) - 1)


_ACCENT = TextRule(
    RefusalReason.CHANGED,
    "e\u0301",
    "its composer joins the letter and the accent behind it",
    "normalise the text to NFC first",
    _joined_accent,
)
_TAB = TextRule(
    RefusalReason.CHANGED,
    "a\tb",
    "its composer turns the tab into blanks",
    "use blanks, or put the text into a file",
    matching("\t"),
)


#: Marks that are dropped wherever they stand, but for tags behind the black flag.
_DROPPED = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U00013430-\U00013455"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
#: Marks that are kept where they mean something: inside emoji and in scripts that join letters.
_JOINER = re.compile("[\u200c\u200d]")
_SELECTOR = re.compile("[\ufe0e\ufe0f]")
_KEYCAP = "\u20e3"


def _unseen(text: str) -> int | None:
    """Position of the first character without a shape of its own that would be dropped."""
    flags = _FLAG.sub(lambda found: "x" * len(found.group()), text)
    found = (
        *((it.start(), False) for it in _DROPPED.finditer(flags)),
        *((it.start(), _joins(text, it.start())) for it in _JOINER.finditer(flags)),
        *((it.start(), _selects(text, it.start())) for it in _SELECTOR.finditer(flags)),
    )
    return min((at for at, kept in found if not kept), default=None)


def _joins(text: str, at: int) -> bool:
    before, behind = text[at - 1 : at], text[at + 1 : at + 2]
    if not before or not behind:
        return False
    return any(fits(before) and fits(behind) for fits in (_is_picture, _is_joined))


def _selects(text: str, at: int) -> bool:
    before, behind = text[at - 1 : at], text[at + 1 : at + 2]
    return bool(before) and (_is_picture(before) or behind == _KEYCAP)


def _is_picture(character: str) -> bool:
    return bool(_SELECTOR.match(character)) or unicodedata.category(character) in ("So", "Sk", "Sm")


def _is_joined(character: str) -> bool:
    return character >= "\u0600" and unicodedata.category(character)[0] in "LM"


_UNSEEN = TextRule(
    RefusalReason.CHANGED,
    "a\u200bb",
    "its composer drops a character that cannot be seen, or makes a line end of it",
    "remove it, or put the text into a file",
    _unseen,
)

_WRAPPER = TextRule(
    RefusalReason.CHANGED,
    "<pasted_content>",
    "it puts a backslash into the tag in which it quotes what is pasted",
    "write the tag in another way, or put the text into a file",
    matching(r"<\s*/?\s*pasted_content\b", re.IGNORECASE),
)


def keystrokes(text: str, version: Version | None) -> str:
    """The text as pastes and bursts, with the blank it may need at its end."""
    closed = f"{text} " if ends_open(text, _OPEN_END) else text
    if _quotes(version) and len(text) > _MOST_BURSTS:
        return pasted(closed)
    if not _quotes(version):
        return as_one_paste(closed, version)
    first, line_end, rest = closed.partition("\n")
    longest = _PIECE // 2 if _DOUBLE.search(text) else _PIECE
    bursts = pieces_of(line_end + rest, longest)
    # Enter, too, is kept apart: behind a burst it would be one more line end.
    return "".join(f"{part}{_APART}" for part in (pasted_line(first, longest), *bursts))


def quoted(text: str, version: Version | None) -> bool:
    """Whether the model gets the text as quoted data."""
    return _quotes(version) and len(text) > _MOST_BURSTS


def fate(sent: str, told: str) -> TextFate:
    """What is too long for bursts stands in the wrapper, which the outcome tells anyway."""
    found = _WRAPPED.fullmatch(told) if len(sent) > _MOST_BURSTS else None
    return kept_whole(sent, found.group(1) if found else told)


def _quotes(version: Version | None) -> bool:
    # A version that nothing tells is not trusted with bursts, some of which it might lose.
    return version is not None and version >= _QUOTES_SINCE


TEXTS = TextModel(
    rules=(_SHELL, _COMMAND, _EXIT, _TAB, _ACCENT, _UNSEEN, _WRAPPER),
    specials=(
        SpecialTyping("several lines", "first line pasted, the others typed: none arrives quoted"),
        SpecialTyping(":smile", "a blank behind it closes the list of emoji"),
        SpecialTyping("look at @file", "a blank behind it closes the list of files"),
        SpecialTyping("and then /cl", "a blank behind it closes the list of commands"),
        SpecialTyping("ends with \\", "a blank behind it, so that Enter sends"),
        SpecialTyping("/tmp/picture.png", "in two pastes, of which neither is a file"),
    ),
    keystrokes=keystrokes,
    stand_in=_STAND_IN,
    quoted=quoted,
    fate=fate,
    unknown_command=("Unknown command: /{}", "Unknown slash command: {}", "Unknown skill: {}"),
)
