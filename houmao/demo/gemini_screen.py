"""What Gemini CLI 0.61 paints: main screen, composer on a grey ground below a rule.

Glyphs, places and colours follow recorded screens; the head says that this is a stub.
"""

from functools import lru_cache

from houmao.demo.rows import (
    BLANK,
    BOLD,
    DIM,
    INVERSE,
    ITALIC,
    Cursor,
    PaintedScreen,
    Row,
    Span,
    bg,
    cells,
    fg,
    filled,
    folded,
    row,
    row_cells,
    spread,
    window,
    wrapped,
)
from houmao.demo.view import Asking, Block, BlockKind, View, Working

PLACEHOLDER = " Type your message or @path/to/file"
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
WHITE, GREY, FRAME, VIOLET, YELLOW, RED = fg(231), fg(248), fg(244), fg(183), fg(229), fg(217)
_GROUND = bg(240)


def paint(view: View, scrolled: int = 0) -> PaintedScreen:
    """The screen; `scrolled` is how many document rows an earlier screen had lost at its top."""
    document = [*_head(view), *_transcript(view)]
    if isinstance(view.doing, Asking):
        rows, top = window([*document, *_dialog(view, view.doing)], view.size, scrolled)
        return PaintedScreen(rows, Cursor(0, view.size.rows - 1, False), _title(view), scrolled=top)
    document += [
        _hint(view),
        BLANK,
        _status(view),
        row(Span("─" * view.size.columns, fg(244, DIM))),
    ]
    document.append(row(" ", Span("Shift+Tab to accept edits", GREY)))
    editor, cursor_row, cursor_x = _editor(view)
    y = len(document) + 1 + cursor_row
    ground = filled(BLANK, view.size.columns, _GROUND)
    document += [ground, *editor, ground, *_table(view)]
    rows, top = window(document, view.size, scrolled)
    cursor = Cursor(cursor_x, min(max(0, y - top), view.size.rows - 1), False)
    return PaintedScreen(rows, cursor, _title(view), scrolled=top)


def _title(view: View) -> str:
    folder = view.folder.rsplit("/", 1)[-1]
    match view.doing:
        case Working():
            words = f"✦  Working… ({folder})"
        case Asking():
            words = f"✋  Action Required ({folder})"
        case None:
            words = f"◇  Ready ({folder})"
    return words.ljust(80)


def _head(view: View) -> list[Row]:
    return [
        row("  ", Span("▗", fg(110)), Span("▟", fg(140)), Span("▀", fg(139)), "    ",
            Span("Gemini CLI 0.61.0", WHITE)),
        row(" ", Span("▝", fg(74)), Span("▀", fg(110)), "      ",
            Span("a Houmao demo stub that paints like the real tool", GREY)),
        BLANK,
        BLANK,
        row(Span("Tips for getting started:", WHITE)),
        row(Span("1. Ask anything: the answer is made up", WHITE)),
        row(Span("2. Type ask, error or turn 5 to see those", WHITE)),
        BLANK,
    ]  # fmt: skip


def _transcript(view: View) -> list[Row]:
    out: list[Row] = []
    for block in view.blocks:
        out += _block(block, view.size.columns)
    if isinstance(view.doing, Working) and view.doing.words:
        out += [*_answer(" ".join(view.doing.words), view.size.columns), BLANK]
    return out


@lru_cache(maxsize=4096)
def _block(block: Block, columns: int) -> list[Row]:
    width = columns - 2
    match block.kind:
        case BlockKind.PROMPT:
            ground = filled(BLANK, columns, _GROUND)
            return [ground, *_past_prompt(block.text, columns), ground]
        case BlockKind.ANSWER:
            return [*_answer(block.text, columns), BLANK]
        case BlockKind.TOOL_RAN:
            return _tool_box(Span("✓", fg(194)), block.text, columns)
        case BlockKind.TOOL_REFUSED:
            return _tool_box(Span("-", fg(147, BOLD)), block.text, columns)
        case BlockKind.INTERRUPTED:
            return [row(Span("ℹ Request cancelled.", YELLOW)), BLANK]
        case BlockKind.ERROR:
            told = wrapped(f"✕ [API Error: {block.text}]", width)
            more = wrapped("ℹ This request failed. Press F12 for diagnostics.", width)
            return [
                *[row(Span(x, RED)) for x in told],
                BLANK,
                BLANK,
                *[row(Span(x, YELLOW)) for x in more],
            ]
        case BlockKind.FINISHED:
            # Gemini writes no row for a finished turn.
            return []


def _past_prompt(text: str, columns: int) -> list[Row]:
    lines = folded(text, columns - 4)
    heads = [" > ", *["   "] * (len(lines) - 1)]
    return [
        filled(row(Span(head, VIOLET), Span(line, WHITE)), columns, _GROUND)
        for head, line in zip(heads, lines, strict=True)
    ]


