"""Options that many commands share, and the values commands get from them.

Option, then environment, then default: click's own order, spelled once here. Speaks to no
server by itself.
"""

import socket
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from houmao import config, token
from houmao.cli.client.http import Answer, Server
from houmao.cli.render.output import CommandOutput, plain
from houmao.config import DEFAULT_PAIR_PORT, DEFAULT_PORT
from houmao.errors import HoumaoError, NotFound, UsageError
from houmao.ids import AT, ENV_PREFIXES, aliases, split_reference
from houmao.mailbox.binding import TRANSPORTS, MailboxOptions

#: Variables that may hold the port, the most specific first.
PORT_VARIABLES = [
    *(f"{prefix}PASSIVE_SERVER_PORT" for prefix in ENV_PREFIXES),
    *(f"{prefix}SERVER_PORT" for prefix in ENV_PREFIXES),
    # What the server itself listens on.
    *(f"{prefix}PORT" for prefix in ENV_PREFIXES),
    "CAO_PORT",
]
TIMEOUT_VARIABLES = [f"{prefix}COMPAT_HTTP_TIMEOUT_SECONDS" for prefix in ENV_PREFIXES]

#: Seconds a server may take while a person waits for a completion.
COMPLETION_SECONDS = 0.5
_FOLDER = click.Path(path_type=Path, file_okay=False)

# click decides what a command is called with; its decorators cannot be typed more closely.
Command = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class AgentReference:
    """How a person named an agent; `kind` is "id", "name", or "either"."""

    text: str
    kind: str

    def exact(self, answer: Answer) -> str:
        """What means the agent of that answer alone: its id, and its host where that is known."""
        agent_id, (_, said) = str(answer["agent_id"]), split_reference(self.text)
        host = answer.get("host") or said
        return f"{agent_id}{AT}{host}" if host else agent_id

    def check(self, agent_id: str, agent_name: str) -> None:
        """Make sure the server's answer is about what was named.

        The server takes ids and names alike, so an `--agent-id` could find a namesake.
        Raises NotFound.
        """
        text, _ = split_reference(self.text)
        matches = {
            "id": text == agent_id,
            "name": bool(aliases(text) & aliases(agent_name)),
            "either": True,
        }
        if not matches[self.kind]:
            raise NotFound(
                f"no live agent has the {self.kind} {self.text!r}; "
                "`houmao-mgr agents list` shows who is there"
            )


def json_option(command: Command) -> Command:
    """Add `--json`; the command gets `output: CommandOutput`."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
    @wraps(command)
    def wrapper(*args: Any, as_json: bool, **kwargs: Any) -> Any:
        return command(*args, output=CommandOutput(as_json), **kwargs)

    return wrapper


def usual_port() -> int:
    """The port of a server that a command asks without being told one. Raises ValueError."""
    said = next((it for name in PORT_VARIABLES if (it := config.environment().get(name))), None)
    return int(said) if said else default_port()


def default_port() -> int:
    """The passive server's port, or the pair's where only that one listens."""
    ports = (DEFAULT_PORT, DEFAULT_PAIR_PORT)
    return next((port for port in ports if _listens(port)), DEFAULT_PORT)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def port_option(command: Command) -> Command:
    """Add `--port`; the command gets `port`."""
    return click.option(
        "--port",
        type=click.IntRange(1, 65535),
        envvar=PORT_VARIABLES,
        default=default_port,
        show_default="$HOUMAO_PASSIVE_SERVER_PORT, $HOUMAO_SERVER_PORT, $HOUMAO_PORT, $CAO_PORT, "
        "or what listens: 9891, 9889",
        metavar="PORT",
        help="Port of the server on this machine.",
    )(command)


def server_options(command: Command) -> Command:
    """Add `--port` and `--timeout`; the command gets `server: Server`."""

    @port_option
    @click.option(
        "--timeout",
        "timeout_seconds",
        type=click.FloatRange(min=0, min_open=True),
        envvar=TIMEOUT_VARIABLES,
        default=10.0,
        show_default=True,
        metavar="SECONDS",
        help="Give up when the server is silent for so long.",
    )
    @wraps(command)
    def wrapper(*args: Any, port: int, timeout_seconds: float, **kwargs: Any) -> Any:
        with closing(Server(port, timeout_seconds, own_token())) as server:
            return command(*args, server=server, **kwargs)

    return wrapper


def own_token() -> str | None:
    """The token of this machine's server, None when there is none."""
    path = config.load().token_file
    return token.read(path) if path.exists() else None


