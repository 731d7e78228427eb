"""Which pane holds the agent to adopt, decided by the processes in it.

Pure: panes, processes and records were read by others. One session may hold any number of
agents, each in a pane of its own.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from houmao.errors import UsageError
from houmao.registry.record import AgentRecord
from houmao.tmux.panes import Pane
from houmao.tmux.process import ProcessTable
from houmao.tools.catalog import NAMES


@dataclass(frozen=True, slots=True)
class AdoptablePane:
    """A pane and the tool in it; `tool_pid` is None while the tool is not running."""

    pane: Pane
    tool: str
    tool_pid: int | None


def adoptable_panes(panes: Iterable[Pane], table: ProcessTable) -> tuple[AdoptablePane, ...]:
    """Every tool that runs in these panes, window 0 pane 0 first."""
    return tuple(
        AdoptablePane(pane, tool, process.pid)
        for pane in sorted(panes, key=lambda pane: pane.order)
        for tool, process in table.find_tools(pane.pid).items()
    )


def inhabitants(
    found: Iterable[AdoptablePane], live: Iterable[AgentRecord], watched: str
) -> dict[str, AgentRecord]:
    """Pane id to the live agent in it: by the mark on the pane, else by session and tool.

    `watched` is the socket of the tmux server where agents without a pane of their own are.
    """
    places, records = tuple(found), {record.agent_id: record for record in live}
    marked = {it.pane.pane_id: it.pane.agent_id for it in places if it.pane.agent_id in records}
    known = {pane_id: records[agent_id] for pane_id, agent_id in marked.items()}
    for record in (it for it in records.values() if it.pane is None and it not in known.values()):
        wanted = (watched, record.session_name, record.tool)
        for it in places:
            there = (it.pane.socket, it.pane.session_name, it.tool) == wanted
            if there and it.pane.pane_id not in known:
                known[it.pane.pane_id] = record
                break
    return known


def running_tool(
    session: str,
    found: Iterable[AdoptablePane],
    tool: str | None,
    own_pane_id: str | None,
    taken: Collection[str] = (),
) -> AdoptablePane:
    """The one running tool that is meant; the pane the caller sits in decides in doubt.

    Then a pane that holds no agent yet does; `taken` are the ids of the others. Raises UsageError
    when there is none, when `tool` is not what runs, or when it is unclear.
    """
    every = tuple(found)
    if not every:
        raise UsageError(
            f"no {_listed(NAMES)} runs in tmux session {session!r}: start one there, "
            "or adopt the idle session with --headless and --provider"
        )
    own = [it for it in every if it.pane.pane_id == own_pane_id and tool in (None, it.tool)]
    free = [it for it in every if it.pane.pane_id not in taken and tool in (None, it.tool)]
    likely = own or free or every
    wanted = tool or _only_tool(session, likely)
    matching = [place for place in likely if place.tool == wanted]
    if not matching:
        raise UsageError(
            f"tmux session {session!r} runs {_listed(_tools(every), 'and')}, not {wanted}: "
            "correct --provider"
        )
    if len(matching) > 1:
        panes = [f"{it.pane.pane_id} in window {it.pane.window_name!r}" for it in matching]
        raise UsageError(
            f"{wanted} runs in {len(panes)} panes of tmux session {session!r} "
            f"({', '.join(panes)}): choose one with --pane or --window, or adopt --all"
        )
    return matching[0]


def idle_pane(
    session: str, panes: Iterable[Pane], found: Iterable[AdoptablePane], tool: str
) -> AdoptablePane:
    """The first pane of a session in whose first window no tool runs; else UsageError."""
    first = min(panes, key=lambda pane: pane.order)
    for place in found:
        if place.pane.window_index == first.window_index:
            raise UsageError(
                f"{place.tool} runs in the first window of tmux session {session!r}: "
                "end it there, or adopt it without --headless"
            )
    return AdoptablePane(first, tool, None)


def _only_tool(session: str, found: Iterable[AdoptablePane]) -> str:
    tools = _tools(found)
    if len(tools) > 1:
        raise UsageError(
            f"tmux session {session!r} runs {_listed(tools, 'and')}: choose one with --provider"
        )
    return tools[0]


def _tools(found: Iterable[AdoptablePane]) -> tuple[str, ...]:
    return tuple(sorted({place.tool for place in found}))


def _listed(words: tuple[str, ...], conjunction: str = "or") -> str:
    return f" {conjunction} ".join(filter(None, (", ".join(words[:-1]), words[-1])))
