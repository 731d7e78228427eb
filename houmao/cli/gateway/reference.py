"""Whose gateway is meant, and the way to it: straight on this machine, or through a server."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from houmao import config
from houmao.cli.client.http import Answer, Server
from houmao.cli.here import session_here
from houmao.cli.options import Command, chosen, own_token
from houmao.cli.render.output import CommandOutput, plain
from houmao.errors import UsageError
from houmao.gateway.attaching import require_gateway
from houmao.gateway.client import GatewayClient
from houmao.sessions.target import SessionTarget, current

#: A call's path below the gateway's address, and the same below an agent's routes on a server.
ROUTES: Mapping[str, tuple[str, ...]] = {
    "/v1/status": ("gateway",),
    "/v1/requests": ("gateway", "requests"),
    "/v1/control/prompt": ("gateway", "control", "prompt"),
    "/v1/control/send-keys": ("gateway", "control", "send-keys"),
    "/v1/control/tui/state": ("gateway", "tui", "state"),
    "/v1/control/tui/history": ("gateway", "tui", "history"),
    "/v1/control/tui/note-prompt": ("gateway", "tui", "note-prompt"),
    "/v1/mail-notifier": ("gateway", "mail-notifier"),
}
#: Seconds a server may take: a gateway that it has started comes up meanwhile.
SERVER_SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class GatewayReference:
    """An agent as it was named; `agent` None is the one of the tmux session around us."""

    agent: str | None
    port: int | None

    def target(self) -> SessionTarget:
        """The agent's session on this machine. Raises HoumaoError."""
        settings = config.load()
        if self.agent is None:
            return current(settings, config.environment())
        return session_here(self.agent, settings)

    def call(
        self, method: str, path: str, body: Mapping[str, object] | None = None, **query: object
    ) -> Answer:
        """What the agent's gateway answers. Raises HoumaoError."""
        if self.port is not None:
            return self.through_server(method, *ROUTES[path], body=body, **query)
        gateway = require_gateway(self.target(), config.load())
        return _direct(gateway, method, path, body, query)

    def through_server(self, method: str, *route: str, **asked: Any) -> Answer:
        """What the server answers to a route of the agent. Raises HoumaoError."""
        if self.agent is None:
            raise UsageError("--port asks a server, which needs to know the agent; name it")
        with closing(Server(self.port or 0, SERVER_SECONDS, own_token())) as server:
            return server.ask(method, "houmao", "agents", self.agent, *route, **asked)


def _direct(
    gateway: GatewayClient,
    method: str,
    path: str,
    body: Mapping[str, object] | None,
    query: Mapping[str, object],
) -> Answer:
    words = "&".join(f"{name}={value}" for name, value in query.items())
    return gateway.call(method, f"{path}?{words}" if words else path, body)


def gateway_options(command: Command) -> Command:
    """Add the agent, `--port`, `--current-session` and `--json`.

    The command gets `who: GatewayReference` and `output: CommandOutput`.
    """

    @click.argument("agent", required=False)
    @click.option("--agent-name", metavar="NAME", help="The agent's name.")
    @click.option("--agent-id", metavar="ID", help="The agent's id, when names are shared.")
    @click.option(
        "--port",
        type=click.IntRange(1, 65535),
        metavar="PORT",
        help="Go through the server on that port of this machine.",
    )
    @click.option("--current-session", is_flag=True, help="The agent of the tmux session here.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
    @wraps(command)
    def wrapper(*, as_json: bool, **given: Any) -> Any:
        names = (given.pop("agent"), given.pop("agent_name"), given.pop("agent_id"))
        who = reference(names, given.pop("port"), here=given.pop("current_session"))
        return command(who=who, output=CommandOutput(as_json), **given)

    return wrapper


def reference(
    names: tuple[str | None, str | None, str | None], port: int | None, *, here: bool
) -> GatewayReference:
    """Who is meant. Raises UsageError when that is said twice, or in ways that do not fit."""
    found = chosen(*names, required=False)
    if here and port is not None:
        raise UsageError("--port cannot be used with --current-session: a server knows none")
    if here and found is not None:
        raise UsageError("name the agent or say --current-session, not both")
    return GatewayReference(found.text if found else None, port)


#: Draws an answer for a person.
Lines = Callable[[Answer], list[str]]


def line(answer: Answer) -> list[str]:
    """What was done, in one line."""
    return [plain(str(answer.get("detail") or answer.get("state") or answer.get("status")))]
