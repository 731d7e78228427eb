"""`houmao-mgr explain`: what a saved screen of a tool says, and by which of its rows."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option
from houmao.cli.render.output import CommandOutput, card, plain
from houmao.detect.signals import Evidence, Frame, Signals
from houmao.tools.catalog import NAMES, select_detector

#: What is told of the signals, in this order.
_FACTS = (
    "accepting_input",
    "editing_input",
    "ready_posture",
    "blocked_on",
    "active_evidence",
    "interrupted",
    "known_failure",
    "success_candidate",
)


@click.command(
    epilog=examples(
        "houmao-mgr explain --file screen.txt --tool codex",
        "tmux capture-pane -p -e -t work > screen.txt",
    )
)
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="A capture, best with its colours: tmux capture-pane -p -e.",
)
@click.option("--tool", type=click.Choice(NAMES), required=True, help="Whose screen it is.")
@click.option("--tool-version", metavar="VERSION", help="Of the tool; else any.")
@json_option
def explain(output: CommandOutput, path: Path, tool: str, tool_version: str | None) -> None:
    """Tell what one saved screen says by itself, and which rows say so.

    A live agent's state also weighs what was seen before, and the tool's own journal:
    `agents explain`.
    """
    frame = Frame(path.read_text("utf-8", "replace"), 0.0)
    signals = select_detector(tool, tool_version).detect(frame)
    output.write(_answer(signals), explained(signals, frame))


def explained(signals: Signals, frame: Frame) -> Iterator[str]:
    """The facts, and below them the rows that they rest on."""
    yield from card([("detector", f"{signals.detector_name} {signals.detector_version}")])
    yield from card([(name, _word(getattr(signals, name))) for name in _FACTS])
    rows = frame.screen.rows
    for item in signals.evidence + signals.background:
        yield f"{item.rule}:"
        yield from (f"  {number:3}  {plain(rows[number].plain)}" for number in item.rows)


def _answer(signals: Signals) -> Mapping[str, object]:
    facts = {name: getattr(signals, name) for name in _FACTS}
    evidence = [_evidence(item) for item in signals.evidence + signals.background]
    detector = f"{signals.detector_name} {signals.detector_version}"
    return {"detector": detector, **facts, "evidence": evidence, "notes": list(signals.notes)}


def _evidence(item: Evidence) -> dict[str, object]:
    return {"rule": item.rule, "rows": list(item.rows), "sign": item.origin or None}


def _word(value: object) -> str:
    return str(value).lower() if value is not None else "nothing"
