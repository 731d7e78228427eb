"""Codex's error, warning and interruption cells: which one speaks for the latest turn.

A cell counts when it stands at the end of the turn, right above the composer: an error that the
conversation went on after is history.
"""

import re
from dataclasses import dataclass

from houmao.detect.reading import End
from houmao.detect.screen import Row
from houmao.detect.signals import Evidence

_ERROR, _WARNING = "■ ", "⚠ "
_BREAKS = ("›", "•", "◦", "⚠", "╭", "│", "╰", "✔", "✗")
_MAX_CONTINUATION = 8
_INTERRUPTED = re.compile(r"■ Conversation interrupted\b")
_COMPACT = re.compile(
    r"\bremote compact\b|\bcompact task\b"
    r"|\b(?:compact|compaction)\b.*\b(?:fail|error|disconnect|server|stream)"
    r"|\b(?:server|stream|remote)\b.*\bcompact\b",
    re.IGNORECASE,
)
#: A command to the tool itself that it does not take now: no turn has ended with that.
_REFUSED_COMMAND = re.compile(
    r"■ (?:'/|Sign in with ChatGPT to use /|Editing previous prompts is )"
)
_FAILED = re.compile(
    r"\boverload(?:ed)?\b|\bhigh (?:load|demand)\b|\bat capacity\b|\bcontext window\b"
    r"|\bran out of room\b|\bquota exceed(?:ed)?\b|\binvalid prompt\b|\busage limit\b"
    r'|"error"|\bstatus:? \d{3}\b|\bretry limit\b|\bstream (?:error|disconnected)\b'
    r"|\berror sending request\b|\bnot logged in\b|\bunauthorized\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the cell above the composer says of the turn."""

    end: End
    evidence: tuple[Evidence, ...]
    notes: tuple[str, ...] = ()


def find_trouble(rows: tuple[Row, ...], start: int, stop: int) -> Trouble | None:
    """The cell that ends the turn between `start` and `stop`, if one does."""
    lines: list[str] = []
    for number in range(stop - 1, start - 1, -1):
        text = rows[number].plain
        if text.startswith((_ERROR, _WARNING)):
            lines.append(text)
            return _judge(number, stop, " ".join(" ".join(reversed(lines)).split()))
        if text.lstrip().startswith(_BREAKS) or text.lstrip().startswith(("Tip:", "model:")):
            return None
        if text:
            lines.append(text)
        if len(lines) > _MAX_CONTINUATION:
            return None
    return None


def _judge(number: int, stop: int, text: str) -> Trouble | None:
    if _REFUSED_COMMAND.match(text):
        return None
    evidence = (Evidence("error_cell", (number,), text[:120]),)
    if _INTERRUPTED.match(text):
        return Trouble(End.INTERRUPTED, evidence, ("interrupted_signal_detected",))
    if _COMPACT.search(text):
        return Trouble(End.ERROR, evidence, ("chat_context=degraded",))
    if _FAILED.search(text):
        return Trouble(End.FAILED, evidence, ("known_failure_signal_detected",))
    if text.startswith(_WARNING):
        return None
    return Trouble(End.ERROR, evidence, ("current_error_present",))
