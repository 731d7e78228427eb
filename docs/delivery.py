"""Draws the tables of docs/delivery.md from what the code knows of each tool.

Run `python docs/delivery.py` after a change of a tool's texts; a test fails when the two differ.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from houmao.tools.catalog import TOOLS

PAGE = Path(__file__).parent / "delivery.md"

_PART = re.compile(r"(<!-- drawn: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def page(text: str) -> str:
    """The page with everything drawn anew between its marks."""
    return _PART.sub(lambda found: found[1] + _DRAWN[found[2]]() + found[3], text)


def refused() -> str:
    """What is refused, tool by tool."""
    head = ("tool", "example", "`reason`", "because", "what helps")
    return _table(head, _refused())


def _refused() -> Iterator[tuple[str, ...]]:
    for tool in TOOLS:
        for rule in tool.texts.rules:
            yield (tool.name, _code(rule.example), f"`{rule.reason}`", rule.what, rule.remedy)


def special() -> str:
    """What is typed in a way of its own, tool by tool."""
    rows = ((tool.name, _code(it.example), it.how) for tool in TOOLS for it in tool.texts.specials)
    return _table(("tool", "text", "how it is typed"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, ("---",) * len(head), *rows)
    return "\n" + "".join(f"| {' | '.join(cells)} |\n" for cells in lines) + "\n"


def _code(text: str) -> str:
    """The text as code; what cannot be seen is told by its number."""
    shown = "".join(it if " " <= it <= "~" else f"\\u{ord(it):04x}" for it in text)
    return f"`{shown.replace('|', chr(92) + '|')}`"


_DRAWN: Mapping[str, Callable[[], str]] = {"refused": refused, "special": special}


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