def _answer(text: str, columns: int) -> list[Row]:
    lines = wrapped(text, columns - 4)
    first = row(Span("✦ ", VIOLET), Span(lines[0], WHITE))
    return [first, *[row("  ", Span(line, WHITE)) for line in lines[1:]]]


def _framed(line: Row, inside: int) -> Row:
    gap = Span(" " * max(0, inside - row_cells(line)))
    return row(Span("│", FRAME), *line, gap, Span("│", FRAME))


def _tool_box(mark: Span, command: str, columns: int) -> list[Row]:
    inside = columns - 6
    body = row(" ", mark, "  ", Span("Shell", fg(231, BOLD)), " ", Span(command, GREY))
    return [
        row(Span("╭" + "─" * inside + "╮", FRAME)),
        _framed(body, inside),
        row(Span("╰" + "─" * inside + "╯", FRAME)),
        BLANK,
    ]


def _hint(view: View) -> Row:
    if view.exit_hint:
        return row(" ", Span("Press Ctrl+C again to exit.", YELLOW))
    if view.queued:
        return row(" ", Span(f"Queued (press ↑ to edit): {view.queued[0]}", GREY))
    return BLANK


def _status(view: View) -> Row:
    right = BLANK if view.draft else row(Span("? for shortcuts", GREY), " ")
    if not isinstance(view.doing, Working):
        return spread(BLANK, right, view.size.columns)
    glyph = SPINNER[view.doing.frame % len(SPINNER)]
    told = f"(esc to cancel, {int(view.doing.seconds)}s)"
    left = row(
        " ", Span(glyph, BLUE), " ", Span("Thinking...", fg(231, ITALIC)), " ", Span(told, GREY)
    )
    return spread(left, right, view.size.columns)


BLUE = fg(147)


def _editor(view: View) -> tuple[list[Row], int, int]:
    mark = Span(" > ", VIOLET)
    if not view.draft:
        line = row(mark, Span(" ", INVERSE), Span(PLACEHOLDER, GREY))
        return [filled(line, view.size.columns, _GROUND)], 0, 3
    width = view.size.columns - 5
    lines = folded(view.draft, width)
    before = folded(view.draft[: view.cursor], width)
    y, x = len(before) - 1, len(before[-1])
    rows = [
        filled(_editor_row(mark if at == 0 else Span("   "), line, x if at == y else None),
               view.size.columns, _GROUND)
        for at, line in enumerate(lines)
    ]  # fmt: skip
    return rows, y, 3 + cells(before[-1])


def _editor_row(head: Span, line: str, cursor: int | None) -> Row:
    if cursor is None:
        return row(head, Span(line, WHITE))
    under = Span(line[cursor : cursor + 1] or " ", INVERSE)
    return row(head, Span(line[:cursor], WHITE), under, Span(line[cursor + 1 :], WHITE))


def _table(view: View) -> list[Row]:
    head, body = (
        ("workspace (/directory)", "sandbox", "/model"),
        (view.folder, "no sandbox", "gemini-2.5-flash"),
    )
    return [_columns(head, (GREY, GREY, GREY)), _columns(body, (WHITE, RED, WHITE))]


def _columns(texts: tuple[str, str, str], styles: tuple[str, str, str]) -> Row:
    padded = (texts[0].ljust(37), texts[1].ljust(25), texts[2])
    return row(" ", *(Span(text, style) for text, style in zip(padded, styles, strict=True)))


def _dialog(view: View, asking: Asking) -> list[Row]:
    inside = view.size.columns - 2
    choices = ("Allow once", "Allow for this session", "No, suggest changes (esc)")
    body = [
        row(" ", Span("? Shell  ", fg(229, BOLD)), Span(asking.command, WHITE)),
        row(" ", Span("╭" + "─" * (inside - 4) + "╮", FRAME)),
        row(" ", *_framed(row(" ", Span(asking.command, WHITE)), inside - 4)),
        row(" ", Span("╰" + "─" * (inside - 4) + "╯", FRAME)),
        row(" Allow execution of ", Span("[Shell]", fg(229, BOLD)), "?"),
        BLANK,
        *[_choice(at, text, at == asking.choice) for at, text in enumerate(choices)],
    ]
    return [
        row(Span("╭" + "─" * inside + "╮", FRAME)),
        *[_framed(line, inside) for line in body],
        row(Span("╰" + "─" * inside + "╯", FRAME)),
    ]


def _choice(at: int, text: str, chosen: bool) -> Row:
    style = f"{fg(194)};{bg(28)}" if chosen else WHITE
    return row(" ", Span("●" if chosen else " ", style), " ", Span(f"{at + 1}. {text}", style))
