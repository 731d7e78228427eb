"""Does a tool's composer show the text we put there? Pure comparison of texts."""

import re

_BLANK = re.compile(r"\s+")
# Long pastes are folded by the tools into a short stand-in for the text.
_FOLDED = re.compile(r"\[Pasted (?:text|Content)[^\]]*\]", re.IGNORECASE)
#: Characters of either end of a long text that must be seen.
_ENOUGH = 12


def shows(prompt: str, composer: str | None) -> bool:
    """True when what stands in the composer is our prompt, whole, folded or scrolled.

    Wrapping and indentation change blanks, so texts are compared without them.
    """
    if not composer:
        return False
    wanted, seen = _solid(prompt), _solid(_FOLDED.sub("", composer))
    if _FOLDED.search(composer):
        return seen in wanted
    if seen == wanted:
        return True
    # A composer of a few rows shows a part of a long text only.
    return len(seen) >= min(_ENOUGH, len(wanted)) and seen in wanted


def _solid(text: str) -> str:
    return _BLANK.sub("", text)
