"""What Codex 0.169 paints: alternate screen, composer at the bottom, `Worked for` row.

Glyphs, places and colours follow recorded screens; the head says that this is a stub.
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
    filled,
    folded,
    row,
    spread,
    wrapped,
)
from houmao.demo.view import TASK, Asking, Block, BlockKind, View, Working

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
PLACEHOLDER = "Ask Codex to do anything"
_PROMPT_GROUND = bg(238)
_CODE = fg(111)


def paint(view: View, scrolled: int = 0) -> PaintedScreen:
    """The screen; the alternate screen keeps no scrollback, so `scrolled` has no meaning here."""
    document = [*_head(view), *_transcript(view)]
    if isinstance(view.doing, Asking):
        bottom, cursor = _dialog(view.doing), Cursor(0, view.size.rows - 1, False)
    else:
        bottom, cursor = _composer(view)
    space = max(0, view.size.rows - len(bottom))
    rows = (*_top(view, document, space), *bottom)[-view.size.rows :]
    return PaintedScreen(rows, cursor, _title(view), alternate=True)


def _title(view: View) -> str:
    folder = view.folder.rsplit("/", 1)[-1]
    named = f"{TASK} | {folder}" if view.blocks else folder
    if isinstance(view.doing, Asking):
        return f"[ . ] Action Required | {named}"
    if isinstance(view.doing, Working):
        return f"{_SPINNER[view.doing.frame % len(_SPINNER)]} {named}"
    return named


def _top(view: View, document: list[Row], space: int) -> list[Row]:
    if len(document) <= space:
        return document + [BLANK] * (space - len(document))
    shown = document[len(document) - space :]
    prompts = [block.text for block in view.blocks if block.kind is BlockKind.PROMPT]
    if shown and prompts and not any(_is_prompt(line) for line in shown):
        # The latest prompt stays pinned at the top when its own row has scrolled off.
        shown[0] = _prompt_row(prompts[-1].split("\n")[0], view.size.columns)
    return shown


def _is_prompt(line: Row) -> bool:
    return bool(line) and line[0].text == "› " and _PROMPT_GROUND in line[0].sgr


def _head(view: View) -> list[Row]:
    title = row("  ", Span(">_ ", fg(75)), Span("OpenAI Codex", BOLD), Span(" (v0.169.0)", DIM))
    about = row("     ", Span(f"{view.folder} · a Houmao demo stub", DIM))
    return [BLANK, title, about, BLANK]


def _transcript(view: View) -> list[Row]:
    out: list[Row] = []
    for block in view.blocks:
        out += [*_block(block, view.size.columns), BLANK]
    if isinstance(view.doing, Working):
        out += _running(view, view.doing)
    return out


@lru_cache(maxsize=4096)
def _block(block: Block, columns: int) -> list[Row]:
    match block.kind:
        case BlockKind.PROMPT:
            ground = filled(BLANK, columns, _PROMPT_GROUND)
            rest = [
                filled(row(f"  {line}"), columns, _PROMPT_GROUND)
                for line in block.text.split("\n")[1:]
            ]
            return [ground, _prompt_row(block.text.split("\n")[0], columns), *rest, ground]
        case BlockKind.ANSWER:
            return _answer(block.text, columns)
        case BlockKind.TOOL_RAN:
            return [_tool("Ran", block.text, fg(2, BOLD)), row(Span("  └ (no output)", DIM))]
        case BlockKind.TOOL_REFUSED:
            told = row(
                Span("✗ ", fg(1)),
                "You ",
                Span("canceled", BOLD),
                f" the request to run {block.text}",
            )
            return [told]
        case BlockKind.INTERRUPTED:
            return [row("■ Conversation interrupted - use /feedback if something went wrong")]
        case BlockKind.ERROR:
            return [row(Span(line, fg(1))) for line in wrapped(f"■ {block.text}", columns)]
        case BlockKind.FINISHED:
            seconds = "<1s" if block.text == "0" else f"{block.text}s"
            return [row(Span(f"  Worked for {seconds} • {block.clock}", DIM))]


def _prompt_row(text: str, columns: int) -> Row:
    body = row(Span("› ", f"{BOLD};{DIM};{fg(255)}"), Span(text, fg(255)))
    return filled(body, columns, _PROMPT_GROUND)


def _answer(text: str, columns: int) -> list[Row]:
    lines = wrapped(text, columns - 4)
    return [row(Span("• ", DIM), lines[0]), *[row(f"  {line}") for line in lines[1:]]]


def _tool(did: str, command: str, bullet: str = "") -> Row:
    return row(Span("•", bullet), " ", Span(did, BOLD), " ", Span(command, _CODE))


def _running(view: View, working: Working) -> list[Row]:
    if working.words:
        # The row with `Working` is gone as soon as the answer streams.
        return _answer(" ".join(working.words), view.size.columns)
    glyph = "•◦"[working.frame // 5 % 2]
    told = row(
        glyph, " ", "Working", " ", Span(f"({int(working.seconds)}s • ", DIM),
        Span("esc", BOLD), Span(" to interrupt)", DIM),
    )  # fmt: skip
    return [told]


def _composer(view: View) -> tuple[list[Row], Cursor]:
    editor, y, x = _editor(view)
    bottom = [BLANK, *editor, BLANK, *_footer(view)]
    first = view.size.rows - len(bottom) + 1
    return bottom, Cursor(x, max(0, first + y), True)


def _editor(view: View) -> tuple[list[Row], int, int]:
    mark = Span("›", BOLD)
    if not view.draft:
        return [row(mark, " ", Span(PLACEHOLDER, DIM))], 0, 2
    width = view.size.columns - 3
    lines = folded(view.draft, width)
    before = folded(view.draft[: view.cursor], width)
    rows = [row(mark, f" {lines[0]}"), *[row(f"  {line}") for line in lines[1:]]]
    return rows, len(before) - 1, 2 + cells(before[-1])


def _footer(view: View) -> list[Row]:
    model = row("  ", Span("GPT-6.1-Sol default", fg(223)), " · ", Span(view.folder, fg(151)))
    left = row("  ", Span("←", BOLD), " for agents · ", Span("?", BOLD), " for shortcuts")
    right = row("⚠ ", Span("1 warning", fg(179)), " · ", Span("f2", BOLD), " to view")
    return [model, spread(BLANK if view.draft else left, right, view.size.columns)]


def _dialog(asking: Asking) -> list[Row]:
    choices = (
        "Yes, proceed (y)",
        f"Yes, and don't ask again for commands that start with `{asking.command}` (p)",
        "No, and tell Codex what to do differently (esc)",
    )
    return [
        _tool("Running", asking.command),
        BLANK,
        BLANK,
        row("  ", Span("Would you like to run the following command?", BOLD)),
        BLANK,
        row("  Environment: ", Span("local", BOLD)),
        BLANK,
        row("  $ ", Span(asking.command, _CODE)),
        BLANK,
        *[_choice(at, text, at == asking.choice) for at, text in enumerate(choices)],
        BLANK,
        row("  ", Span("Press ", DIM), Span("enter", BOLD), Span(" to confirm or ", DIM),
            Span("esc", BOLD), Span(" to cancel", DIM)),
    ]  # fmt: skip


def _choice(at: int, text: str, chosen: bool) -> Row:
    if chosen:
        return row(Span(f"› {at + 1}. {text}", f"{BOLD};{INVERSE}"))
    return row(f"  {at + 1}. {text}")
