"""What tmux answers about panes becomes values, whatever programs put into their titles."""

import pytest

from houmao.tmux.panes import KEEPER_SESSION, PANE_FORMAT, Pane, frame_of, parse_pane, parse_panes

ANSWER = {
    "session_name": "work",
    "session_id": "$3",
    "window_index": "1",
    "pane_index": "2",
    "pane_id": "%7",
    "pane_pid": "4711",
    "pane_tty": "/dev/pts/9",
    "pane_dead": "0",
    "pane_active": "1",
    "pane_width": "120",
    "pane_height": "40",
    "cursor_x": "5",
    "cursor_y": "6",
    "cursor_flag": "1",
    "alternate_on": "0",
    "history_size": "99",
    "@houmao-agent": "an-agent",
    "window_id": "@4",
    "window_active": "1",
    "session_attached": "1",
    "socket_path": "/tmp/tmux-1000/work",
    "window_name": "api",
    "pane_current_path": "/srv/api",
    "pane_current_command": "claude",
    "pane_title": "✳ ready",
}


def line(**changes: str) -> str:
    """tmux's answer to PANE_FORMAT."""
    text = PANE_FORMAT
    for name, value in (ANSWER | changes).items():
        text = text.replace(f"#{{{name}}}", value)
    return text


PANE = Pane(
    session_name="work",
    session_id="$3",
    window_index=1,
    pane_index=2,
    pane_id="%7",
    pid=4711,
    tty="/dev/pts/9",
    dead=False,
    active=True,
    width=120,
    height=40,
    cursor_x=5,
    cursor_y=6,
    cursor_visible=True,
    alternate_screen=False,
    history_size=99,
    command="claude",
    title="✳ ready",
    window_id="@4",
    window_name="api",
    in_sight=True,
    folder="/srv/api",
    agent_id="an-agent",
    socket="/tmp/tmux-1000/work",
)


def test_every_field_is_read() -> None:
    """The format asks for each field once and the answer fills each."""
    assert parse_pane(line()) == PANE


@pytest.mark.parametrize("name", ["pane_active", "window_active", "session_attached"])
def test_a_pane_behind_another_is_out_of_sight(name: str) -> None:
    pane = parse_pane(line(**{name: "0"}))
    assert pane is not None
    assert not pane.in_sight


def test_title_may_hold_separators() -> None:
    """A program that puts tabs into its title moves no other field."""
    found = parse_pane(line(pane_title="a\tb\t%9"))
    assert found is not None
    assert (found.title, found.command, found.pane_id) == ("a\tb\t%9", "claude", "%7")


def test_empty_fields_are_zero() -> None:
    """A dead pane has no process; tmux leaves such fields empty."""
    found = parse_pane(line(pane_pid="", pane_dead="1", cursor_x="", pane_title=""))
    assert found is not None
    assert (found.pid, found.dead, found.cursor_x, found.title) == (0, True, 0, "")


@pytest.mark.parametrize("text", ["", "work", "can't find pane: %7", "\t" * 18, "no\ttabs" * 9])
def test_other_lines_are_no_pane(text: str) -> None:
    """Complaints and cut lines give nothing, never half a pane."""
    assert parse_pane(text) is None


def test_own_keeper_is_never_listed() -> None:
    """The session that holds our connection is nobody's agent."""
    listed = parse_panes([line(), line(session_name=KEEPER_SESSION), "junk"])
    assert listed == [PANE]


def test_panes_sort_by_window_then_place() -> None:
    """Window 0 pane 0 comes first, 10 after 9."""
    places = [("10", "0"), ("9", "1"), ("0", "1"), ("0", "0"), ("9", "0")]
    panes = parse_panes(line(window_index=w, pane_index=p) for w, p in places)
    assert sorted(pane.order for pane in panes) == [(0, 0), (0, 1), (9, 0), (9, 1), (10, 0)]


def test_frame_carries_what_tmux_knows() -> None:
    """The text is as `capture-pane -p` prints it, a newline after every line."""
    frame = frame_of(PANE, ["a", "", "b"], 12.5)
    assert (frame.raw, frame.at_seconds) == ("a\n\nb\n", 12.5)
    assert (frame.width, frame.height, frame.cursor_x, frame.cursor_y) == (120, 40, 5, 6)
    assert (frame.cursor_visible, frame.alternate_screen, frame.title) == (True, False, "✳ ready")
