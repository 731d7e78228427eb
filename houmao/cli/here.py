"""Which session of this machine a command is about; of another host's agent, what to do instead.

Some commands touch tmux, processes or files and are therefore done on the agent's own host.
"""

import shlex
from contextlib import closing

import click

from houmao import clock
from houmao.cli.client.http import Refused, Server
from houmao.cli.options import own_token, usual_port
from houmao.config import Settings
from houmao.errors import HoumaoError, NotFound, UsageError
from houmao.ids import split_reference
from houmao.sessions.target import SessionTarget, is_path, resolve

#: Seconds a server may take to say where an agent lives.
_LOOKUP_SECONDS = 2.0


class LivesElsewhere(UsageError):
    """The agent is another host's, and the command is done only on the agent's own host."""

    def __init__(self, reference: str, host: str) -> None:
        self.host = host
        super().__init__(
            f"{reference} lives on host {host}, and this is done there: "
            f"ssh {shlex.quote(host)} {_said_there(reference)}"
        )


def session_here(reference: str, settings: Settings) -> SessionTarget:
    """The session of that name, id or manifest. Raises LivesElsewhere, NotFound, HoumaoError."""
    own = own_part(reference, settings)
    try:
        return resolve(own, settings, clock.now())
    except NotFound as missing:
        raise elsewhere(own, settings, missing) from None


def own_part(reference: str, settings: Settings) -> str:
    """A reference without this host's name. Raises LivesElsewhere for another host's agent."""
    if is_path(reference):
        return reference
    text, host = split_reference(reference)
    if host not in (None, settings.host_id):
        raise LivesElsewhere(text, str(host))
    return text


def elsewhere(reference: str, settings: Settings, missing: NotFound) -> HoumaoError:
    """What to say of an agent that is not here: where it lives, if a server knows, else that."""
    try:
        with closing(Server(usual_port(), _LOOKUP_SECONDS, own_token())) as server:
            host = server.get("houmao", "agents", reference).get("host")
    except Refused as refused:
        # It may be another host's, and nobody can say so now.
        return refused if refused.away else missing
    except HoumaoError:
        return missing
    elsewhere = host not in (None, settings.host_id)
    return LivesElsewhere(reference, str(host)) if elsewhere else missing


def _said_there(reference: str) -> str:
    """The command that is running, as it is to be said on the other host."""
    context = click.get_current_context(silent=True)
    words = context.command_path if context else "houmao-mgr ..."
    named = context is not None and "agent_identity" in {it.name for it in context.command.params}
    return f"{words}{' --agent-identity' if named else ''} {shlex.quote(reference)}"
