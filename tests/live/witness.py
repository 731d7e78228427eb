"""What really arrived: prompts counted in the conversations that the scripted API was shown.

A CLI sends its whole conversation along with each question, so a prompt that was typed twice
stands in it twice, and a retried question adds nothing.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: What Copilot CLI puts around its user's words: when they were said, and which files they name.
_AROUND = re.compile(
    r"\A<current_datetime>[^<]*</current_datetime>\n\n"
    r"|\n{4}<tagged_files>\n(?:\* .*\n)+</tagged_files>\Z"
)


class Witness:
    """Reads the API's log, bodies included, as it grows."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = 0
        self._questions = 0
        #: Most times that one body of the present conversation held a text.
        self._present: Counter[str] = Counter()
        self._past: Counter[str] = Counter()

    def next_conversation(self) -> None:
        """The CLI was started anew and remembers nothing."""
        self._take_in()
        self._past.update(self._present)
        self._present = Counter()

    def questions(self) -> int:
        """How often the API was asked to go on with a conversation."""
        self._take_in()
        return self._questions

    def arrivals(self, text: str) -> int:
        """How often a user said exactly this, byte for byte, blanks at the ends apart."""
        self._take_in()
        return self._past[text.strip()] + self._present[text.strip()]

    def completed(self, text: str) -> int:
        """As `arrivals`, where the tool itself may have completed the names behind `@`."""
        parts = re.split(r"(@\S*)", text.strip())
        wanted = "".join(re.escape(it) + (r"\S*" if it.startswith("@") else "") for it in parts)
        self._take_in()
        told = self._past + self._present
        return sum(count for said, count in told.items() if re.fullmatch(wanted, said))

    def alike(self, mark: str) -> list[str]:
        """Everything a user said that holds this mark, for a person who looks for a reason."""
        self._take_in()
        return [text for text in self._past | self._present if mark in text]

    def _take_in(self) -> None:
        if not self._log.exists():
            return
        with self._log.open("rb") as log:
            log.seek(self._read)
            for line in log:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                entry = json.loads(line)
                if entry["event"] == "begin" and not entry.get("side"):
                    self._questions += 1
                    self._present |= Counter(said(entry.get("body")))


def said(body: object) -> Iterator[str]:
    """Every text of a user in a conversation."""
    if isinstance(body, dict):
        if body.get("role") == "user":
            yield from (_AROUND.sub("", text.strip()) for text in _texts(body))
        else:
            yield from (text for value in body.values() for text in said(value))
    elif isinstance(body, list):
        yield from (text for value in body for text in said(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
