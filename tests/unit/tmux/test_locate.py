"""An agent's pane is the one in which its tool runs, else the one a person would look at."""

from dataclasses import replace

from houmao.tmux.locate import find_pane
from houmao.tmux.panes import Pane
from houmao.tmux.process import ProcessFacts, ProcessTable
from tests.unit.tmux.test_panes import PANE


def table(**tools: str) -> ProcessTable:
    """Panes' processes by number, each running what is named: `p100="claude"`."""
    facts = {
        int(name[1:]): ProcessFacts(int(name[1:]), tool, (tool,)) for name, tool in tools.items()
    }
    return ProcessTable(dict.fromkeys(facts, 1), facts.get)


def pane(number: int, **changes: object) -> Pane:
    values: dict[str, object] = {"pane_id": f"%{number}", "pane_index": number, "agent_id": ""}
    return replace(PANE, pid=100 + number, **(values | changes))  # type: ignore[arg-type]


FIRST, SECOND, THIRD = (pane(number) for number in range(3))


def test_the_pane_in_which_the_tool_runs() -> None:
    """Not the first one, not the active one."""
    found, process = find_pane(
        [FIRST, SECOND, THIRD], "claude", lambda: table(p100="bash", p101="vim", p102="claude")
    )
    assert (found, process and process.pid) == (THIRD, 102)


def test_of_several_the_first_in_the_sessions_order() -> None:
    """However tmux lists them."""
    both = table(p100="claude", p101="claude")
    assert find_pane([SECOND, FIRST], "claude", lambda: both)[0] == FIRST
    later_window = replace(FIRST, window_index=3)
    assert find_pane([later_window, SECOND], "claude", lambda: both)[0] == SECOND


def test_without_the_tool_the_first_living_pane() -> None:
    """Then its first one; without panes nothing."""
    none = table(p100="bash", p101="codex")
    dead = replace(FIRST, dead=True)
    assert find_pane([FIRST, SECOND], "claude", lambda: none) == (FIRST, None)
    assert find_pane([dead, SECOND], "claude", lambda: none) == (SECOND, None)
    assert find_pane([dead], "claude", lambda: none) == (dead, None)
    assert find_pane([], "claude", lambda: none) == (None, None)


def test_a_dead_panes_process_is_not_looked_for() -> None:
    """Its process id may be another program's by now."""
    dead = replace(FIRST, dead=True)
    assert find_pane([dead], "claude", lambda: table(p100="claude")) == (dead, None)


def test_the_agents_own_mark_decides() -> None:
    """Wherever its pane is; without one, no pane that another agent has marked is taken."""
    both = table(p100="claude", p101="claude")
    ours, theirs = replace(SECOND, agent_id="ours"), replace(FIRST, agent_id="theirs")
    assert find_pane([theirs, ours], "claude", lambda: both, "ours")[0] == ours
    assert find_pane([FIRST, ours], "claude", lambda: both, "ours")[0] == ours
    assert find_pane([theirs, SECOND], "claude", lambda: both, "ours")[0] == SECOND
    assert find_pane([theirs], "claude", lambda: both, "ours") == (theirs, None)
    ended = table(p100="claude", p101="bash")
    assert find_pane([FIRST, ours], "claude", lambda: ended, "ours") == (ours, None)
