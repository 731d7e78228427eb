"""The little language of `send-keys`: literal text with `<[Key]>` tokens in it. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from houmao.errors import UsageError

#: Names of the keys that a token may hold, as tmux knows them.
KEYS = (
    "BSpace",
    "C-c",
    "C-d",
    "C-u",
    "C-z",
    "Down",
    "Enter",
    "Escape",
    "Left",
    "Right",
    "Tab",
    "Up",
)
# A token with a blank in it is somebody's text, such as `<[not a key]>`.
_TOKEN = re.compile(r"<\[([^\s\[\]<>]+)\]>")


@dataclass(frozen=True, slots=True)
class LiteralText:
    """Text that is typed as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class KeyPress:
    """One key press."""

    name: str


def parse_sequence(sequence: str, *, literally: bool = False) -> tuple[LiteralText | KeyPress, ...]:
    """What to type, in order; no Enter is added. Raises UsageError."""
    if not sequence:
        raise UsageError("--sequence must not be empty")
    return (LiteralText(sequence),) if literally else tuple(_parts(sequence))


def _parts(sequence: str) -> Iterator[LiteralText | KeyPress]:
    # Texts and the names of tokens take turns, a text first.
    for number, part in enumerate(_TOKEN.split(sequence)):
        if number % 2:
            yield KeyPress(_known(part))
        elif part:
            yield LiteralText(part)


def _known(name: str) -> str:
    if name not in KEYS:
        raise UsageError(f"--sequence has no key <[{name}]>; keys: {', '.join(KEYS)}")
    return name
