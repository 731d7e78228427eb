"""Undoes an adoption: its record and its folder go; what runs in the pane goes on, left alone."""

from contextlib import suppress
from pathlib import Path

from houmao.config import Settings
from houmao.errors import AmbiguousName, Conflict, HoumaoError, NotFound
from houmao.ids import aliases
from houmao.registry.files import Registry
from houmao.registry.record import AgentRecord
from houmao.sessions.adopting.folder import remove_folder
from houmao.sessions.headless.ownership import agents_of, disown_agent
from houmao.sessions.places import address_of
from houmao.sessions.processes.ending import is_adopted, withdraw
from houmao.tmux import lifecycle, listing
from houmao.tmux.address import TmuxAddress
from houmao.tmux.panes import LEFT_ALONE


def leave(reference: str, settings: Settings) -> AgentRecord:
    """Publish an adopted agent no longer; its record as it was.

    Raises NotFound, AmbiguousName, Unavailable, and Conflict for an agent that Houmao has started
    or whose turn runs.
    """
    registry = Registry(settings.registry_root)
    record = _meant(reference, registry)
    if not is_adopted(record):
        raise Conflict(
            f"agent {record.agent_name!r} was not adopted; end it with `houmao-mgr agents stop`"
        )
    disown_agent(record, agents_of(settings))
    withdraw(registry, record)
    _leave_alone(address_of(record, TmuxAddress(settings.tmux_socket)), record.agent_id)
    remove_folder(Path(record.session_root or ""))
    return record


def _meant(reference: str, registry: Registry) -> AgentRecord:
    records = [entry.record for entry in registry.entries() if entry.record]
    wanted = aliases(reference)
    found = [it for it in records if it.agent_id == reference] or [
        it for it in records if wanted & aliases(it.agent_name)
    ]
    if len(found) > 1:
        raise AmbiguousName(reference, tuple(sorted(it.agent_id for it in found)))
    if not found:
        raise NotFound(f"no agent {reference!r} in the registry {registry.root}")
    return found[0]


def _leave_alone(address: TmuxAddress, agent_id: str) -> None:
    # A server that is gone has taken the mark with it.
    with suppress(HoumaoError):
        for pane in listing.panes(address):
            if pane.agent_id == agent_id:
                lifecycle.mark(address, pane.pane_id, LEFT_ALONE)
