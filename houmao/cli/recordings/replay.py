"""`houmao-mgr replay`: what the tracker says of recorded frames, here and without a server."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import click

from houmao import config
from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option
from houmao.cli.recordings.case import Case, read_case
from houmao.cli.render.agent_state import (
    RESULT_COLOURS,
    Situation,
    after,
    result_text,
    spaced,
    state_word,
)
from houmao.cli.render.output import CommandOutput, Word, compact, plain, table
from houmao.errors import HoumaoError, UsageError
from houmao.own_signs import OwnSigns

_COLUMNS = ("AT", "STATE", "TAKES INPUT", "LAST TURN", "BECAUSE")

#: What `houmao.track.replay` tells of a case, or one state of it.
Told = dict[str, Any]


@click.command(
    epilog=examples(
        "houmao-mgr replay gpu.jsonl",
        "houmao-mgr replay cases.jsonl --json > states.jsonl",
        "houmao-mgr agents record gpu --seconds 20 --out gpu.jsonl && houmao-mgr replay gpu.jsonl",
    )
)
@click.argument("file", type=click.File("rb"))
@json_option
def replay(output: CommandOutput, file: BinaryIO) -> None:
    """Run recorded frames through the tracker, in virtual time.

    FILE has one case a line, as `agents record` writes them; `-` is standard input. Shown is
    what changed; --json gives one line for each case with the state after every frame and all
    transitions. A line that is no case is named on standard error, the others still run.
    """
    failed = number = 0
    own = OwnSigns(config.load().signs_root, lambda it: click.echo(plain(it), err=True))
    for number, line in enumerate(file, 1):
        failed += not _replay_line(f"line {number}", line, own, output)
    if failed:
        raise HoumaoError(f"{failed} of {number} lines could not be replayed; see above")


def _replay_line(place: str, line: bytes, own: OwnSigns, output: CommandOutput) -> bool:
    """Print what a line's case gives; False when it gives nothing."""
    # Imported here: the tracker's timers cost start-up time that other commands must not pay.
    from houmao.track.replay import replay as run

    if not line.strip():
        return True
    try:
        case = read_case(line)
        told = run(case, own.detector_for)
    except UsageError as error:
        click.echo(plain(f"Error: {place}: {error.message}"), err=True)
        return False
    for text in [compact(told)] if output.as_json else case_lines(case, told):
        # A recording may hold half a character, which no output can.
        click.echo(text.encode("utf-8", "replace").decode())
    return True


def case_lines(case: Case, told: Told) -> Iterator[str]:
    """The case's name, a table of what changed, a blank line."""
    tool = " ".join([case["tool"], case.get("version") or "of unknown version"])
    count = len(case["frames"])
    yield plain(f"{case['id']}  ({tool}, {count} frame{'s' * (count != 1)})")
    yield from table(_COLUMNS, list(_changes(told)))
    yield ""


def _changes(told: Told) -> Iterator[list[str | Word]]:
    shown: list[str | Word] = []
    # A tracker that never says anything has no transitions, but a state all the same.
    for state in told["transitions"] or told["states"][:1]:
        cells = _cells(state)
        if cells != shown:
            yield [f"{state['at_seconds']:.3f}", *cells, _because(state)]
        shown = cells


def _cells(state: Told) -> list[str | Word]:
    now = after(
        Situation(availability="available"),
        {
            "turn_phase": state["phase"],
            "blocked_on": state["blocked_on"],
            "editing_input": state["editing"],
            "pending_input": state["pending"],
        },
    )
    result = state["result"]
    last = Word("-" if result == "none" else result_text(result), RESULT_COLOURS.get(result))
    return [state_word(now), state["accepting"], last]


def _because(state: Told) -> str:
    """The rule that decided, and the evidence that weighs most with its rows."""
    words = [spaced(state.get("note", ""))]
    for item in state["evidence"][:1]:
        rows = ",".join(map(str, item["rows"]))
        words.append(spaced(item["rule"]) + (f" (row {rows})" if rows else ""))
    return ": ".join(words)
