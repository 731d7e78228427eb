"""In which pane an agent's tool runs. Pure but for the process table it is given."""

from collections.abc import Callable, Iterable

from houmao.tmux.panes import Pane
from houmao.tmux.process import ProcessTable, ToolProcess


def find_pane(
    panes: Iterable[Pane], tool: str, table: Callable[[], ProcessTable], agent_id: str = ""
) -> tuple[Pane | None, ToolProcess | None]:
    """The pane in which the agent's tool runs, else its first living one, else its first.

    The pane that bears the agent's mark is the one, wherever it is; without such a pane it is one
    that bears no mark. `table` is asked only when a pane lives, so that one reading serves many.
    """
    ordered = sorted(panes, key=lambda pane: (pane.dead, pane.order))
    addressed = _addressed(ordered, agent_id)
    for pane in addressed:
        process = None if pane.dead else table().find_tool(pane.pid, tool)
        if process is not None:
            return pane, process
    return next(iter(addressed or ordered), None), None


def _addressed(panes: list[Pane], agent_id: str) -> list[Pane]:
    if not agent_id:
        return panes
    marked = [pane for pane in panes if pane.agent_id == agent_id]
    return marked or [pane for pane in panes if not pane.agent_id]