def complete_agent(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """The names of live agents that begin so; none when no server answers at once."""
    try:
        with closing(Server(usual_port(), COMPLETION_SECONDS, own_token())) as server:
            agents = server.get("houmao", "agents")["agents"]
    except (HoumaoError, ValueError):
        return []
    return [name for it in agents if (name := str(it["agent_name"])).startswith(begun)]


def agent_options(*, required: bool = True) -> Callable[[Command], Command]:
    """Add `[AGENT]`, `--agent-name` and `--agent-id`; the command gets `who: AgentReference`.

    Exactly one of the three, or, when not `required`, at most one (`who` is then None).
    """

    def decorate(command: Command) -> Command:
        @click.argument("agent", required=False, shell_complete=complete_agent)
        @click.option("--agent-name", metavar="NAME", help="The agent's name.")
        @click.option("--agent-id", metavar="ID", help="The agent's id, when names are shared.")
        @wraps(command)
        def wrapper(
            *args: Any,
            agent: str | None,
            agent_name: str | None,
            agent_id: str | None,
            **kwargs: Any,
        ) -> Any:
            who = chosen(agent, agent_name, agent_id, required=required)
            return command(*args, who=who, **kwargs)

        return wrapper

    return decorate


def chosen(
    agent: str | None, agent_name: str | None, agent_id: str | None, *, required: bool
) -> AgentReference | None:
    """The one way in which an agent was named. Raises UsageError for none or several."""
    kinds = {"either": agent, "name": agent_name, "id": agent_id}
    given = [AgentReference(text, kind) for kind, text in kinds.items() if text is not None]
    if len(given) > 1:
        raise UsageError("name the agent once: AGENT, --agent-name or --agent-id")
    if not given and required:
        raise UsageError(
            "which agent? give its name or id, as in `houmao-mgr agents state gpu`, "
            "or use --agent-name or --agent-id"
        )
    return given[0] if given else None


def read_agent(server: Server, who: AgentReference, *view: str, **query: object) -> Answer:
    """The server's answer about the named agent; `view` is the route below the agent's own.

    Raises NotFound when the answer is about another agent, and what `Server.get` raises.
    """
    answer = server.get("houmao", "agents", who.text, *view, **query)
    who.check(str(answer.get("agent_id")), str(answer.get("agent_name")))
    return answer


def standard_input() -> str:
    """The prompt that is piped in. Raises UsageError when a person sits there."""
    if sys.stdin.isatty():
        raise UsageError("what shall the agent do? give --prompt TEXT, or pipe the text in")
    return sys.stdin.read()


def mailbox_options(*, transport: bool) -> Callable[[Command], Command]:
    """Add the options that say which mailbox; the command gets `mailbox: MailboxOptions`."""

    def decorate(command: Command) -> Command:
        prefix = "--mailbox-" if transport else "--"

        @click.option("--mailbox-root", type=_FOLDER, help="The root its mail is kept in.")
        @click.option(f"{prefix}principal-id", "principal_id", metavar="ID", help="Its owner.")
        @click.option(f"{prefix}address", "address", metavar="ADDRESS", help="Where it gets mail.")
        @wraps(command)
        def wrapper(
            *args: Any,
            mailbox_root: Path | None,
            principal_id: str | None,
            address: str | None,
            mailbox_transport: str | None = None,
            **kwargs: Any,
        ) -> Any:
            root = Path.cwd() / mailbox_root if mailbox_root else None
            said = MailboxOptions(mailbox_transport, root, principal_id, address)
            return command(*args, mailbox=said, **kwargs)

        if not transport:
            return wrapper
        return click.option(
            "--mailbox-transport",
            type=click.Choice(TRANSPORTS),
            help="How it gets mail; none turns the recipe's mailbox off.",
        )(wrapper)

    return decorate


def warn(sentences: Iterable[str]) -> None:
    """Say what a person should know, where programs do not read."""
    for sentence in sentences:
        click.echo(f"warning: {plain(sentence)}", err=True)
