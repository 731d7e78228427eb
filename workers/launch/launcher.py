"""Launches that somebody asked this host for, carried out and told to their end.

What is run is what `agents launch` runs, with this process's environment as the caller's.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from houmao import clock, config, logs
from houmao.agents.assemble import load_manifest
from houmao.agents.backends import headless_backend
from houmao.config import Settings
from houmao.errors import HoumaoError, UsageError
from houmao.registry.record import AgentRecord
from houmao.requests.ticket import LaunchOutcome, LaunchState, LaunchTicket, ended, seen_at
from houmao.sessions.birth import Birth
from houmao.sessions.launching import LaunchOrder
from houmao.sessions.launching import launch as launch_agent
from houmao.sessions.start import Started, StartRequest, start
from houmao.state.launches import LaunchStore
from houmao.state.turns import TurnStore
from houmao.state.values import HeadlessAgent


@dataclass(frozen=True, slots=True)
class Launcher:
    """Carries launches out; `launch` is the one that starts an agent."""

    store: LaunchStore
    launch: Callable[[LaunchTicket], Started]
    #: Tells readers of a headless agent that was launched.
    publish: Callable[[HeadlessAgent], None]

    def run(self, launch_id: str) -> None:
        """See a launch to its end, whatever that is."""
        found = self.store.get(launch_id)
        ticket = seen_at(found, clock.now()) if found else None
        if ticket is None or ticket.state is not LaunchState.QUEUED:
            return
        ticket = replace(ticket, state=LaunchState.RUNNING)
        self.store.put(ticket)
        self.store.put(self._outcome(ticket))

    def give_up_abandoned(self, host: str) -> None:
        """End what a former process of this host has left running; nobody knows how far it came."""
        for ticket in self.store.of_host(host):
            if ticket.state is LaunchState.RUNNING:
                why = "the launch process ended in the middle; look for the agent's tmux session"
                self.store.put(ended(ticket, LaunchOutcome.FAILED, why, clock.now()))

    def _outcome(self, ticket: LaunchTicket) -> LaunchTicket:
        try:
            started = self.launch(ticket)
        except HoumaoError as error:
            failed = replace(ticket, failed_status=str(error.http_status))
            return ended(failed, LaunchOutcome.FAILED, error.message, clock.now())
        except Exception as error:  # a launch always comes to an end that its caller can read
            logs.get("launch").exception("launch_failed", launch_id=ticket.launch_id)
            why = f"{type(error).__name__} in the launch process; look at its log"
            return ended(ticket, LaunchOutcome.FAILED, why, clock.now())
        record = started.record
        known = replace(
            ticket,
            agent_name=record.agent_name,
            agent_id=record.agent_id,
            tmux_session_name=record.session_name,
            manifest_path=record.manifest_path,
            session_root=record.session_root or "",
        )
        if ticket.tracked_agent_id:
            # Before the turn process finds it by itself: it can be prompted from now on.
            self.publish(owned(ticket, record))
        told = "; ".join(("the agent runs", *started.warnings))
        return ended(known, LaunchOutcome.LAUNCHED, told, clock.now())


def order_of(ticket: LaunchTicket, cwd: Path) -> LaunchOrder:
    """What to launch. Raises UsageError for a folder that is no absolute path."""
    folders = {"working_directory": ticket.working_directory, "agent_def_dir": ticket.agent_def_dir}
    for name, folder in folders.items():
        if folder and not Path(folder).is_absolute():
            raise UsageError(f"{name} must be an absolute path, not {folder!r}")
    where = Path(ticket.working_directory or cwd)
    return LaunchOrder(
        selector=ticket.agents,
        provider=ticket.provider,
        definitions=config.agent_def_dir(ticket.agent_def_dir or None, cwd=where).resolve(),
        working_directory=where,
        agent_name=ticket.agent_name or None,
        agent_id=ticket.agent_id or None,
        session_name=ticket.session_name or None,
        tracked_agent_id=ticket.tracked_agent_id or None,
    )


def start_request(ticket: LaunchTicket) -> StartRequest:
    """How to start a brain that was built already. Raises UsageError naming the field."""
    folders = ("working_directory", "agent_def_dir", "brain_manifest_path")
    paths = {name: Path(getattr(ticket, name)).expanduser() for name in folders}
    for name in folders:
        path = paths[name]
        if not path.is_absolute():
            raise UsageError(f"{name} must be an absolute path, not {str(path)!r}")
        if not (path.is_file() if name == "brain_manifest_path" else path.is_dir()):
            kind = "file" if name == "brain_manifest_path" else "folder"
            raise UsageError(f"{name}: there is no {kind} {str(path)!r}")
    brain = load_manifest(paths["brain_manifest_path"])
    if brain.tool != ticket.tool:
        raise UsageError(
            f"tool is {ticket.tool!r}, but inputs.tool of the brain manifest is {brain.tool!r}"
        )
    return StartRequest(
        brain_manifest=paths["brain_manifest_path"],
        definitions=paths["agent_def_dir"],
        working_directory=paths["working_directory"],
        role=ticket.role_name or None,
        agent_name=ticket.agent_name or None,
        agent_id=ticket.agent_id or ticket.tracked_agent_id,
        backend=headless_backend(brain.tool),
        tracked_agent_id=ticket.tracked_agent_id,
    )


def owned(ticket: LaunchTicket, record: AgentRecord) -> HeadlessAgent:
    """What is told of a headless agent that was just launched."""
    return HeadlessAgent(
        tracked_agent_id=ticket.tracked_agent_id,
        host=ticket.host,
        backend=record.backend,
        tool=record.tool,
        agent_id=record.agent_id,
        agent_name=record.agent_name,
        manifest_path=record.manifest_path,
        session_root=record.session_root or "",
        tmux_session_name=record.session_name,
        created_at=record.published_at,
        session_lives=True,
    )


def launcher(settings: Settings, store: LaunchStore, turns: TurnStore) -> Launcher:
    """A launcher of this host's agents."""

    def start_one(ticket: LaunchTicket) -> Started:
        birth = Birth(clock.now(), str(uuid4()))
        if ticket.brain_manifest_path:
            return start(start_request(ticket), settings, config.environment(), birth)
        return launch_agent(order_of(ticket, Path.cwd()), settings, config.environment(), birth)

    return Launcher(store, start_one, turns.put_agent)
