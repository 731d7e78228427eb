"""In which pane of a session a tool runs. Pure but for the process table it is given."""

from collections.abc import Callable, Iterable

from houmao.tmux.panes import Pane
from houmao.tmux.process import ProcessTable, ToolProcess


def find_pane(
    panes: Iterable[Pane], tool: str, table: Callable[[], ProcessTable]
) -> tuple[Pane | None, ToolProcess | None]:
    """The session's pane in which the tool runs, else its first living one, else its first.

    `table` is asked only when a pane lives, so that one reading serves many agents.
    """
    ordered = sorted(panes, key=lambda pane: (pane.dead, pane.order))
    for pane in ordered:
        process = None if pane.dead else table().find_tool(pane.pid, tool)
        if process is not None:
            return pane, process
    return (ordered[0], None) if ordered else (None, None)
