"""What makes doubtful where an agent lives."""

from dataclasses import replace
from pathlib import Path

import pytest

from houmao.tmux.panes import Pane
from houmao.track.scheduler import LoopScheduler
from tests.values import IDENTITY, PANE
from workers.watch.change_notices import ChangeNotices
from workers.watch.pane_bindings import PaneBindings, is_other, looks_other, surroundings
from workers.watch.process_exits import ProcessExits
from workers.watch.watched_agent import WatchedAgent


def pane(number: int, **changes: object) -> Pane:
    return replace(PANE, pane_id=f"%{number}", pane_index=number, pid=100 + number, **changes)  # type: ignore[arg-type]


FIRST, SECOND, THIRD = (pane(number) for number in range(3))


@pytest.mark.parametrize(
    ("change", "other", "repainted"),
    [
        ({"pid": 7}, True, False),
        ({"tty": "/dev/pts/99"}, True, False),
        ({"session_name": "elsewhere"}, False, False),
        ({"dead": True}, True, False),
        ({"width": 7}, False, True),
        ({"height": 7}, False, True),
        ({"alternate_screen": True}, False, True),
        ({"history_size": 7}, False, True),
        ({"title": "x"}, False, False),
        ({"cursor_x": 7}, False, False),
        ({"command": "x"}, False, False),
    ],
)
def test_what_changes_mean(change: dict[str, object], other: bool, repainted: bool) -> None:
    """Another pane behind the id, a screen that changed by itself, or nothing of interest."""
    now = replace(PANE, **change)  # type: ignore[arg-type]
    assert (is_other(PANE, now), looks_other(PANE, now)) == (other, repainted)


@pytest.mark.parametrize(
    ("panes", "same"),
    [
        ([SECOND, FIRST], True),
        ([replace(FIRST, title="x", width=7, active=False), SECOND], True),
        ([FIRST], False),
        ([FIRST, SECOND, THIRD], False),
        ([replace(FIRST, command="python"), SECOND], False),
        ([replace(FIRST, pid=7), SECOND], False),
        ([replace(FIRST, dead=True), SECOND], False),
        ([replace(FIRST, tty="/dev/x"), SECOND], False),
    ],
)
def test_surroundings_change_when_another_program_may_run(panes: list[Pane], same: bool) -> None:
    """In any pane of the session; mere appearance is no reason to look for the agent again."""
    assert (surroundings(panes) == surroundings([FIRST, SECOND])) is same


def test_a_device_is_heard_of_while_any_pane_bears_its_name(tmp_path: Path) -> None:
    """A pane that died keeps the name of its device, and the next pane is given that device."""
    device = tmp_path / "tty"
    device.touch()
    notices = ChangeNotices()
    bindings = PaneBindings(notices, ProcessExits())
    dead, living = (WatchedAgent(IDENTITY, LoopScheduler(0.0)) for _ in range(2))
    dead.pane, living.pane = (replace(it, tty=str(device)) for it in (FIRST, SECOND))
    for agent in (dead, living):
        bindings.enter(agent)
    bindings.leave(dead)
    device.write_text("a paint")
    assert list(bindings.painted(notices.read().ttys)) == [(living.pane.key, (living,))]
    assert [key for key, _ in bindings.painted(None)] == [living.pane.key]
    bindings.leave(living)
    device.write_text("another")
    assert not notices.read().ttys
    notices.close()
