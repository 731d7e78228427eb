"""Ends a session: what runs in it, then what its tool has left elsewhere, then its record.

The record is the promise that the agent is there, so that it goes last and stays when the agent
does.
"""

from collections.abc import Iterator
from contextlib import suppress

import psutil

from houmao.registry.files import Registry, RegistryEntry
from houmao.registry.record import AgentRecord
from houmao.sessions.variables import MANIFEST_PATH, spellings
from houmao.tmux import ending
from houmao.tmux.address import TmuxAddress
from houmao.tmux.ending import Survivor
from houmao.tmux.process import ProcessFacts, names_of
from houmao.tools.catalog import tool_named


def end_session(address: TmuxAddress, record: AgentRecord) -> bool:
    """End the record's tmux session and its tool; False when there was no session.

    Raises Survivor when something of it lives on, TmuxError when tmux cannot be asked.
    """
    daemons = tuple(_of_tool(record))
    ended = ending.end_session(address, record.session_name)
    if left := ending.end_processes(daemons):
        raise Survivor(f"process {left[0].pid} of agent {record.agent_name!r} did not end")
    return ended


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
    for process in psutil.process_iter(["name", "cmdline"]):
        facts = ProcessFacts(
            process.pid, process.info["name"] or "", tuple(process.info["cmdline"] or ())
        )
        if names_of(facts) & known:
            with suppress(psutil.Error, OSError):
                environ = process.environ()
                if any(environ.get(it) == record.manifest_path for it in spellings(MANIFEST_PATH)):
                    yield process
