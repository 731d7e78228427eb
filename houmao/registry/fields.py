"""Strict reading of JSON objects that other programs wrote.

Every key is taken once and by type; nothing is coerced, and what is left over is an error.
Knows nothing of any particular document: it only says which field is wrong and why.
"""

import json
from collections.abc import Collection, Mapping
from typing import Never

from houmao.clock import parse_iso
from houmao.errors import RecordError

#: Times that every later conversion can carry: from 1970 to the end of 9998, in epoch seconds.
_FIRST_MOMENT, _LAST_MOMENT = 0.0, 253_370_764_799.0


class Fields:
    """One JSON object being read; `where` is its dotted place in the document."""

    def __init__(self, value: object, where: str = "") -> None:
        self._where = where
        if not isinstance(value, Mapping):
            raise RecordError(f"{where or 'record'}: must be a JSON object")
        self._left = dict(value)

    @classmethod
    def of_text(cls, text: str | bytes) -> "Fields":
        """The document's top object; RecordError when the text is no JSON object."""
        try:
            return cls(json.loads(text))
        except (ValueError, RecursionError):
            # The parser's own words quote the text, which may hold anything.
            raise RecordError("record: is not valid JSON") from None

    def fail(self, key: str, expectation: str) -> Never:
        """Raise RecordError about one key of this object."""
        raise RecordError(f"{self._where}{'.' if self._where else ''}{key}: {expectation}")

    def take(self, key: str) -> object:
        """The raw value, None when absent; the caller judges it."""
        return self._left.pop(key, None)

    def optional_text(self, key: str) -> str | None:
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.fail(key, "must be text that is not blank")
        if "\0" in value or not _is_encodable(value):
            self.fail(key, "must be text without NUL and lone surrogates")
        return value

    def text(self, key: str) -> str:
        return self.optional_text(key) or self.fail(key, "is required and must not be null")

    def one_of(self, key: str, choices: Collection[str]) -> str:
        value = self.text(key)
        if value not in choices:
            self.fail(key, f"must be one of {', '.join(sorted(choices))}")
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        value = self.take(key)
        # JSON true would pass as 1.
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fail(key, f"must be a whole number from {low} to {high}")
        return value

    def boolean(self, key: str) -> bool:
        value = self.take(key)
        if not isinstance(value, bool):
            self.fail(key, "must be true or false")
        return value

    def optional_moment(self, key: str) -> float | None:
        """Epoch seconds of an ISO-8601 time with offset."""
        text = self.optional_text(key)
        if text is None:
            return None
        try:
            seconds = parse_iso(text)
        except (ValueError, OverflowError):
            self.fail(key, "must be an ISO-8601 time with an offset such as +00:00")
        if not _FIRST_MOMENT <= seconds <= _LAST_MOMENT:
            self.fail(key, "must be a time between the years 1970 and 9998")
        return seconds

    def moment(self, key: str) -> float:
        seconds = self.optional_moment(key)
        return self.fail(key, "is required and must not be null") if seconds is None else seconds

    def child(self, key: str) -> "Fields":
        return self.optional_child(key) or self.fail(key, "is required and must not be null")

    def optional_child(self, key: str) -> "Fields | None":
        value = self.take(key)
        return (
            None if value is None else Fields(value, f"{self._where}{'.' * bool(self._where)}{key}")
        )

    def done(self) -> None:
        """Refuse every key that nobody took."""
        if self._left:
            self.fail(ascii(min(self._left)).strip("'")[:40], "is not a known key")


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
