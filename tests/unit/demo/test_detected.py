"""What the stubs paint is read by the detectors as what the stubs do.

The demo and the benchmark stand on this: a stub that is misread would prove nothing.
"""

import pytest

from houmao.demo.keys import KeyKind, TypedKey
from houmao.demo.play import Play, advance, next_due, press
from houmao.demo.rows import Size, as_text
from houmao.demo.screens import TOOLS, ScreenContext, paint
from houmao.detect.signals import BlockedOn, Frame, Signals, Tristate
from houmao.tools.catalog import select_detector

VERSIONS = {"claude": "2.1.197", "codex": "0.169.0", "gemini": "0.61.0"}
SIZES = (Size(80, 24), Size(120, 40), Size(220, 50))


def told(play: Play, now: float, size: Size) -> Signals:
    """What the tool's detector says about the play's screen."""
    screen = paint(play, now, ScreenContext(size, "~/demo"))
    frame = Frame(
        raw="\n".join(as_text(line, size.columns) for line in screen.rows),
        at_seconds=now,
        width=size.columns,
        height=size.rows,
        cursor_x=screen.cursor.x,
        cursor_y=screen.cursor.y,
        cursor_visible=screen.cursor.visible,
        alternate_screen=screen.alternate,
        title=screen.title,
    )
    return select_detector(play.tool, VERSIONS[play.tool]).detect(frame)


def prompted(tool: str, prompt: str) -> Play:
    play = press(Play(tool), TypedKey(KeyKind.TEXT, prompt), 0.0)
    return press(play, TypedKey(KeyKind.ENTER), 0.0)


def after(play: Play, now: float) -> Play:
    while (due := next_due(play)) is not None and due <= now:
        play = advance(play, due, "09:03")
    return play


@pytest.fixture(params=TOOLS)
def tool(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=SIZES, ids=lambda size: f"{size.columns}x{size.rows}")
def size(request: pytest.FixtureRequest) -> Size:
    found: Size = request.param
    return found


def test_idle(tool: str, size: Size) -> None:
    signals = told(Play(tool), 0.0, size)
    assert signals.ready_posture is Tristate.YES
    assert signals.editing_input is Tristate.NO
    assert not signals.active_evidence


def test_draft(tool: str, size: Size) -> None:
    signals = told(press(Play(tool), TypedKey(KeyKind.TEXT, "half a thought"), 0.0), 0.0, size)
    assert signals.editing_input is Tristate.YES
    assert signals.prompt_text == "half a thought"
    assert not signals.active_evidence


@pytest.mark.parametrize("now", [0.0, 1.5, 8.0])
def test_working(tool: str, size: Size, now: float) -> None:
    """Before the first word, with a few words and with several rows of them."""
    signals = told(prompted(tool, "turn 9"), now, size)
    assert signals.active_evidence
    assert signals.ready_posture is not Tristate.YES


def test_finished(tool: str, size: Size) -> None:
    signals = told(after(prompted(tool, "turn 3"), 5.0), 5.0, size)
    assert signals.ready_posture is Tristate.YES
    assert signals.success_candidate
    assert not signals.active_evidence
    assert not signals.interrupted
    assert not signals.current_error_present


def test_asking(tool: str, size: Size) -> None:
    signals = told(after(prompted(tool, "ask"), 5.0), 5.0, size)
    assert signals.blocked_on is BlockedOn.APPROVAL
    assert signals.ready_posture is not Tristate.YES


def test_interrupted(tool: str, size: Size) -> None:
    play = press(prompted(tool, "turn 9"), TypedKey(KeyKind.ESCAPE), 5.0)
    signals = told(play, 5.0, size)
    assert signals.interrupted
    assert not signals.success_candidate


def test_failed(tool: str, size: Size) -> None:
    signals = told(after(prompted(tool, "error"), 5.0), 5.0, size)
    assert signals.current_error_present
    assert not signals.success_candidate
