"""The agent's pane is the one its process runs in; anything unclear is refused."""

from dataclasses import replace

import pytest

from houmao.errors import UsageError
from houmao.sessions.adopting.adoptable_panes import (
    adoptable_panes,
    idle_pane,
    inhabitants,
    running_tool,
)
from houmao.tmux.panes import Pane
from houmao.tmux.process import ProcessFacts, ProcessTable
from tests.unit.registry.documents import record
from tests.values import PANE

SESSION = "work"


def pane(number: int, window: int = 0) -> Pane:
    """Pane `%n` whose shell has process id n * 100."""
    return replace(
        PANE,
        session_name=SESSION,
        window_index=window,
        pane_index=number,
        pane_id=f"%{number}",
        pid=number * 100,
        command="bash",
    )


def machine(processes: dict[int, tuple[int, str]]) -> ProcessTable:
    """Processes as given: id to (parent, command)."""
    facts = {pid: ProcessFacts(pid, name, (name,)) for pid, (_, name) in processes.items()}
    return ProcessTable({pid: parent for pid, (parent, _) in processes.items()}, facts.get)


CLAUDE_IN_1 = {100: (1, "bash"), 101: (100, "claude")}
CLAUDE_IN_2 = {200: (1, "bash"), 201: (200, "claude")}
CODEX_IN_2 = {200: (1, "bash"), 201: (200, "codex")}
BASH_IN_2 = {200: (1, "bash")}
PANES = (pane(1), pane(2))


def test_the_pane_with_the_process_is_found() -> None:
    """A shell beside the agent does not matter, in whatever order."""
    found = adoptable_panes(PANES, machine(BASH_IN_2 | CLAUDE_IN_1))
    place = running_tool(SESSION, found, None, own_pane_id="%2")
    assert (place.pane.pane_id, place.tool, place.tool_pid) == ("%1", "claude", 101)


def test_nothing_runs() -> None:
    """Without a tool the error names the tools and the way to adopt an idle session."""
    with pytest.raises(UsageError, match=r"no claude, codex, .* or opencode runs .*--headless"):
        running_tool(SESSION, adoptable_panes(PANES, machine(BASH_IN_2)), None, None)


def test_another_tool_than_said() -> None:
    """A provider that disagrees with the processes is refused."""
    with pytest.raises(UsageError, match="runs claude, not codex: correct --provider"):
        running_tool(SESSION, adoptable_panes(PANES, machine(CLAUDE_IN_1)), "codex", None)


def test_two_tools_need_a_choice() -> None:
    """With two tools the provider, else the caller's own pane, decides."""
    found = adoptable_panes(PANES, machine(CLAUDE_IN_1 | CODEX_IN_2))
    with pytest.raises(UsageError, match="runs claude and codex: choose one"):
        running_tool(SESSION, found, None, None)
    assert running_tool(SESSION, found, "codex", "%1").tool == "codex"
    assert running_tool(SESSION, found, None, "%1").tool == "claude"


def test_of_two_of_one_tool_the_callers_is_meant() -> None:
    """Then the one that holds no agent yet; what stays unclear is refused with the panes' ids."""
    found = adoptable_panes(PANES, machine(CLAUDE_IN_1 | CLAUDE_IN_2))
    assert running_tool(SESSION, found, None, "%2").pane.pane_id == "%2"
    assert running_tool(SESSION, found, None, None, taken={"%1"}).pane.pane_id == "%2"
    with pytest.raises(UsageError, match=r"claude runs in 2 panes .*%1 .*%2 .*--pane"):
        running_tool(SESSION, found, None, None)


def test_a_tool_started_by_a_tool_is_no_agent() -> None:
    """A codex that serves a claude is part of that claude."""
    found = adoptable_panes(PANES, machine(CLAUDE_IN_1 | {102: (101, "node"), 103: (102, "codex")}))
    assert [(place.tool, place.tool_pid) for place in found] == [("claude", 101)]


def test_two_tools_side_by_side_in_one_pane() -> None:
    """Neither started the other, so both are found."""
    found = adoptable_panes(PANES, machine(CLAUDE_IN_1 | {102: (100, "codex")}))
    assert {place.tool for place in found} == {"claude", "codex"}


def test_idle_session() -> None:
    """A headless agent gets the first pane."""
    place = idle_pane(SESSION, PANES[::-1], [], "codex")
    assert (place.pane.pane_id, place.tool, place.tool_pid) == ("%1", "codex", None)


def test_session_with_a_running_tool_is_not_idle() -> None:
    """A tool in the first window forbids turns there; one in another window does not."""
    found = adoptable_panes(PANES, machine(CODEX_IN_2))
    with pytest.raises(UsageError, match="codex runs in the first window"):
        idle_pane(SESSION, PANES, found, "codex")
    apart = (pane(1), pane(2, window=1))
    assert idle_pane(
        SESSION, apart, adoptable_panes(apart, machine(CODEX_IN_2)), "codex"
    ).pane == pane(1)


def test_who_lives_where() -> None:
    """By the mark on the pane; an agent without one is taken for the first of its tool there."""
    two, three = pane(2), replace(pane(3), agent_id="a3")
    table = machine(CLAUDE_IN_2 | {300: (1, "bash"), 301: (300, "claude")})
    records = [record(name, session_name=SESSION) for name in ("a3", "old")]
    found = inhabitants(adoptable_panes((two, three), table), records, "")
    assert {place: it.agent_id for place, it in found.items()} == {"%2": "old", "%3": "a3"}
    elsewhere = [record("other", session_name="elsewhere")]
    assert inhabitants(adoptable_panes((two, three), table), elsewhere, "") == {}
    assert inhabitants(adoptable_panes((two,), table), records, "/another/server") == {}
