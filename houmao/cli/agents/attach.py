"""`houmao-mgr agents attach` and `agents next`: bring an agent's pane before a person."""

import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from houmao import config
from houmao.cli.agents.list import read_fleet
from houmao.cli.client.http import Answer, Server
from houmao.cli.client.reference import whole_id
from houmao.cli.lazy_group import examples
from houmao.cli.options import AgentReference, agent_options, read_agent, server_options
from houmao.cli.render.ranking import StateKind, kind_of, ranked
from houmao.errors import HoumaoError, NotFound
from houmao.tmux.address import TmuxAddress, require_tmux

#: The kinds of state in which an agent waits for a person, in the order of `agents next`.
_WAITING = (StateKind.BLOCKED, StateKind.DRAFT, StateKind.DONE, StateKind.READY)


@dataclass(frozen=True, slots=True)
class AgentPlace:
    """Where an agent's pane is; `pane_id` is empty where only its session is known."""

    host: str
    socket: str | None
    session: str
    pane_id: str = ""

    @property
    def target(self) -> str:
        """tmux's name for it: the pane, or the session by its whole name."""
        return self.pane_id or f"={self.session}:"


@click.command(epilog=examples("houmao-mgr agents attach gpu"))
@agent_options()
@click.option("--exec", "run_ssh", is_flag=True, help="Run the ssh command to another host.")
@server_options
def attach(server: Server, who: AgentReference, run_ssh: bool) -> None:
    """Go to an agent's pane.

    Inside the tmux server that it lives in, this client is switched to it; elsewhere this
    terminal attaches to it. For an agent of another host the ssh command is printed.
    """
    go(_place(server, read_agent(server, who)), config.environment(), run_ssh=run_ssh)


@click.command(
    "next",
    epilog=examples(
        "houmao-mgr agents next",
        "houmao-mgr tmux bindings        keys for tmux that do this",
    ),
)
@server_options
def next_agent(server: Server) -> None:
    """Go to the agent that has waited longest for a person; again: to the next one.

    First those that ask something, then those that are done and were not looked at, then those that
    are ready for a prompt. Exit 1 when nobody waits.
    """
    environ = config.environment()
    waiting = [it for it in ranked(read_fleet(server)["agents"]) if kind_of(it) in _WAITING]
    places = [_place(server, agent) for agent in waiting if agent.get("headless") is None]
    if not places:
        raise NotFound("no agent waits for a person")
    here = config.load(environ).host_id
    go(following(places, lambda it: it.host in ("", here) and is_shown(it, environ)), environ)


def following(places: list[AgentPlace], shown: Callable[[AgentPlace], bool]) -> AgentPlace:
    """The place after the one that is shown; the first when none is, or the last is."""
    at = next((number for number, it in enumerate(places, 1) if shown(it)), 0)
    return places[at % len(places)]


def is_shown(place: AgentPlace, environ: Mapping[str, str]) -> bool:
    """Whether the tmux client around us shows it. Each tmux server numbers its panes anew."""
    return _is_around(place, environ) and place.pane_id == _pane_around(environ)


def argv(place: AgentPlace, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The tmux command that brings the place before whoever calls."""
    address = TmuxAddress(place.socket)
    inside = _is_around(place, environ)
    verb = ("switch-client", "-t", place.target) if inside else _attach(place)
    return (*address.arguments, *verb)


def afar(place: AgentPlace) -> tuple[str, ...]:
    """The command that shows a place of another host, as far as its id is its name for ssh."""
    address = TmuxAddress(place.socket)
    return ("ssh", "-t", place.host, *map(shlex.quote, (*address.arguments, *_attach(place))))


def _attach(place: AgentPlace) -> tuple[str, ...]:
    return ("attach-session", "-t", place.target)


def go(place: AgentPlace, environ: Mapping[str, str], *, run_ssh: bool = False) -> None:
    """Become the tmux client; for another host tell the command for it, or become that.

    Raises HoumaoError without tmux, or without ssh.
    """
    here = config.load(environ).host_id
    if place.host not in ("", here) and not run_ssh:
        click.echo(f"the agent lives on host {place.host}; go there with", err=True)
        click.echo(shlex.join(afar(place)))
        return
    require_tmux()
    command = argv(place, environ) if place.host in ("", here) else afar(place)
    # Inside of another tmux server, tmux refuses to attach unless it does not know of it.
    outer = {name: value for name, value in environ.items() if name != "TMUX"}
    try:
        os.execvpe(command[0], command, dict(environ) if "switch-client" in command else outer)
    except OSError as error:
        raise HoumaoError(f"{command[0]} could not be started: {error.strerror}") from None


def _place(server: Server, agent: Answer) -> AgentPlace:
    detail = server.get("houmao", "agents", whole_id(agent), "managed-state", "detail")
    probe: Mapping[str, Any] = detail["detail"].get("probe_snapshot") or {}
    return AgentPlace(
        host=str(agent.get("host") or ""),
        socket=agent.get("tmux_socket"),
        session=str(agent["tmux_session_name"]),
        pane_id=str(probe.get("pane_id") or ""),
    )


def _pane_around(environ: Mapping[str, str]) -> str:
    """The pane that the tmux client around us shows."""
    asked = ("tmux", "display-message", "-p", "#{pane_id}")
    done = subprocess.run(asked, env=dict(environ), capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _is_around(place: AgentPlace, environ: Mapping[str, str]) -> bool:
    """Whether we run inside of the tmux server that the place is in."""
    around = environ.get("TMUX", "").partition(",")[0]
    return bool(around) and Path(around) == TmuxAddress(place.socket).path(environ)
