"""What a pane's title is worth: it counts while it is seen to move."""

from houmao.detect.signals import Frame
from houmao.tools.catalog import select_detector
from houmao.track.scheduler import LoopScheduler
from houmao.track.session import TrackerSession
from houmao.track.state import LastTurn, LastTurnResult, TurnPhase
from tests.unit.track import screens

OLD = "◐ an earlier task"


class Watched:
    """A session and its clock."""

    def __init__(self) -> None:
        self.scheduler = LoopScheduler()
        self.session = TrackerSession(select_detector("claude", "2.1.332"), self.scheduler)

    def show(self, raw: str, title: str | None, at: float) -> TurnPhase:
        self.scheduler.advance_to(at)
        self.session.on_frame(Frame(raw, at, title=title))
        return self.session.state.phase

    def unchanged(self, at: float) -> TurnPhase:
        self.scheduler.advance_to(at)
        self.session.on_unchanged(at)
        return self.session.state.phase


def test_a_title_that_an_earlier_program_left_behind_begins_no_turn() -> None:
    agent = Watched()
    for tick in range(30):
        agent.show(screens.FINISHED, OLD, tick * 0.4)
    assert agent.session.state.phase is TurnPhase.READY
    assert agent.session.state.last_turn == LastTurn()


def test_a_title_that_stands_grows_old_although_nothing_else_changes() -> None:
    agent = Watched()
    assert agent.show(screens.IDLE, OLD, 0.0) is TurnPhase.ACTIVE
    assert agent.unchanged(1.0) is TurnPhase.ACTIVE
    assert agent.unchanged(2.0) is TurnPhase.ACTIVE
    assert agent.unchanged(3.0) is TurnPhase.READY


def test_a_turn_below_a_title_that_stands_is_judged_by_the_screen() -> None:
    agent = Watched()
    for tick in range(10):
        agent.show(screens.IDLE, OLD, tick * 0.4)
    assert agent.show(screens.BUSY, OLD, 4.0) is TurnPhase.ACTIVE
    assert agent.show(screens.FINISHED, OLD, 6.0) is TurnPhase.READY
    agent.scheduler.advance_to(8.0)
    assert agent.session.state.last_turn.result is LastTurnResult.SUCCESS


def test_a_title_that_moves_keeps_a_turn_running_that_the_screen_hides() -> None:
    agent = Watched()
    for tick in range(20):
        agent.show(screens.FINISHED, f"{'◐◑'[tick % 2]} Claude Code", float(tick))
    assert agent.session.state.phase is TurnPhase.ACTIVE


def test_two_looks_far_apart_do_not_make_a_title_old() -> None:
    """It may have moved and come round in between."""
    agent = Watched()
    agent.show(screens.FINISHED, "◐ Claude Code", 0.0)
    assert agent.show(screens.FINISHED, "◐ Claude Code", 10.0) is TurnPhase.ACTIVE
