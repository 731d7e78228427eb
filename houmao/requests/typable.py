"""Which texts a composer takes as they are, and why others are refused before anything is typed.

Pure. What is known of a single tool was found out by typing into the real one.
"""

import re
import unicodedata
from collections.abc import Iterator

from houmao.errors import UsageError

#: Longest prompt in bytes of UTF-8.
MAX_PROMPT_BYTES = 1_000_000

# Escape sequences would steer the terminal, a carriage return would submit half a prompt, and
# the end mark of a bracketed paste would turn the rest into keystrokes. Line ends and tabs are
# the only control characters a composer takes as text.
_UNTYPABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

_BIDI = "\u202a-\u202e\u2066-\u2069"
#: Tool to characters that its composer would change or drop.
_CHANGED = {
    "claude": re.compile(f"[\t{_BIDI}]"),
    "codex": re.compile("[\u2028\u2029]"),
    "gemini": re.compile(f"[\u200b\u200e\u200f\ufeff{_BIDI}]"),
}
#: Tools that turn letters with separate accents into single letters.
_COMPOSES = frozenset({"claude"})
#: Tools in which Enter after a backslash begins a new line.
_CONTINUES = frozenset({"claude", "gemini"})


def check_prompt(prompt: str) -> str:
    """The prompt as it will be typed, byte for byte. Raises UsageError when it cannot be."""
    if not prompt.strip():
        raise UsageError("prompt must not be blank")
    if len(prompt.encode(errors="replace")) > MAX_PROMPT_BYTES:
        raise UsageError(f"prompt is longer than {MAX_PROMPT_BYTES:,} bytes; put it into a file")
    found = _UNTYPABLE.search(prompt)
    if found:
        raise UsageError(
            f"prompt holds the control character U+{ord(found.group()):04X} at position "
            f"{found.start()}, which a terminal would not take as text; remove it"
        )
    return prompt


def check_prompt_for(tool: str, prompt: str) -> str:
    """The same for a tool; a prompt that would reach it as another text is refused, too."""
    check_prompt(prompt)
    for why in _changes(tool, prompt):
        raise UsageError(f"prompt would not reach {tool} as it is: {why}")
    return prompt


def _changes(tool: str, prompt: str) -> Iterator[str]:
    changed = _CHANGED.get(tool)
    found = changed.search(prompt) if changed else None
    if found is not None:
        yield (
            f"its composer changes U+{ord(found.group()):04X}, which stands at position "
            f"{found.start()}; replace it, or put the text into a file"
        )
    if tool in _COMPOSES and not unicodedata.is_normalized("NFC", prompt):
        yield "its composer joins letters and accents; normalise the text to NFC first"
    if tool in _CONTINUES and prompt.rstrip().endswith("\\"):
        yield "Enter after a backslash begins a new line there; end the text in another way"
