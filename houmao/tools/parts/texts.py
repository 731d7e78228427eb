"""What a tool makes of a text that is typed into its composer, and how it is typed. Pure.

A rule tells of texts that the tool would obey or change whatever way they are typed; all others
are turned into keystrokes from which the tool makes exactly the text. What is known of a single
tool stands in its folder; it was found out by typing into the real one.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from houmao.errors import UsageError
from houmao.tools.parts.version import Version

_PASTE_BEGINS = "\x1b[200~"
_PASTE_ENDS = "\x1b[201~"

#: What belongs to the character before it; tools look at each piece alone and would drop it.
_MARK = (
    "[\u0300-\u036f\u200c\u200d\ufe0e\ufe0f\u20e3"
    "\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
#: One piece, cut at such a place only where there is no other.
_PIECE = f".{{{{1,{{0}}}}}}(?<![\u200c\u200d])(?!{_MARK})|.{{{{1,{{0}}}}}}"

#: A line's first word, in quotes or with escaped blanks.
_WORD = r"\"[^\"\n]*\"?|'[^'\n]*'?|(?:\\.|\S)+"
#: One that some tools take for a file which was dropped on them.
_PATH = re.compile(
    r"[\"']?(?:file://|~?/|\.{1,2}/|(?:\\.|[^\s\\])*\.(?:png|jpe?g|gif|webp|bmp|svg|pdf)[\"']?\s*$)",
    re.I,
)
_FIRST_WORD = re.compile(rf"\s*({_WORD})")


class RefusalReason(StrEnum):
    """Why a text is refused before anything is typed."""

    INTERPRETED = "interpreted_by_tool"
    CHANGED = "changed_by_tool"


class TextRefused(UsageError):
    """A text that would not reach the tool as its user's words; nothing was typed."""

    def __init__(self, tool: str, text: str, position: int, rule: "TextRule") -> None:
        super().__init__(
            f"prompt would not reach {tool} as it is: with U+{ord(text[position]):04X} at "
            f"position {position}, {rule.what}; {rule.remedy}"
        )
        self._extra: Mapping[str, object] = {
            "reason": rule.reason.value,
            "position": position,
            "remedy": rule.remedy,
        }

    def extra(self) -> Mapping[str, object]:
        return self._extra


@dataclass(frozen=True, slots=True)
class TextRule:
    """One kind of text that does not arrive; `what` and `remedy` are parts of a sentence."""

    reason: RefusalReason
    example: str
    what: str
    remedy: str
    #: Where in a text it begins to hold, None where it does not.
    find: Callable[[str], int | None]


def matching(pattern: str, flags: int = 0) -> Callable[[str], int | None]:
    """Finds what the pattern describes; its last group, where it has one, is what counts."""
    compiled = re.compile(pattern, flags)

    def find(text: str) -> int | None:
        found = compiled.search(text)
        return None if found is None else found.start(found.lastindex or 0)

    return find


class TextFate(StrEnum):
    """What a tool made of a text, by its own journal."""

    #: Its model got the text as it was sent.
    KEPT = "kept"
    #: The same, but for the names of what the text refers to.
    NAMED = "named"
    CHANGED = "changed"


def kept_whole(sent: str, told: str) -> TextFate:
    """Only blanks at the ends may differ."""
    return TextFate.KEPT if sent.strip() == told.strip() else TextFate.CHANGED


#: Blanks at the ends are nobody's words, and to some tools this is one.
CUTS_BYTE_ORDER_MARKS = TextRule(
    RefusalReason.CHANGED,
    "\ufeffhello",
    "it cuts a byte order mark off",
    "remove it",
    matching("\\A\\s*(\ufeff)|(\ufeff)\\s*\\Z"),
)


@dataclass(frozen=True, slots=True)
class SpecialTyping:
    """A kind of text that arrives because it is typed in a way of its own; for the docs."""

    example: str
    how: str


def pasted(text: str) -> str:
    """The keystrokes of one bracketed paste, which no key binding of a tool sees."""
    return f"{_PASTE_BEGINS}{text}{_PASTE_ENDS}" if text else ""


def pasted_line(line: str, longest: int) -> str:
    """A line as pastes of at most so many characters, of which none is the path of a file."""
    head = min(_half_a_path(line), longest)
    return "".join(map(pasted, (line[:head], *pieces_of(line[head:], longest))))


def pieces_of(text: str, longest: int) -> list[str]:
    """The text in pieces of at most so many characters, cut inside of no picture and no letter."""
    found: list[str] = re.findall(_PIECE.format(longest), text, re.DOTALL)
    return found


def _half_a_path(text: str) -> int:
    """Characters up to within the last part of the path that the text begins with, 0 without one.

    Two names of files are not cut out of one there: the end of one is in neither a suffix.
    """
    found = _FIRST_WORD.match(text.partition("\n")[0])
    if found is None or not _PATH.match(found.group(1)):
        return 0
    path = found.group(1)
    last = max(path.rfind(mark, 0, len(path) - 2) for mark in "/.") + 1
    return found.start(1) + (last + len(path) + 1) // 2


def with_blanks(text: str, obeyed: re.Pattern[str], open_end: re.Pattern[str]) -> str:
    """The text as pastes, a blank before what would be obeyed and behind what stays open."""
    before = " " if obeyed.match(text) else ""
    behind = " " if ends_open(text, open_end) else ""
    return as_one_paste(f"{before}{text}{behind}")


def ends_open(text: str, open_end: re.Pattern[str]) -> bool:
    """Whether the pattern is found in the last word, which may be as long as the whole text."""
    head = text.rsplit(None, 1)[:-1]
    return open_end.search(text, len(head[0]) if head else 0) is not None


def as_one_paste(text: str, version: Version | None = None) -> str:
    """The usual way, in any version: one paste, or two where one would be taken for a file."""
    return pasted_line(text, len(text) or 1)


@dataclass(frozen=True, slots=True)
class TextModel:
    """By default every text is taken as it is."""

    rules: tuple[TextRule, ...] = ()
    specials: tuple[SpecialTyping, ...] = ()
    #: The characters to send for a text to a version; Enter is not part of them.
    keystrokes: Callable[[str, Version | None], str] = as_one_paste
    #: Whether the model of a version gets the text in a wrapper of the tool's, as quoted data.
    quoted: Callable[[str, Version | None], bool] = lambda text, version: False
    #: What its screen says of a command that it does not know, with `{}` for the command's name.
    unknown_command: tuple[str, ...] = ()
    #: What it shows in place of a long text, wrapped or not.
    stand_in: re.Pattern[str] | None = None
    #: What became of a text that was sent, by what the tool's journal tells of it.
    fate: Callable[[str, str], TextFate] = kept_whole

    def check(self, tool: str, text: str, *, command: bool = False) -> None:
        """Raises TextRefused; what a command is meant to do is no objection to it."""
        for rule in self.rules:
            position = rule.find(text)
            if position is not None and not (command and rule.reason is RefusalReason.INTERPRETED):
                raise TextRefused(tool, text, position, rule)
