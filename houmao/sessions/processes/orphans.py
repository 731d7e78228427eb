"""Daemons of tools that outlived what they were started for. Looks only; ends none."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psutil

from houmao.tmux.process import ProcessFacts, names_of
from houmao.tools.catalog import tool_of_process
from houmao.tools.tool import Tool

#: Who takes in processes whose parent has ended, beside process 1.
_ADOPTERS = frozenset({"init", "launchd", "systemd"})


@dataclass(frozen=True, slots=True)
class RunningTool:
    """The topmost process of a tool; daemons serve all of their tool with the same `home`."""

    pid: int
    tool: str
    home: tuple[str | None, ...]
    #: Whether neither a terminal nor another program stands behind it.
    detached: bool


def orphans() -> list[RunningTool]:
    """Those of our user that nobody uses any more."""
    return unused(list(_running_tools()))


def unused(running: Sequence[RunningTool]) -> list[RunningTool]:
    """The detached ones, but for those with whose home somebody works."""
    used = {(it.tool, it.home) for it in running if not it.detached}
    return [it for it in running if it.detached and (it.tool, it.home) not in used]


def named_processes() -> Iterator[tuple[psutil.Process, frozenset[str]]]:
    """Every process of the machine, and the names that it goes by."""
    for process in psutil.process_iter(["name", "cmdline"]):
        name, words = process.info["name"] or "", tuple(process.info["cmdline"] or ())
        yield process, names_of(ProcessFacts(process.pid, name, words))


def _running_tools() -> Iterator[RunningTool]:
    tools = {it: tool for it, names in named_processes() if (tool := tool_of_process(names))}
    for process, tool in tools.items():
        try:
            parent = process.parent()
            if parent not in tools and process.uids().real == os.getuid():
                yield _running_tool(process, tool, parent)
        except psutil.Error:
            # It has ended, or it is closed to us.
            continue


def _running_tool(
    process: psutil.Process, tool: Tool, parent: psutil.Process | None
) -> RunningTool:
    environ = process.environ()
    home = tuple(map(environ.get, (*tool.home_variables, "HOME")))
    left = parent is None or parent.pid == 1 or parent.name() in _ADOPTERS
    return RunningTool(process.pid, tool.name, home, left and process.terminal() is None)
