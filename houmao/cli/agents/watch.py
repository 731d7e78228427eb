"""`houmao-mgr agents watch`: the present of all agents, then every change as it happens."""

import time
from collections.abc import Iterable, Iterator
from typing import Protocol

import click

from houmao import clock
from houmao.cli.agents.headless import turn_event_line
from houmao.cli.agents.list import fleet_lines, read_fleet, read_one, seen
from houmao.cli.client.event_stream import follow
from houmao.cli.client.http import Answer, Server
from houmao.cli.client.reference import whole_id
from houmao.cli.client.waiting import WaitCallbacks
from houmao.cli.lazy_group import examples
from houmao.cli.options import (
    AgentReference,
    agent_options,
    json_option,
    read_agent,
    server_options,
)
from houmao.cli.render.agent_state import (
    RESULT_COLOURS,
    Situation,
    after,
    flat,
    result_text,
    situation,
    spaced,
    state_word,
)
from houmao.cli.render.output import CommandOutput, Word, compact, local_time, paint, plain


@click.command(
    epilog=examples(
        "houmao-mgr agents watch",
        "houmao-mgr agents watch gpu",
        "houmao-mgr agents watch --json | jq -r 'select(.blocked_on) | .agent_name'",
    )
)
@agent_options(required=False)
@server_options
@json_option
def watch(server: Server, output: CommandOutput, who: AgentReference | None) -> None:
    """Follow all agents, or one, live until Ctrl-C.

    First the present state, then one line per change: time, agent, what it was and is, how
    its last turn ended. A lost connection is resumed where it broke. With --json every line
    is one object with the same fields: `agent_id`, `agent_name`, `recorded_at`, `summary`,
    `changed_fields`, `turn_phase`, `blocked_on`, `last_turn_result` and so on. The steps of a
    headless agent's turns have `turn_id`, `turn_index`, `status` and `error` instead.
    """
    callbacks = WaitCallbacks(lambda sentence: click.echo(plain(sentence), err=True), time.sleep)
    try:
        for line in watch_lines(
            server, who, JsonView() if output.as_json else TableView(), callbacks
        ):
            click.echo(line)
    except KeyboardInterrupt:
        click.echo(err=True)


class WatchView(Protocol):
    """Turns what is read and what happens into lines."""

    def present(self, fleet: Answer) -> Iterable[str]:
        """Lines that tell how things are."""
        ...

    def change(self, event: Answer) -> Iterable[str]:
        """Lines that tell what an event changed."""
        ...


def watch_lines(
    server: Server, who: AgentReference | None, view: WatchView, callbacks: WaitCallbacks
) -> Iterator[str]:
    """Every line, for ever. Raises what `follow` raises."""
    agent_id = who.exact(read_agent(server, who)) if who else None
    for event in follow(server, {"agent": agent_id} if agent_id else {}, callbacks):
        if event is None:
            yield from view.present(read_one(server, agent_id) if agent_id else read_fleet(server))
        else:
            yield from view.change(event)


class JsonView:
    """One object a line; the present has the shape of an event."""

    def present(self, fleet: Answer) -> Iterator[str]:
        """One line for each observed agent."""
        for agent in seen(fleet):
            state = agent["state"]
            head = {name: agent.get(name) for name in ("agent_id", "agent_name", "host")}
            when = {"recorded_at": state.get("captured_at"), "summary": "present"}
            yield compact({**head, **when, "changed_fields": [], **flat(state)})

    def change(self, event: Answer) -> Iterator[str]:
        """The event as the server sent it."""
        yield compact(event)


class TableView:
    """For people: a table, then a line for each change of what the table shows."""

    def __init__(self) -> None:
        self._known: dict[str, Situation] = {}
        self._width = 0

    def present(self, fleet: Answer) -> Iterator[str]:
        """The table of the fleet."""
        self._known = {whole_id(it): situation(it["state"]) for it in seen(fleet)}
        self._width = max((len(a["agent_name"]) for a in fleet["agents"]), default=0)
        yield from fleet_lines(fleet, clock.now())
        yield ""

    def change(self, event: Answer) -> Iterator[str]:
        """One line, or none when nothing changed that the table shows."""
        name = f"{plain(event['agent_name']):{self._width}}"
        if "turn_id" in event:
            yield turn_event_line(event, name)
            return
        if event["turn_phase"] is None:
            # It came or went, which says nothing of what it is doing.
            self._known.pop(whole_id(event), None)
            yield "  ".join([local_time(event["recorded_at"]), name, spaced(event["summary"])])
            return
        agent = whole_id(event)
        before = self._known.get(agent)
        now = self._known[agent] = after(before or Situation(), event)
        if before is None or _shown(before) != _shown(now):
            yield "  ".join([local_time(event["recorded_at"]), name, *_words(before, now)])


def _shown(known: Situation) -> tuple[Word, str]:
    return state_word(known), known.last_turn_result


def _words(before: Situation | None, now: Situation) -> Iterator[str]:
    word = state_word(now)
    was = state_word(before) if before else word
    yield paint(word) if was == word else f"{was.text} -> {paint(word)}"
    if now.last_turn_result != "none":
        result = now.last_turn_result
        yield paint(Word(f"last turn {result_text(result)}", RESULT_COLOURS.get(result)))
