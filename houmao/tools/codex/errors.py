"""Codex's error, warning and interruption cells: which one speaks for the latest turn.

A cell counts when it stands at the end of the turn, right above the composer: an error that the
conversation went on after is history.
"""

from dataclasses import dataclass

from houmao.detect.reading import End
from houmao.detect.screen import Row
from houmao.detect.signals import Evidence
from houmao.tools.codex.layout import CodexLayout
from houmao.tools.parts.signs import Signs

_ERROR, _WARNING = "■ ", "⚠ "
_BREAKS = ("›", "•", "◦", "⚠", "╭", "│", "╰", "✔", "✗")
_MAX_CONTINUATION = 8
#: What a cell's words mean, the first that it shows: how the turn ended, and the note of it.
_ENDS = (
    ("interrupted_cell", End.INTERRUPTED, "interrupted_signal_detected"),
    ("compact_trouble", End.ERROR, "chat_context=degraded"),
    ("failure_cell", End.FAILED, "known_failure_signal_detected"),
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the cell above the composer says of the turn."""

    end: End
    evidence: tuple[Evidence, ...]
    notes: tuple[str, ...] = ()


def find_trouble(rows: tuple[Row, ...], layout: CodexLayout) -> Trouble | None:
    """The cell that ends the latest turn, if one does."""
    lines: list[str] = []
    for number in range(layout.stop - 1, layout.start - 1, -1):
        text = rows[number].plain
        if text.startswith((_ERROR, _WARNING)):
            lines.append(text)
            return _judge(number, layout.signs, " ".join(" ".join(reversed(lines)).split()))
        if text.lstrip().startswith(_BREAKS) or text.lstrip().startswith(("Tip:", "model:")):
            return None
        if text:
            lines.append(text)
        if len(lines) > _MAX_CONTINUATION:
            return None
    return None


def _judge(number: int, signs: Signs, text: str) -> Trouble | None:
    if signs.find("refused_command", text):
        return None
    for name, end, note in _ENDS:
        if sign := signs.find(name, text):
            return Trouble(end, (_told(number, text, sign.origin),), (note,))
    if text.startswith(_WARNING):
        return None
    return Trouble(End.ERROR, (_told(number, text, ""),), ("current_error_present",))


def _told(number: int, text: str, origin: str) -> Evidence:
    return Evidence("error_cell", (number,), text[:120], origin)
