"""A terminal for tests: understands just the sequences that the stub agents write.

Fails loudly on any other sequence, so that a test cannot pass by ignoring something.
"""

import re

_PIECE = re.compile(
    r"\x1b\[(?P<row>\d+);(?P<column>\d+)H|(?P<home>\x1b\[H)|(?P<clear>\x1b\[2J)|(?P<erase>\x1b\[K)"
    r"|\x1b\]0;(?P<title>[^\x07]*)\x07"
    r"|\x1b\[[\d;]*m|\x1b\[\?(?P<mode>\d+)(?P<set>[hl])|(?P<down>\n)|(?P<char>[^\x1b\r\n])"
)


class Terminal:
    """Text cells, scrollback and cursor of a pane; styles are dropped."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.lines = [[" "] * columns for _ in range(rows)]
        self.scrollback: list[str] = []
        self.x = self.y = 0
        self.modes: dict[int, bool] = {}
        self.title = ""

    def feed(self, text: str) -> None:
        """Take terminal text."""
        at = 0
        while at < len(text):
            piece = _PIECE.match(text, at)
            assert piece, f"unknown sequence {text[at : at + 12]!r}"
            self._apply(piece)
            at = piece.end()

    @property
    def text(self) -> list[str]:
        """The rows without trailing blanks."""
        return ["".join(line).rstrip(" ") for line in self.lines]

    def _apply(self, piece: re.Match[str]) -> None:
        if piece["title"] is not None:
            self.title = piece["title"]
        elif piece["mode"]:
            self.modes[int(piece["mode"])] = piece["set"] == "h"
        elif piece["row"]:
            self.y, self.x = int(piece["row"]) - 1, int(piece["column"]) - 1
        elif piece["home"]:
            self.x = self.y = 0
        elif piece["down"]:
            self._line_feed()
        else:
            self._change_cells(piece)

    def _change_cells(self, piece: re.Match[str]) -> None:
        if piece["clear"]:
            self.lines = [[" "] * self.columns for _ in self.lines]
        elif piece["erase"]:
            # As real terminals do: after a full row the cursor stands on its last cell.
            x = min(self.x, self.columns - 1)
            self.lines[self.y][x:] = [" "] * (self.columns - x)
        elif piece["char"]:
            assert self.x < self.columns, "wrote past the right edge"
            self.lines[self.y][self.x] = piece["char"]
            self.x += 1

    def _line_feed(self) -> None:
        if self.y < len(self.lines) - 1:
            self.y += 1
            return
        self.scrollback.append("".join(self.lines.pop(0)).rstrip(" "))
        self.lines.append([" "] * self.columns)
