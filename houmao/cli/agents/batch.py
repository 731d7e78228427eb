"""One prompt for several agents: given to all at once, and told as one table under one id.

The id of a batch is the idempotency key of its requests: asked for again, nothing is typed twice.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any
from uuid import uuid4

import click

from houmao.cli.agents.headless import is_headless
from houmao.cli.agents.list import chosen_fleet
from houmao.cli.agents.requests import outcome_word, turn_word
from houmao.cli.client.http import Answer, Server
from houmao.cli.client.reference import whole_id
from houmao.cli.client.waiting import Failed, WaitCallbacks, judge, see_through, wait_callbacks
from houmao.cli.render.output import CommandOutput, Word, table
from houmao.cli.render.ranking import FleetFilter
from houmao.errors import HoumaoError, NotFound

_COLUMNS = ("NAME", "OUTCOME", "TURN", "DETAIL")
#: Agents that are waited for side by side, each on a connection of its own.
_SIDE_BY_SIDE = 16


def prompt_batch(
    server: Server, output: CommandOutput, wanted: FleetFilter, until: str, asked: dict[str, Any]
) -> None:
    """Prompt every agent that is meant and tell how it went. Raises Failed when one went wrong."""
    fleet = chosen_fleet(server, wanted)
    agents = fleet["agents"]
    if not agents:
        raise NotFound(
            "no agent is meant; `houmao-mgr agents list` with the same options shows whom"
            + (f" ({fleet['partial']})" if "partial" in fleet else "")
        )
    batch_id = asked["key"] or f"batch-{uuid4().hex[:12]}"
    body = {"prompt": asked["text"], **({"as": "command"} if asked["as_command"] else {})}
    callbacks = wait_callbacks(output)
    callbacks.tell(f"{len(agents)} agents, {batch_id}")
    give = partial(_given, server, batch_id, body, f"{asked['deadline']:g}")
    # All are given theirs before any is waited for: one that works long holds up no other.
    found = _side_by_side(give, agents, batch_id)
    if until:
        found = _side_by_side(partial(_seen_through, server, until), found, batch_id)
    output.write({"batch_id": batch_id, "requests": found}, _lines(found, batch_id))
    if any(_went_wrong(it, until) for it in found):
        raise Failed(f"not every prompt went well: {_counted(found, until)}")


def _side_by_side(
    step: Callable[[Answer], Answer], each: Sequence[Answer], batch_id: str
) -> list[Answer]:
    with ThreadPoolExecutor(min(len(each), _SIDE_BY_SIDE)) as pool:
        waiting = [pool.submit(step, it) for it in each]
        try:
            return [it.result() for it in waiting]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            click.echo(f"\nthe prompts go on without you; {_follow(batch_id)}", err=True)
            raise click.Abort from None


def _given(server: Server, batch_id: str, body: Answer, deadline: str, agent: Answer) -> Answer:
    """The request once its host has it, or why there is none."""
    named = {"agent_id": agent["agent_id"], "agent_name": agent["agent_name"]}
    if is_headless(agent):
        return {**named, "error": "a headless agent; give it a turn: `agents turn submit`"}
    with closing(Server(server.port, server.timeout_seconds, server.token)) as own:
        path = ("houmao", "agents", whole_id(agent), "requests")
        try:
            return own.post(*path, body=body, key=batch_id, deadline=deadline)
        except HoumaoError as error:
            return {**named, "error": error.message}


def _seen_through(server: Server, until: str, request: Answer) -> Answer:
    """The request once it has come so far, or why that cannot be told."""
    if "error" in request:
        return request
    with closing(Server(server.port, server.timeout_seconds, server.token)) as own:
        try:
            return see_through(own, request, until, _SILENT)
        except HoumaoError as error:
            return {**request, "error": error.message}


def _quiet(_: str) -> None:
    """Of many at once only the end is told."""


_SILENT = WaitCallbacks(_quiet, time.sleep)


def _went_wrong(found: Answer, until: str) -> bool:
    if "error" in found:
        return True
    try:
        judge(found, until)
    except Failed:
        return True
    return False


def _counted(found: Sequence[Answer], until: str) -> str:
    wrong = sum(_went_wrong(it, until) for it in found)
    return f"{len(found) - wrong} did, {wrong} did not"


def _lines(found: Sequence[Answer], batch_id: str) -> Iterator[str]:
    yield from table(_COLUMNS, [_row(it) for it in found])
    yield _follow(batch_id)


def _row(found: Answer) -> list[str | Word]:
    if "error" in found:
        what = "not known" if "request_id" in found else "not asked"
        return [found["agent_name"], Word(what, "red"), "-", found["error"]]
    return [found["agent_name"], outcome_word(found), turn_word(found), found["detail"]]


def _follow(batch_id: str) -> str:
    return f"follow them with `houmao-mgr agents requests --batch {batch_id}`"
