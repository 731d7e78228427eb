"""One line of JSON that a program printed, read without ever raising.

What comes out can be written again as strict UTF-8 JSON: no lone surrogates, no infinities.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

Record = Mapping[str, Any]


def parsed(line: str) -> dict[str, Any] | None:
    """The JSON object of the line; None when it is anything else."""
    try:
        found = json.loads(encodable(line), parse_float=_finite, parse_constant=lambda _: None)
        if "\\ud" in line.lower():
            found = json.loads(encodable(json.dumps(found, ensure_ascii=False)))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def text_of(record: Record, field: str) -> str | None:
    """The field's text as it is; None when it is no text or blank."""
    value = record.get(field)
    return value if isinstance(value, str) and value.strip() else None


def part_of(record: Record, field: str) -> Record:
    """The field's object, an empty one when it is none."""
    value = record.get(field)
    return value if isinstance(value, Mapping) else {}


def parts_of(record: Record, field: str) -> tuple[Record, ...]:
    """The objects in the field's list."""
    value = record.get(field)
    return tuple(p for p in value if isinstance(p, Mapping)) if isinstance(value, list) else ()


def encodable(text: str) -> str:
    """The text with a question mark for each character that UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None
