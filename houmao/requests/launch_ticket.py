"""A launch that somebody asked a host for, and its life: queued, running, ended. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

#: Seconds after which a launch that no host has begun is given up.
DEADLINE_SECONDS = 60.0


class LaunchState(StrEnum):
    """Where a launch is in its life; `ended` is final."""

    QUEUED = "queued"
    RUNNING = "running"
    ENDED = "ended"


class LaunchOutcome(StrEnum):
    """How a launch ended."""

    #: The agent runs and is published.
    LAUNCHED = "launched"
    #: It does not run, and nothing of it was left.
    FAILED = "failed"
    #: No host took it in time.
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class LaunchTicket:
    """One launch. Empty texts are for the recipe and the host to say; times are epoch seconds."""

    launch_id: str
    host: str
    agents: str
    provider: str
    created_at: float
    deadline_at: float
    agent_name: str = ""
    agent_id: str = ""
    session_name: str = ""
    working_directory: str = ""
    agent_def_dir: str = ""
    #: A brain that was built already, instead of a recipe; then also its tool and its role.
    brain_manifest_path: str = ""
    tool: str = ""
    role_name: str = ""
    #: Run it turn by turn, its turns kept under this id.
    tracked_agent_id: str = ""
    #: Which mailbox it has; what is empty is for the recipe to say.
    mailbox_transport: str = ""
    mailbox_filesystem_root: str = ""
    mailbox_principal_id: str = ""
    mailbox_address: str = ""
    state: LaunchState = LaunchState.QUEUED
    outcome: LaunchOutcome | None = None
    #: A sentence about the outcome, for a person.
    detail: str = ""
    tmux_session_name: str = ""
    manifest_path: str = ""
    session_root: str = ""
    #: The generation of the agent it launches, once it runs.
    generation_id: str = ""
    born_at: float | None = None
    #: HTTP status of what it failed for.
    failed_status: str = ""
    ended_at: float | None = None

    @property
    def ended(self) -> bool:
        """True once nothing more will be tried."""
        return self.state is LaunchState.ENDED


def ended(ticket: LaunchTicket, outcome: LaunchOutcome, detail: str, now: float) -> LaunchTicket:
    """The launch at its end; an ended one stays as it is."""
    if ticket.ended:
        return ticket
    return replace(ticket, state=LaunchState.ENDED, outcome=outcome, detail=detail, ended_at=now)


def seen_at(ticket: LaunchTicket, now: float) -> LaunchTicket:
    """The launch as it counts now: one that nobody began in time will never begin."""
    if ticket.state is not LaunchState.QUEUED or now < ticket.deadline_at:
        return ticket
    return ended(
        ticket,
        LaunchOutcome.EXPIRED,
        f"host {ticket.host} did not begin in time; does its launch process run?",
        ticket.deadline_at,
    )


def ticket_from(found: Mapping[str, object]) -> LaunchTicket:
    """The launch of flat fields. Raises ValueError, KeyError or TypeError."""
    known = {field.name for field in fields(LaunchTicket)}
    values: dict[str, Any] = {name: value for name, value in found.items() if name in known}
    values["state"] = LaunchState(str(values["state"]))
    values["outcome"] = LaunchOutcome(str(values["outcome"])) if values.get("outcome") else None
    return LaunchTicket(**values)
