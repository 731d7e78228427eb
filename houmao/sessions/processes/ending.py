"""Ends a session: what runs in it, then what its tool has left elsewhere, then its record.

The record is the promise that the agent is there, so that it goes last and stays when the agent
does.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePath

import psutil

from houmao.registry.files import Registry, RegistryEntry
from houmao.registry.record import AgentRecord
from houmao.sessions.processes.orphans import named_processes
from houmao.sessions.variables import MANIFEST_PATH, spellings
from houmao.tmux import ending, listing
from houmao.tmux.address import TmuxAddress
from houmao.tmux.ending import Survivor
from houmao.tmux.panes import Pane
from houmao.tools.catalog import tool_named

#: What the folder of an adopted session is called first.
ADOPTED_PREFIX = "joined-"


def end_agent(address: TmuxAddress, record: AgentRecord) -> bool:
    """End the agent's tmux session and its tool; False when there was none.

    Of a session that is not the agent's alone only its own pane ends. Raises Survivor when
    something of it lives on, TmuxError when tmux cannot be asked.
    """
    daemons = (*_of_tool(record), *_gateway_of(record))
    ended = _end_place(address, record)
    if left := ending.end_processes(daemons):
        raise Survivor(f"process {left[0].pid} of agent {record.agent_name!r} did not end")
    return ended


def _end_place(address: TmuxAddress, record: AgentRecord) -> bool:
    panes = listing.panes(address)
    marked = [pane for pane in panes if pane.agent_id == record.agent_id]
    session = [pane for pane in panes if pane.session_name == record.session_name]
    own = next((pane for pane in session if pane in marked), None)
    if own is not None and _is_shared(record, [pane for pane in session if pane != own]):
        return ending.end_pane(address, own.pane_id)
    # The pane is elsewhere, or a successor's; or it is gone, and the session is others'.
    if own is None and (marked or any(pane.agent_id for pane in session)):
        return False
    return ending.end_session(address, record.session_name)


def _is_shared(record: AgentRecord, others: Sequence[Pane]) -> bool:
    """Whether somebody else's panes are there: another agent's, or a person's in their session."""
    return bool(others) and (is_adopted(record) or any(pane.agent_id for pane in others))


def is_adopted(record: AgentRecord) -> bool:
    """Whether the agent was there before Houmao was; its session is its person's then."""
    return PurePath(record.session_root or "").name.startswith(ADOPTED_PREFIX)


def withdraw(registry: Registry, record: AgentRecord) -> bool:
    """Remove the agent's record if it is still this incarnation's; whether it was."""

    def ours(entry: RegistryEntry) -> bool:
        found = entry.record
        return found is not None and found.generation_id == record.generation_id

    return registry.remove_if(registry.entry(record.agent_id).path, ours)


def _of_tool(record: AgentRecord) -> Iterator[psutil.Process]:
    """Processes of the tool that carry the session's own variable, wherever they are by now.

    Some tools leave daemons behind, outside of their pane. Only the tool's own processes are
    meant: what else an agent has started for good is not ours to end.
    """
    known = tool_named(record.tool).process_names
    for process, names in named_processes():
        if names & known:
            with suppress(psutil.Error, OSError):
                environ = process.environ()
                if any(environ.get(it) == record.manifest_path for it in spellings(MANIFEST_PATH)):
                    yield process


def _gateway_of(record: AgentRecord) -> Iterator[psutil.Process]:
    """The gateway that is attached to the session, whichever release it is of."""
    if record.session_root is None:
        return
    with suppress(OSError, ValueError, psutil.Error):
        pid = int(
            (Path(record.session_root) / "gateway" / "run" / "gateway.pid").read_text("ascii")
        )
        process = psutil.Process(pid)
        # The number may have gone to another program since.
        if any("gateway" in word for word in process.cmdline()):
            yield process
