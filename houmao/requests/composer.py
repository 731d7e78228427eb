"""Does a tool's composer show the text we put there? Pure comparison of texts."""

import re
import unicodedata

_EMPTY_ROW = re.compile(r"\n[ \t]*\n")
#: Lines and blocks, of which frames are drawn.
_FRAMES = re.compile("[\u2500-\u259f]+")
#: Characters of either end of a long text that must be seen.
_ENOUGH = 12
#: Characters of a text's end that are looked for where no composer can be made out.
_TAIL = 60


def shows(prompt: str, composer: str | None, stand_in: re.Pattern[str] | None = None) -> bool:
    """True when what stands in the composer is our prompt, whole, folded or scrolled.

    `stand_in` is what the tool shows in place of a long text.
    Wrapping changes blanks, and terminals drop what has no width, so neither is compared.
    """
    if not composer:
        return False
    if _shows(prompt, composer, stand_in):
        return True
    # Of pictures joined to one terminals drop what they like, so that two become one.
    if _JOINER in prompt and _shows(_blurred(prompt), _blurred(composer), stand_in):
        return True
    # Frames are the tool's own: some draw none of those that a text holds.
    unframed = _FRAMES.sub("", prompt)
    framed = unframed != prompt and bool(unframed.strip())
    return framed and _shows(unframed, composer, stand_in)


def _shows(prompt: str, composer: str, stand_in: re.Pattern[str] | None) -> bool:
    wanted, seen = _solid(prompt), _solid(composer)
    if seen == wanted:
        return True
    # A composer of a few rows shows a part of a long text only.
    if len(seen) >= min(_ENOUGH, len(wanted)) and seen in wanted:
        return True
    # Some composers are read no further than to an empty row, or have scrolled behind the last one.
    blocks = _EMPTY_ROW.split(prompt)
    if seen and seen in (_solid(blocks[0]), _solid(blocks[-1])):
        return True
    # What looks like a stand-in may be the prompt's own words, so that this comes last.
    if stand_in is None or not stand_in.search(composer):
        return False
    return _solid(stand_in.sub("", composer)) in wanted


def fills(prompt: str, composer: str | None, screen: str) -> bool:
    """True when the prompt's end is on a screen whose composer cannot be made out.

    It fills the pane, or holds rows that look like the composer's own frame. What is taken for
    the composer, if anything, is a part of the prompt then.
    """
    wanted = _solid(prompt)
    return _solid(composer or "") in wanted and wanted[-_TAIL:] in _solid(screen)


def holds_more(prompt: str, composer: str | None) -> bool:
    """True when the composer holds our prompt and something beside it."""
    wanted, seen = _solid(prompt), _solid(composer or "")
    return wanted in seen and wanted != seen


def count_shown(sentence: str, screen: str) -> int:
    """How often a sentence stands on a screen, wrapped or not."""
    return _solid(screen).count(_solid(sentence))


class _Shown(dict[int, int | None]):
    """Code points as a terminal shows them; None for what takes no place of its own."""

    def __missing__(self, point: int) -> int | None:
        blank = unicodedata.category(chr(point))[0] in "ZCM" or point in _NO_SIGN
        self[point] = None if blank else point
        return self[point]


_SKIN_TONES = range(0x1F3FB, 0x1F400)
#: Letters that fill a place and show nothing, and what colours the sign before it.
_NO_SIGN = frozenset({0x115F, 0x1160, *_SKIN_TONES})
_SHOWN = _Shown()
#: A picture joined to another: terminals keep the first few, or the first alone.
_JOINED = re.compile("\u200d[\u2190-\u2bff\U0001f000-\U0001ffff]")
_JOINER = "\u200d"
#: Pictures in a row, wrapped or not.
_PICTURE = "\u2190-\u2bff\U0001f000-\U0001ffff"
_PICTURES = re.compile(rf"[{_PICTURE}][\u200d\ufe0f\s{_PICTURE}]*")


def _blurred(text: str) -> str:
    """The text with one sign in place of pictures that stand in a row."""
    return _PICTURES.sub("\ufffc", text)


def _solid(text: str) -> str:
    """The text without what wrapping, tools and terminals change: blanks, marks, joiners."""
    alone = _JOINED.sub("", text.translate(_TONELESS))
    return unicodedata.normalize("NFKD", alone).translate(_SHOWN)


_TONELESS = dict.fromkeys((*_SKIN_TONES, 0xFE0E, 0xFE0F))
