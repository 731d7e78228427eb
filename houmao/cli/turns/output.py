"""`houmao-mgr agents turn events`, `stdout` and `stderr`: what a turn tells, as it comes.

An answer that comes in pieces is written on as it grows; what means nothing to a person is left
out.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from houmao.cli.client.http import Answer, Server
from houmao.cli.client.waiting import wait_callbacks
from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option, server_options
from houmao.cli.render.output import CommandOutput, Word, compact, local_time, paint, plain
from houmao.cli.turns.reference import TurnReference, follow_events, turn_options

_LABELS = {
    "session": Word("session", "cyan"),
    "assistant": Word("says", "green"),
    "reasoning": Word("thinks", "blue"),
    "action_request": Word("runs", "magenta"),
    "action_result": Word("got"),
    "progress": Word("status"),
    "completion": Word("ended", "cyan"),
    "diagnostic": Word("notes", "yellow"),
}
_WIDTH = max(len(word.text) for word in _LABELS.values())
#: Columns before the text: time of day, label, and two blanks after each.
_INDENT = " " * (8 + 2 + _WIDTH + 2)


@click.command(
    epilog=examples(
        "houmao-mgr agents turn events rev",
        "houmao-mgr agents turn events rev --follow",
        "houmao-mgr agents turn events rev --follow --json | jq -r 'select(.kind==\"assistant\")'",
    )
)
@turn_options
@click.option("--follow", is_flag=True, help="Go on until the turn has ended.")
@server_options
@json_option
def events(server: Server, output: CommandOutput, which: TurnReference, follow: bool) -> None:
    """Tell what a turn said and did so far: its words, its actions and what came of them.

    With --json the answer is one object with `entries`; with --follow, one entry a line. Ctrl-C
    ends the command and not the turn.
    """
    path = which.path(server)
    if follow:
        tell_events(server, output, path)
        return
    found = server.get(*path, "events")
    transcript = TurnTranscript()
    text = "".join(piece for entry in found["entries"] for piece in transcript.told(entry))
    output.write(found, (text + "".join(transcript.end())).splitlines())


def tell_events(server: Server, output: CommandOutput, path: tuple[str, ...]) -> None:
    """Print every event of a turn until it has ended."""
    transcript = TurnTranscript()
    try:
        for entry in follow_events(server, path, wait_callbacks(output)):
            if output.as_json:
                click.echo(compact(entry))
            else:
                click.echo("".join(transcript.told(entry)), nl=False)
    finally:
        click.echo("".join(transcript.end()), nl=False)


@click.command(
    epilog=examples(
        "houmao-mgr agents turn stdout rev",
        "houmao-mgr agents turn stdout rev 9f2c41d07b6e | jq -c 'select(.type==\"result\")'",
    )
)
@turn_options
@server_options
def stdout(server: Server, which: TurnReference) -> None:
    """Write a turn's whole standard output, as the tool wrote it, once the turn has ended."""
    _write(server, which, "stdout")


@click.command(epilog=examples("houmao-mgr agents turn stderr rev 9f2c41d07b6e"))
@turn_options
@server_options
def stderr(server: Server, which: TurnReference) -> None:
    """Write a turn's whole standard error, as the tool wrote it, once the turn has ended."""
    _write(server, which, "stderr")


def _write(server: Server, which: TurnReference, name: str) -> None:
    click.echo(server.text(*which.path(server), "artifacts", name), nl=False)


class TurnTranscript:
    """Text of one turn's events; concatenated it is whole lines once `end` was called."""

    def __init__(self) -> None:
        self._open = False

    def told(self, entry: Answer) -> Iterator[str]:
        """What to write for one more event."""
        label = _LABELS.get(str(entry["kind"]))
        if label is None or _payload(entry).get("routine"):
            return
        data = _data(entry)
        piece = data.get("text") if data.get("delta") is True else None
        if isinstance(piece, str) and self._open:
            yield _indented(piece)
            return
        yield from self.end()
        text = piece if isinstance(piece, str) else _text(entry, data)
        padding = " " * (_WIDTH - len(label.text))
        when = local_time(str(entry["timestamp_utc"]))
        yield f"{when}  {paint(label)}{padding}  {_indented(text)}"
        self._open = True
        if piece is None:
            yield from self.end()

    def end(self) -> Iterator[str]:
        """What finishes an open line."""
        if self._open:
            yield "\n"
        self._open = False


def _payload(entry: Answer) -> Mapping[str, Any]:
    payload = entry.get("payload")
    return payload if isinstance(payload, Mapping) else {}


def _data(entry: Answer) -> Mapping[str, Any]:
    data = _payload(entry).get("data")
    return data if isinstance(data, Mapping) else {}


def _text(entry: Answer, data: Mapping[str, Any]) -> str:
    message = str(entry["message"])
    if entry["kind"] == "completion" and data.get("status") == "success":
        # The answer was told already.
        return "success"
    return message.strip("\n")


def _indented(text: str) -> str:
    """Lines under each other, without control characters."""
    return f"\n{_INDENT}".join(plain(line) for line in text.split("\n"))
