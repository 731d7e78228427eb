"""Launches that somebody asked this host for, carried out and told to their end.

What is run is what `agents launch` runs, with this process's environment as the caller's.
"""

import errno
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from houmao import clock, config, logs
from houmao.agents.assemble import load_manifest
from houmao.config import Settings
from houmao.errors import HoumaoError, UsageError
from houmao.mailbox.binding import MailboxOptions
from houmao.registry.record import AgentRecord
from houmao.requests.launch_ticket import LaunchOutcome, LaunchState, LaunchTicket, ended, seen_at
from houmao.sessions.generation import Generation
from houmao.sessions.headless.ownership import agents_of
from houmao.sessions.starting import abandoned
from houmao.sessions.starting.launch import LaunchOrder
from houmao.sessions.starting.launch import launch as launch_agent
from houmao.sessions.starting.start import Started, StartRequest, start
from houmao.state.launches import LaunchStore
from houmao.state.turns import TurnStore, owned_agent
from houmao.tools.catalog import headless_of

#: What the system says of a path that its caller has to change.
_UNUSABLE_PATH = (errno.ENAMETOOLONG, errno.ELOOP)


@dataclass(frozen=True, slots=True)
class Launcher:
    """Carries launches out; `launch` is the one that starts an agent.

    `take_away` takes away what a launch that was cut off has left, or returns its agent's record
    when it was not.
    """

    store: LaunchStore
    launch: Callable[[LaunchTicket, Generation], Started]
    take_away: Callable[[LaunchTicket, Generation], AgentRecord | None]
    #: Tells readers of a headless agent that was launched, named by its tracked id.
    publish: Callable[[str], None]
    #: Seconds since the epoch, as those have them who ask for launches.
    now: Callable[[], float] = clock.now

    def run(self, launch_id: str) -> None:
        """See a launch to its end, whatever that is."""
        found = self.store.get(launch_id)
        ticket = seen_at(found, self.now()) if found else None
        if ticket is None or ticket.state is not LaunchState.QUEUED:
            return
        # As exact as it is kept, so that a successor finds the same names.
        generation = Generation(round(clock.now(), 3), str(uuid4()))
        ticket = replace(
            ticket,
            state=LaunchState.RUNNING,
            generation_id=generation.generation_id,
            born_at=generation.now,
        )
        self.store.put(ticket)
        self.store.put(self._outcome(ticket, generation))

    def take_up(self, host: str) -> None:
        """End what a former process of this host left running; carry out what it had not begun.

        It may have taken a job from the queue that it did not live to begin.
        """
        for ticket in reversed(self.store.of_host(host)):
            if ticket.state is LaunchState.RUNNING:
                self.store.put(self._abandoned(ticket))
            elif ticket.state is LaunchState.QUEUED:
                self.run(ticket.launch_id)

    def _abandoned(self, ticket: LaunchTicket) -> LaunchTicket:
        why = "the launch process ended in the middle"
        try:
            generation = Generation(ticket.born_at or 0.0, ticket.generation_id)
            record = self.take_away(ticket, generation) if ticket.generation_id else None
        except HoumaoError as error:
            why = f"{why}, and what it began is still there: {error.message}"
            return ended(ticket, LaunchOutcome.FAILED, why, self.now())
        if record is not None:
            return self._launched(ticket, record, ("the agent runs", why))
        why = f"{why}; what it had begun was taken away, so launch again"
        return ended(ticket, LaunchOutcome.FAILED, why, self.now())

    def _outcome(self, ticket: LaunchTicket, generation: Generation) -> LaunchTicket:
        try:
            started = self.launch(ticket, generation)
        except HoumaoError as error:
            failed = replace(ticket, failed_status=str(error.http_status))
            return ended(failed, LaunchOutcome.FAILED, error.message, self.now())
        except OSError as error:
            if error.errno not in _UNUSABLE_PATH:
                return self._unplanned(ticket, error)
            failed = replace(ticket, failed_status=str(UsageError.http_status))
            why = f"one of the paths cannot be used: {error.strerror}"
            return ended(failed, LaunchOutcome.FAILED, why, self.now())
        except Exception as error:  # a launch always comes to an end that its caller can read
            return self._unplanned(ticket, error)
        return self._launched(ticket, started.record, ("the agent runs", *started.warnings))

    def _unplanned(self, ticket: LaunchTicket, error: Exception) -> LaunchTicket:
        logs.get("launch").exception("launch_failed", launch_id=ticket.launch_id)
        why = f"{type(error).__name__} in the launch process; look at its log"
        return ended(ticket, LaunchOutcome.FAILED, why, self.now())

    def _launched(
        self, ticket: LaunchTicket, record: AgentRecord, told: Iterable[str]
    ) -> LaunchTicket:
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
            self.publish(ticket.tracked_agent_id)
        return ended(known, LaunchOutcome.LAUNCHED, "; ".join(told), self.now())


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
        mailbox=mailbox_options(ticket),
    )


def start_request(ticket: LaunchTicket) -> StartRequest:
    """How to start a brain that was built already. Raises UsageError naming the field."""
    folders = ("working_directory", "agent_def_dir", "brain_manifest_path")
    paths = {name: Path(os.path.expanduser(getattr(ticket, name))) for name in folders}
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
        backend=headless_of(brain.tool).backend,
        tracked_agent_id=ticket.tracked_agent_id,
        mailbox=mailbox_options(ticket),
    )


def mailbox_options(ticket: LaunchTicket) -> MailboxOptions:
    """What the caller said of the agent's mailbox."""
    root = ticket.mailbox_filesystem_root
    return MailboxOptions(
        transport=ticket.mailbox_transport or None,
        root=Path(os.path.expanduser(root)) if root else None,
        principal_id=ticket.mailbox_principal_id or None,
        address=ticket.mailbox_address or None,
    )


def launcher(settings: Settings, store: LaunchStore, turns: TurnStore) -> Launcher:
    """A launcher of this host's agents."""
    files = agents_of(settings)

    def start_one(ticket: LaunchTicket, generation: Generation) -> Started:
        if ticket.brain_manifest_path:
            return start(start_request(ticket), settings, config.environment(), generation)
        return launch_agent(
            order_of(ticket, Path.cwd()), settings, config.environment(), generation
        )

    def take_away(ticket: LaunchTicket, generation: Generation) -> AgentRecord | None:
        where = Path(ticket.working_directory or Path.cwd())
        record = abandoned.remove_abandoned(generation, settings, where)
        if record is None and ticket.tracked_agent_id:
            files.forget(ticket.tracked_agent_id)
        return record

    def publish(tracked: str) -> None:
        authority = files.authority(tracked)
        if authority is not None:
            turns.put_agent(replace(owned_agent(authority, settings.host_id), session_lives=True))

    return Launcher(store, start_one, take_away, publish)
