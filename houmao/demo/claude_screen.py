"""What Claude Code 2.1 paints: main screen, composer between two rules, spinner row.

Glyphs, places and colours follow recorded screens; the banner says that this is a stub.
"""

from functools import lru_cache

from houmao.demo.rows import (
    BLANK,
    BOLD,
    DIM,
    INVERSE,
    Cursor,
    PaintedScreen,
    Row,
    Span,
    bg,
    cells,
    fg,
    folded,
    row,
    spread,
    window,
    wrapped,
)
from houmao.demo.view import TASK, Asking, Block, BlockKind, View, Working

GREY, RULE, ORANGE, BLUE = fg(246), fg(244), fg(174), fg(153)
SPINNER = "·✢*✶✻✽"
VERBS = (("Sautéing", "Sautéed"), ("Brewing", "Brewed"), ("Churning", "Churned"))
_PAST_PROMPT = f"{fg(231)};{bg(237)}"
_NBSP = "\u00a0"


def paint(view: View, scrolled: int = 0) -> PaintedScreen:
    """The screen; `scrolled` is how many document rows an earlier screen had lost at its top."""
    document = [*_banner(view), BLANK, BLANK, *_transcript(view)]
    if isinstance(view.doing, Asking):
        rows, top = window([*document, *_dialog(view, view.doing)], view.size, scrolled)
        return PaintedScreen(
            rows, Cursor(1, _last_text(rows) - 4, False), _title(view), scrolled=top
        )
    document += _queued(view)
    editor, cursor_row, cursor_x = _editor(view)
    y = len(document) + 1 + cursor_row
    document += [_rule(view), *editor, _rule(view), _footer(view)]
    rows, top = window(document, view.size, scrolled)
    # A short pane cannot show the whole editor; the cursor then stays at the nearest edge.
    cursor = Cursor(cursor_x, min(max(0, y - top), view.size.rows - 1), False)
    return PaintedScreen(rows, cursor, _title(view), scrolled=top)


def _title(view: View) -> str:
    if isinstance(view.doing, Working):
        return f"{'⠂⠐'[int(view.doing.seconds) % 2]} {TASK}"
    return f"✳ {TASK if view.blocks else 'Claude Code'}"


def _banner(view: View) -> list[Row]:
    inside = view.size.columns - 2
    head = "╭─── Claude Code v2.1.197 "
    title = row(
        Span("╭─── Claude Code ", ORANGE), Span("v2.1.197 ", GREY), Span(_bar(view, head), ORANGE)
    )
    lines = ("  Houmao demo: a stub that paints like the real tool", f"  {view.folder}")
    body = [
        row(Span("│", ORANGE), Span(text[:inside].ljust(inside), GREY), Span("│", ORANGE))
        for text in lines
    ]
    return [title, *body, row(Span("╰" + "─" * inside + "╯", ORANGE))]


def _bar(view: View, head: str) -> str:
    return "─" * max(0, view.size.columns - cells(head) - 1) + "╮"


def _rule(view: View) -> Row:
    return row(Span("─" * view.size.columns, RULE))


def _transcript(view: View) -> list[Row]:
    out: list[Row] = []
    for block in view.blocks:
        if block.kind is BlockKind.INTERRUPTED and out:
            # The interruption hangs below what it cut short, without a gap.
            out.pop()
        out += [*_block(block, view.size.columns), BLANK]
    if isinstance(view.doing, Working):
        out += _running(view, view.doing)
    return out


@lru_cache(maxsize=4096)
def _block(block: Block, columns: int) -> list[Row]:
    match block.kind:
        case BlockKind.PROMPT:
            return _past_prompt(block.text, columns)
        case BlockKind.ANSWER:
            return _answer(wrapped(block.text, columns - 3))
        case BlockKind.TOOL_RAN:
            return [_tool(block.text, 114), row(Span(f"  ⎿ {_NBSP}Done", GREY))]
        case BlockKind.TOOL_REFUSED:
            return [_tool(block.text, 211)]
        case BlockKind.INTERRUPTED:
            return [row(Span(f"  ⎿ {_NBSP}Interrupted · What should Claude do instead?", GREY))]
        case BlockKind.ERROR:
            return [row(Span("● ", fg(220)), Span(f"API Error: {block.text}", fg(220)))]
        case BlockKind.FINISHED:
            verb = VERBS[int(block.text) % len(VERBS)][1]
            return [row(Span("✻", GREY), " ", Span(f"{verb} for {block.text}s", GREY))]


