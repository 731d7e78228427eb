"""What makes doubtful where an agent lives."""

from dataclasses import replace

import pytest

from houmao.tmux.panes import Pane
from tests.values import PANE
from workers.watch.pane_bindings import is_other, looks_other, surroundings


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
