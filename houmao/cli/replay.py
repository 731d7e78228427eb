"""`houmao-mgr replay`: what the tracker says of recorded frames, here and without a server."""

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import click

from houmao.cli.cases import Case, read_case
from houmao.cli.lazy import examples
from houmao.cli.options import json_option
from houmao.cli.output import Output, Word, compact, plain, table
from houmao.cli.words import RESULT_COLOURS, Situation, after, result_text, spaced, state_word
from houmao.errors import HoumaoError, UsageError

_COLUMNS = ("AT", "STATE", "TAKES INPUT", "LAST TURN", "BECAUSE")

#: One state of a replayed case, or the whole of it, as `houmao.track.replay` describes them.
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
def replay(output: Output, file: BinaryIO) -> None:
    """Run recorded frames through the tracker, in virtual time.

    FILE has one case a line, as `agents record` writes them; `-` is standard input. Shown are
    the frames at which something changed; --json gives one line for each case with the state
    after every frame. A line that is no case is named on standard error, the others still run.
    """
    failed = number = 0
    for number, line in enumerate(file, 1):
        failed += not _replay_line(f"line {number}", line, output)
    if failed:
        raise HoumaoError(f"{failed} of {number} lines could not be replayed; see above")


def _replay_line(place: str, line: bytes, output: Output) -> bool:
    """Print what a line's case gives; False when it gives nothing."""
    # Imported here: the tracker's timers cost start-up time that other commands must not pay.
    from houmao.track.replay import replay as run

    if not line.strip():
        return True
    try:
        case = read_case(line)
        told = run(case)
    except UsageError as error:
        click.echo(plain(f"Error: {place}: {error.message}"), err=True)
        return False
    for text in [compact(told)] if output.as_json else case_lines(case, told["states"]):
        # A recording may hold half a character, which no output can.
        click.echo(text.encode("utf-8", "replace").decode())
    return True


def case_lines(case: Case, states: Iterable[Told]) -> Iterator[str]:
    """The case's name, a table of the frames that changed something, a blank line."""
    tool = " ".join([case["tool"], case.get("version") or "of unknown version"])
    count = len(case["frames"])
    yield plain(f"{case['id']}  ({tool}, {count} frame{'s' * (count != 1)})")
    yield from table(_COLUMNS, list(_changes(states)))
    yield ""


def _changes(states: Iterable[Told]) -> Iterator[list[str | Word]]:
    shown: list[str | Word] = []
    for state in states:
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
    """The evidence that weighs most, with its rows."""
    if not state["evidence"]:
        return ""
    item = state["evidence"][0]
    rows = ",".join(map(str, item["rows"]))
    return spaced(item["rule"]) + (f" (row {rows})" if rows else "")