def _past_prompt(text: str, columns: int) -> list[Row]:
    lines = folded(text, columns - 2)
    heads = ["❯ ", *["  "] * (len(lines) - 1)]
    return [
        row(Span(head, f"{fg(239)};{bg(237)}"), Span(line, _PAST_PROMPT))
        for head, line in zip(heads, lines, strict=True)
    ]


def _answer(lines: list[str]) -> list[Row]:
    first = [row(Span("●", fg(231)), f" {lines[0]}" if lines[0] else "")]
    return [*first, *[row(f"  {line}") for line in lines[1:]]]


def _tool(command: str, colour: int) -> Row:
    return row(Span("●", fg(colour)), " ", Span("Bash", BOLD), f"({command})")


def _running(view: View, working: Working) -> list[Row]:
    out: list[Row] = []
    if working.words:
        # Claude shows a row of the answer once it is full, and a lone bullet until then.
        full = wrapped(" ".join(working.words), view.size.columns - 3)[:-1] or [""]
        out += [*_answer(full), BLANK]
    glyph = SPINNER[working.frame % len(SPINNER)]
    verb = VERBS[working.turn_number % len(VERBS)][0]
    told = f"({int(working.seconds)}s · ↓ {7 * len(working.words)} tokens)"
    status = Span(told, GREY) if working.seconds >= 1 else Span("")
    return [*out, row(Span(glyph, ORANGE), " ", Span(f"{verb}… ", ORANGE), status), BLANK]


def _queued(view: View) -> list[Row]:
    return [row(Span(f"  ❯ {text}", GREY)) for text in view.queued]


def _editor(view: View) -> tuple[list[Row], int, int]:
    mark = Span(f"❯{_NBSP}", GREY if isinstance(view.doing, Working) else "")
    if not view.draft:
        hint = "Press up to edit queued messages" if view.queued else ""
        return [row(mark, Span(hint[:1] or " ", INVERSE), Span(hint[1:], DIM))], 0, 2
    width = view.size.columns - 3
    lines = folded(view.draft, width)
    before = folded(view.draft[: view.cursor], width)
    y, x = len(before) - 1, cells(before[-1])
    return (
        [_editor_row(mark, lines, at, (y, len(before[-1]))) for at in range(len(lines))],
        y,
        2 + x,
    )


def _editor_row(mark: Span, lines: list[str], at: int, cursor: tuple[int, int]) -> Row:
    head = mark if at == 0 else Span("  ")
    line, (y, x) = lines[at], cursor
    if at != y:
        return row(head, line)
    return row(head, line[:x], Span(line[x : x + 1] or " ", INVERSE), line[x + 1 :])


def _footer(view: View) -> Row:
    right = row(Span("● high · /effort", GREY), " ")
    return spread(row("  ", Span(_footer_text(view), GREY)), right, view.size.columns)


def _footer_text(view: View) -> str:
    if view.exit_hint:
        return "Press Ctrl-C again to exit"
    if view.draft:
        return ""
    lead = "esc to interrupt" if isinstance(view.doing, Working) else "? for shortcuts"
    return f"{lead} · ← for agents"


def _dialog(view: View, asking: Asking) -> list[Row]:
    choices = ("Yes", "Yes, and always allow access to this project", "No")
    return [
        _tool(asking.command, 246),
        row(Span(f"  ⎿ {_NBSP}Waiting…", GREY)),
        BLANK,
        row(Span("─" * view.size.columns, BLUE)),
        row(" ", Span("Bash command", fg(153, BOLD))),
        BLANK,
        row(f"   {asking.command}"),
        row("   ", Span("Run a command for the demo", GREY)),
        BLANK,
        row(" Do you want to proceed?"),
        *[_choice(at, text, at == asking.choice) for at, text in enumerate(choices)],
        BLANK,
        row(" ", Span("Esc to cancel · Tab to amend · ctrl+e to explain", GREY)),
    ]


def _choice(at: int, text: str, chosen: bool) -> Row:
    lead = Span("❯", BLUE) if chosen else Span(" ")
    return row(" ", lead, " ", Span(f"{at + 1}.", GREY), " ", Span(text, BLUE if chosen else ""))


def _last_text(rows: tuple[Row, ...]) -> int:
    return max((y for y, line in enumerate(rows) if line), default=0)
