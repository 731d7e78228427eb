"""`houmao-mgr server`: is the server running, and stop it."""

import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import click

from houmao import clock
from houmao.cli.client.http import Refused, Server, Unreachable
from houmao.cli.lazy_group import LazyGroup, examples
from houmao.cli.options import json_option, server_options
from houmao.cli.render.output import CommandOutput, Word, ago, card
from houmao.cli.server_sessions import read_sessions
from houmao.errors import Conflict
from houmao.server_kind import ServerKind

#: Seconds between two looks whether a server that was told to stop is gone.
_STOP_POLL = 0.1


@click.group(
    cls=LazyGroup,
    paths={
        "start": "houmao.cli.server_start:start",
        "status": "houmao.cli.server:status",
        "stop": "houmao.cli.server:stop",
        "logs": "houmao.cli.server_logs:logs",
        "sessions": "houmao.cli.server_sessions:sessions",
    },
)
def server() -> None:
    """Start the server, see whether it runs and what it said, and stop it."""


@click.command(
    epilog=examples("houmao-mgr server status", "houmao-mgr server status --port 9895 --json")
)
@server_options
@json_option
def status(server: Server, output: CommandOutput) -> None:
    """Tell whether a server runs and how it is. Exit code 0 either way."""
    answer = read_status(server)
    output.write(answer, status_lines(answer, clock.now()))


@click.command(epilog=examples("houmao-mgr server stop", "houmao-mgr server stop --port 9895"))
@server_options
@json_option
def stop(server: Server, output: CommandOutput) -> None:
    """Stop the server and wait until it is gone. Agents and their sessions go on.

    A server that does not run counts as stopped.
    """
    answer = stop_server(server)
    output.write(answer, [str(answer["detail"])])


def read_status(server: Server) -> Mapping[str, Any]:
    """The status object; not being reachable is an answer, a stranger on the port is an error."""
    try:
        health = server.recognised()
        instance = server.get("houmao", "server", "current-instance")
    except Unreachable as error:
        return {"running": False, "api_base_url": server.base_url, "detail": error.message}
    return {
        "running": True,
        "api_base_url": server.base_url,
        "health": health,
        "current_instance": instance,
        **_problem(server),
        **_sessions(server, health),
    }


def _problem(server: Server) -> Mapping[str, str]:
    """What keeps a server that runs from working, as `problem`; nothing when nothing does."""
    try:
        problem = server.get("houmao", "hosts").get("problem")
    except Refused as refused:
        problem = refused.message if refused.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return {"problem": problem} if problem else {}


def _sessions(server: Server, health: Mapping[str, Any]) -> Mapping[str, Any]:
    """The sessions of the pair's server; the passive one has none of its own."""
    if health.get("houmao_service") != ServerKind.PAIR:
        return {"active_session_count": None, "active_sessions": None}
    found = read_sessions(server)
    return {"active_session_count": len(found), "active_sessions": found}


def stop_server(server: Server) -> Mapping[str, Any]:
    """Ask for the shutdown and wait for it. Raises Conflict when it does not end in time."""
    detail = f"the server at {server.base_url} has stopped"
    try:
        server.post("houmao", "server", "shutdown")
    except Unreachable:
        detail = f"no server was running at {server.base_url}"
    else:
        _wait_until_gone(server)
    return {"success": True, "running": False, "api_base_url": server.base_url, "detail": detail}


def _wait_until_gone(server: Server) -> None:
    deadline = clock.monotonic() + server.timeout_seconds
    while clock.monotonic() < deadline:
        try:
            server.recognised()
        except Unreachable as error:
            if error.refused:
                return
        time.sleep(_STOP_POLL)
    raise Conflict(
        f"the server at {server.base_url} took the request to stop but still runs after "
        f"{server.timeout_seconds:g} s; look at its log"
    )


def status_lines(answer: Mapping[str, Any], now: float) -> Iterator[str]:
    """A card for people."""
    if not answer["running"]:
        yield f"not running: {answer['detail']}"
        return
    instance = answer["current_instance"]
    health = str(answer["health"].get("status", "unknown"))
    yield from card(
        [
            ("server", answer["api_base_url"]),
            ("health", Word(health, "green" if health == "ok" else "red")),
            ("pid", str(instance.get("pid", ""))),
            ("started", ago(instance.get("started_at_utc"), now)),
            ("runtime root", str(instance.get("runtime_root", ""))),
            *([("problem", Word(answer["problem"], "red"))] if "problem" in answer else []),
        ]
    )
