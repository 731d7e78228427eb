"""Dialogs that wait for a person: how a list of choices looks, and which kind of question it is.

It knows the shape of choices and the wording of questions, common to all tools; where on its
screen a tool shows a dialog is the tool's own business.
"""

import re
from dataclasses import dataclass

from houmao.detect.screen import Row
from houmao.detect.signals import BlockedOn, Evidence

_FRAME = re.compile(r"^[\s│┃|]*")
_SELECTED = re.compile(r"[❯›●>](?: ?\s?\d+[.)])? +\S|[❯›●>] ?\d+[.)]")
_NUMBERED = re.compile(r"(?:[❯›●>] ?)?\s?\d+[.)] +\S")
_FIRST = re.compile(r"(?:[❯›●>] ?)?\s?1[.)] +\S")
_KEYS = re.compile(
    r"\b(?:enter|esc|escape|return)\b.{0,24}?\b"
    r"(?:confirm|cancel|select|close|exit|back|continue|submit|dismiss|quit|skip|save|clear)\b"
    r"|^\s*(?:press )?q (?:to )?(?:close|quit|exit)\b",
    re.IGNORECASE,
)
#: Before what a tool says of its work, which Escape cancels, too: it is no question.
_SPINNER = re.compile(r"[\u2801-\u28ff] ")
#: So many rows beyond the end of a text, as vi draws them, are no accident.
_EMPTY_ROWS = 3
_NANO = re.compile(r"\s*GNU nano \d")
#: Most rows between two choices of one list.
_LIST_GAP = 4
#: A server that throttles says that it is "not your usage limit".
_USAGE_LIMIT = re.compile(
    r"\b(?:usage|session|weekly|hour|opus|sonnet) limit (?:reached|hit|exceeded)"
    r"|\bhit your (?:[\w'’-]+ ){0,4}limit|(?<!not your )\busage limit\b|\bout of usage\b"
    r"|\bwait for limit to reset\b|\bexhausted your (?:[\w-]+ )?(?:quota|capacity)\b",
    re.IGNORECASE,
)
#: First match wins: what the words near the choices ask for.
_KINDS: tuple[tuple[BlockedOn, re.Pattern[str]], ...] = (
    (
        BlockedOn.TRUST,
        re.compile(
            r"do you trust|trust (?:this|the) (?:folder|files|contents)|trust folder"
            r"|quick safety check",
            re.IGNORECASE,
        ),
    ),
    (BlockedOn.USAGE_LIMIT, _USAGE_LIMIT),
    (
        BlockedOn.APPROVAL,
        re.compile(
            r"do you want to (?!use this api key|do\?)\S"
            r"|would you like to (?:run|grant|make|proceed)"
            r"|needs your approval|allow execution|apply this change|waiting for approval"
            r"|exit plan mode\?"
            r"|yes, (?:proceed|and always|and don.t ask|allow)|allow once",
            re.IGNORECASE,
        ),
    ),
    (
        BlockedOn.LOGIN,
        re.compile(
            r"select login method|sign in with|log ?in with|how would you like to authenticate"
            r"|paste (?:the )?code here|browser didn.t open",
            re.IGNORECASE,
        ),
    ),
)


def tells_of_limit(text: str) -> bool:
    """Whether an error says that the account may not go on for now."""
    return _USAGE_LIMIT.search(text) is not None


@dataclass(frozen=True, slots=True)
class Dialog:
    """A question on the screen and the rows that show it."""

    kind: BlockedOn
    evidence: Evidence


def composer_block(
    menu: Dialog | None, shell: bool, told: tuple[Evidence, ...]
) -> BlockedOn | None:
    """Why the composer takes no prompt: a menu, shell mode, or an error (`told`) of a limit."""
    if menu is not None:
        return menu.kind
    if shell:
        return BlockedOn.SHELL_MODE
    limited = any(tells_of_limit(item.excerpt) for item in told)
    return BlockedOn.USAGE_LIMIT if limited else None


def find_dialog(rows: tuple[Row, ...], start: int, stop: int | None = None) -> Dialog | None:
    """The dialog drawn between `start` and `stop`; the caller knows that no composer is there.

    A dialog is a list of choices with one selected, or a line that says which keys answer it.
    """
    stop = len(rows) if stop is None else stop
    texts = [_FRAME.sub("", row.plain) for row in rows[start:stop]]
    chosen = _chosen(texts)
    numbered = [index for index, text in enumerate(texts) if _NUMBERED.match(text)]
    keys = [index for index, text in enumerate(texts) if _names_keys(text)]
    if not keys and not (chosen and (numbered or _has_sibling(rows, start, chosen))):
        return None
    told = "\n".join(texts[_after_former(texts, chosen, numbered) :])
    kind = next((kind for kind, words in _KINDS if words.search(told)), BlockedOn.DIALOG)
    shown = tuple(start + index for index in sorted({*chosen, *numbered, *keys}))
    return Dialog(kind, Evidence(f"{kind.value}_choices", shown, texts[shown[0] - start][:80]))


def find_editor(rows: tuple[Row, ...]) -> Dialog | None:
    """An editor that holds the draft in the tool's place; the tool listens again once it ends."""
    empty = [number for number, row in enumerate(rows) if row.plain == "~"]
    if len(empty) >= _EMPTY_ROWS or (rows and _NANO.match(rows[0].plain)):
        evidence = Evidence("editor", tuple(empty) or (0,), rows[-1].stripped[:80])
        return Dialog(BlockedOn.DIALOG, evidence)
    return None


def _names_keys(text: str) -> bool:
    return _KEYS.search(text) is not None and not _SPINNER.match(text)


def _chosen(texts: list[str]) -> list[int]:
    """Rows marked like the lowest marked one: a list has one mark, an answer above it another."""
    marked = [index for index, text in enumerate(texts) if _SELECTED.match(text)]
    return [index for index in marked if texts[index][0] == texts[marked[-1]][0]]


def _after_former(texts: list[str], chosen: list[int], numbered: list[int]) -> int:
    """Where the last of several lists begins: those above it were answered and left standing."""
    lists: list[list[int]] = []
    for row in sorted({*chosen, *numbered}):
        if not lists or _FIRST.match(texts[row]) or row - lists[-1][-1] > _LIST_GAP:
            lists.append([])
        lists[-1].append(row)
    asking = [rows for rows in lists if not set(rows).isdisjoint(chosen)]
    return asking[-2][-1] + 1 if len(asking) > 1 else 0


def _has_sibling(rows: tuple[Row, ...], start: int, chosen: list[int]) -> bool:
    number = start + chosen[-1]
    text = rows[number].plain
    mark = re.search(r"[❯›●>]", text)
    if mark is None:
        return False
    column = mark.end() + len(text[mark.end() :]) - len(text[mark.end() :].lstrip())
    near = rows[max(number - 1, start) : number] + rows[number + 1 : number + 2]
    return any(_inside(row.plain) == column for row in near)


def _inside(text: str) -> int:
    """Columns before a row's text, the edge of a box left out."""
    found = _FRAME.match(text)
    return found.end() if found else 0
