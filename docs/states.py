"""Draws the charts and the table of docs/states.md from the tracker's transition table.

Run `python docs/states.py` after a change of the table; a test fails when the two differ.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from houmao.track.rules import RULES, PhaseEffect, ResultEffect, Rule, mermaid

PAGE = Path(__file__).parent / "states.md"

_PART = re.compile(r"(<!-- drawn: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

_PHASE = {
    PhaseEffect.ACTIVE: "`active`",
    PhaseEffect.READY: "`ready`",
    PhaseEffect.POSTURE: "`ready` if `ready_posture` is `yes`, else `unknown`",
}
_VERDICT = {
    ResultEffect.KEEP: "stays",
    ResultEffect.CLEAR: "`none`",
    ResultEffect.CLEAR_BY_DRAFT: "stays; `none` once a new draft is typed",
    ResultEffect.INTERRUPTED: "`interrupted`",
    ResultEffect.KNOWN_FAILURE: "`known_failure`",
}
#: Notes of changes that no frame makes, and the result they lead to.
_BESIDE = (("input_submitted", "none"), ("success_settled", "success"))


def page(text: str) -> str:
    """The page with everything drawn anew between its marks."""
    return _PART.sub(lambda found: found[1] + _DRAWN[found[2]]() + found[3], text)


def phases() -> str:
    """How the phase changes; what leads from one phase to another is one arrow."""
    arrows: dict[str, list[str]] = {}
    for line in mermaid().rstrip().split("\n"):
        arrow, _, label = line.partition(" : ")
        # The table says what else a rule does.
        arrows.setdefault(arrow, []).append(label.partition(" / ")[0])
    return _chart([_arrow(arrow, labels) for arrow, labels in arrows.items()])


def results() -> str:
    """How the result of the last turn changes."""
    return _chart(list(_result_edges()))


def _result_edges() -> Iterator[str]:
    yield "stateDiagram-v2"
    yield '    state "any result" as any'
    yield "    [*] --> none"
    notes: dict[str, list[str]] = {}
    for note, result in (*_BESIDE, *_judging(RULES)):
        notes.setdefault(result, []).append(note)
    yield from (_arrow(f"    any --> {result}", labels) for result, labels in notes.items())


def _judging(rules: tuple[Rule, ...]) -> Iterator[tuple[str, str]]:
    """Note and result of each rule that gives or takes a verdict."""
    for rule in rules:
        if rule.verdict in (ResultEffect.CLEAR, ResultEffect.CLEAR_BY_DRAFT):
            yield rule.note, "none"
        elif rule.verdict is not ResultEffect.KEEP:
            yield rule.note, rule.verdict.value


def rules() -> str:
    """The table itself, in its order."""
    lines = ["| | rule | holds when | phase | last result |", "|---|---|---|---|---|"]
    for number, rule in enumerate(RULES, 1):
        result = "`success` after the settle window" if rule.settles else _VERDICT[rule.verdict]
        cells = (str(number), f"`{rule.note}`", rule.means, _PHASE[rule.phase], result)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n" + "\n".join(lines) + "\n\n"


def _arrow(arrow: str, labels: list[str]) -> str:
    text = "<br/>".join(filter(None, labels))
    return f"{arrow} : {text}" if text else arrow


def _chart(lines: list[str]) -> str:
    return "\n".join(["", "```mermaid", *lines, "```", "", ""])


_DRAWN: Mapping[str, Callable[[], str]] = {"phases": phases, "results": results, "rules": rules}


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
