"""Agents whose lease is over and whose tool runs: a machine that slept has renewed none."""

from collections.abc import Iterable, Mapping

from houmao.registry.files import RegistryEntry
from houmao.tmux.panes import Pane
from houmao.tmux.process import ProcessTable


def running_on(
    entries: Iterable[RegistryEntry],
    panes: Iterable[Pane],
    watched: Mapping[str, str],
    now: float,
) -> frozenset[str]:
    """Ids of those whose tool is watched, or runs in the living pane with the agent's mark.

    `watched` are the agents whose tool is seen to run: id to generation.
    """
    records = [entry.record for entry in entries if entry.record is not None]
    over = [it for it in records if not it.ended and not it.is_fresh(now)]
    known = {it.agent_id for it in over if watched.get(it.agent_id) == it.generation_id}
    marked = {pane.agent_id: pane.pid for pane in panes if not pane.dead} if over else {}
    asked = [it for it in over if it.agent_id in marked and it.agent_id not in known]
    if not asked:
        return frozenset(known)
    table = ProcessTable.read()
    there = (it.agent_id for it in asked if it.tool in table.find_tools(marked[it.agent_id]))
    return frozenset(known | {*there})
