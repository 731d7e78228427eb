"""What a tool's composer does to a text that is typed or pasted into it. Pure.

What is known of a single tool was found out by typing into the real one.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

#: Marks of writing direction, which several composers drop; for a character class.
BIDI_MARKS = "\u202a-\u202e\u2066-\u2069"


@dataclass(frozen=True, slots=True)
class ComposerRules:
    """By default a composer takes every text as it is."""

    #: Characters that it would change or drop.
    changes: re.Pattern[str] | None = None
    #: It turns letters with separate accents into single letters.
    joins_accents: bool = False
    #: Enter after a backslash begins a new line.
    continues_lines: bool = False

    def objections(self, prompt: str) -> Iterator[str]:
        """Why the prompt would reach the tool as another text, and what to do about it."""
        found = self.changes.search(prompt) if self.changes else None
        if found is not None:
            yield (
                f"its composer changes U+{ord(found.group()):04X}, which stands at position "
                f"{found.start()}; replace it, or put the text into a file"
            )
        if self.joins_accents and not unicodedata.is_normalized("NFC", prompt):
            yield "its composer joins letters and accents; normalise the text to NFC first"
        if self.continues_lines and prompt.rstrip().endswith("\\"):
            yield "Enter after a backslash begins a new line there; end the text in another way"
