"""What arrives from a terminal in raw mode, as keys.

Pure: bytes in, keys out. A lone escape byte at the end of a read counts as the Escape key.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_PASTE_BEGIN, _PASTE_END = b"\x1b[200~", b"\x1b[201~"
_CSI = re.compile(rb"\x1b(\[[0-?]*[ -/]*[@-~]|O.)")


class KeyKind(StrEnum):
    """Which key; TEXT and PASTE carry characters."""

    TEXT = "text"
    PASTE = "paste"
    ENTER = "enter"
    NEWLINE = "newline"
    ESCAPE = "escape"
    CTRL_C = "ctrl-c"
    CLEAR = "clear"
    BACKSPACE = "backspace"
    UP = "up"
    DOWN = "down"
    LEFT = "left"
    RIGHT = "right"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class TypedKey:
    """One key press or one paste."""

    kind: KeyKind
    text: str = ""


_CONTROLS = {
    b"\r": KeyKind.ENTER,
    b"\n": KeyKind.NEWLINE,
    b"\x03": KeyKind.CTRL_C,
    b"\x15": KeyKind.CLEAR,
    b"\x7f": KeyKind.BACKSPACE,
    b"\x08": KeyKind.BACKSPACE,
}
_ARROWS = {b"A": KeyKind.UP, b"B": KeyKind.DOWN, b"C": KeyKind.RIGHT, b"D": KeyKind.LEFT}


def decode(data: bytes) -> tuple[list[TypedKey], bytes]:
    """Keys of what was read, and the bytes to put before the next read."""
    keys: list[TypedKey] = []
    while data:
        key, rest = _next(data)
        if key is None:
            break
        keys.append(key)
        data = rest
    return keys, data


def _next(data: bytes) -> tuple[TypedKey | None, bytes]:
    if data.startswith(_PASTE_BEGIN):
        return _paste(data)
    if data[:1] == b"\x1b":
        return _escape(data)
    if data[:1] < b" " or data[:1] == b"\x7f":
        return TypedKey(_CONTROLS.get(data[:1], KeyKind.OTHER)), data[1:]
    return _text(data)


def _paste(data: bytes) -> tuple[TypedKey | None, bytes]:
    end = data.find(_PASTE_END)
    if end < 0:
        return None, data
    text = data[len(_PASTE_BEGIN) : end].decode(errors="replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return TypedKey(KeyKind.PASTE, lines), data[end + len(_PASTE_END) :]


def _escape(data: bytes) -> tuple[TypedKey | None, bytes]:
    sequence = _CSI.match(data)
    if sequence:
        last = sequence.group()[-1:]
        return TypedKey(_ARROWS.get(last, KeyKind.OTHER)), data[sequence.end() :]
    if data[1:2] in (b"[", b"O"):
        return None, data
    return TypedKey(KeyKind.ESCAPE), data[1:]


def _text(data: bytes) -> tuple[TypedKey | None, bytes]:
    end = next((at for at, byte in enumerate(data) if byte < 32 or byte == 127), len(data))
    whole, cut = data[:end], b""
    if end == len(data):
        whole, cut = _whole_characters(data)
        if not whole:
            return None, cut
    return TypedKey(KeyKind.TEXT, whole.decode(errors="replace")), cut + data[end:]


def _whole_characters(data: bytes) -> tuple[bytes, bytes]:
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return (data, b"") if needed <= back else (data[:-back], data[-back:])
        if byte < 0x80:
            break
    return data, b""
