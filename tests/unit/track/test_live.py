"""What a live tracker says of a screen that stands still."""

from houmao.detect.signals import Frame, Tristate
from houmao.tools.catalog import select_detector
from houmao.track.live import WORK_GOES_ON, LiveTracker
from houmao.track.recovery import FINAL_STABLE_ACTIVE, STALE_ACTIVE
from houmao.track.scheduler import LoopScheduler
from houmao.track.state import LastTurn, LastTurnResult, TurnPhase
from tests.unit.track import screens

RETRY = "› go\n\n• Working (3s • esc to interrupt)\n\n› \n"


class Watched:
    """A live tracker with its clock; every call says at which second it happens."""

    def __init__(self, tool: str = "claude", version: str = "2.1.197") -> None:
        self.scheduler = LoopScheduler()
        self.tracker = LiveTracker(select_detector(tool, version), self.scheduler)

    def show(self, raw: str, at: float, title: str | None = None) -> TurnPhase:
        self.scheduler.advance_to(at)
        self.tracker.on_frame(Frame(raw, at, title=title))
        return self.tracker.state.phase

    def unchanged(self, at: float) -> TurnPhase:
        self.scheduler.advance_to(at)
        self.tracker.on_unchanged(at)
        return self.tracker.state.phase

    def notes(self) -> list[str]:
        return [transition.note for transition in self.tracker.drain()]


def test_a_turn_whose_screen_stands_still_is_doubted_and_never_ended() -> None:
    """A silent command with reduced motion looks the same as a tool that hangs."""
    agent = Watched()
    agent.show(screens.BUSY, 0.0)
    assert agent.unchanged(19.99) is TurnPhase.ACTIVE
    assert agent.unchanged(20.0) is TurnPhase.UNKNOWN
    assert agent.unchanged(600.0) is TurnPhase.UNKNOWN
    assert agent.notes() == ["active_signal", FINAL_STABLE_ACTIVE]
    state, signals = agent.tracker.state, agent.tracker.signals
    assert state.surface.ready_posture is Tristate.UNKNOWN
    assert state.last_turn == LastTurn()
    assert signals is not None
    assert signals.active_evidence
    assert agent.tracker.pending == ()


def test_a_status_row_alone_is_given_up_early() -> None:
    agent = Watched("codex", "0.144.1")
    agent.show(RETRY, 0.0)
    assert agent.unchanged(4.99) is TurnPhase.ACTIVE
    assert agent.unchanged(5.0) is TurnPhase.READY
    assert agent.notes()[-1] == STALE_ACTIVE


def test_a_status_row_under_our_own_prompt_is_believed_for_longer() -> None:
    agent = Watched("codex", "0.144.1")
    agent.show("› \n", 0.0)
    agent.tracker.on_input()
    agent.show(RETRY, 1.0)
    assert agent.unchanged(20.99) is TurnPhase.ACTIVE
    assert agent.unchanged(21.0) is TurnPhase.UNKNOWN
    assert agent.notes()[-1] == FINAL_STABLE_ACTIVE


def test_time_alone_gives_nothing_up() -> None:
    """Nobody looked, so nobody knows that the screen stood still."""
    agent = Watched()
    agent.show(screens.BUSY, 0.0)
    agent.scheduler.advance_to(60.0)
    assert agent.tracker.state.phase is TurnPhase.ACTIVE
    assert agent.show(screens.BUSY.replace("2s", "62s"), 60.0) is TurnPhase.ACTIVE


def test_a_title_that_moves_keeps_a_turn_believed() -> None:
    agent = Watched()
    for second in range(60):
        title = f"{'⠙⠹'[second % 2]} fix it"
        assert agent.show(screens.BUSY, float(second), title) is TurnPhase.ACTIVE


def test_a_turn_that_was_given_up_is_believed_again_once_its_screen_moves() -> None:
    agent = Watched()
    agent.show(screens.BUSY, 0.0)
    agent.unchanged(20.0)
    agent.notes()
    moved = screens.BUSY.replace("fix it", "fix it now")
    assert agent.show(moved, 21.0) is TurnPhase.ACTIVE
    assert agent.notes() == [WORK_GOES_ON]
    agent.show(screens.FINISHED, 22.0)
    agent.scheduler.advance_to(23.0)
    assert agent.tracker.state.last_turn.result is LastTurnResult.SUCCESS


def test_a_screen_that_could_not_be_seen_begins_its_window_anew() -> None:
    agent = Watched()
    agent.show(screens.BUSY, 0.0)
    agent.tracker.lose_sight()
    agent.show(screens.BUSY, 10.0)
    assert agent.unchanged(29.99) is TurnPhase.ACTIVE
    assert agent.unchanged(30.0) is TurnPhase.UNKNOWN


def test_a_prompt_to_an_agent_that_was_given_up_begins_a_turn() -> None:
    agent = Watched()
    agent.show(screens.BUSY, 0.0)
    agent.unchanged(20.0)
    agent.tracker.on_input()
    assert agent.tracker.state.phase is TurnPhase.ACTIVE


def test_text_that_grew_and_rests_is_a_success_although_no_other_frame_comes() -> None:
    """Codex 0.144 may end a turn without any sign: then rest is the only one."""
    agent = Watched("codex", "0.144.1")
    agent.show("› go\n\n• Working (0s • esc to interrupt)\n\n› \n", 0.0)
    answer = "\n  ".join(["• The answer is rather long", *["and goes on and on"] * 4])
    assert agent.show(f"› go\n\n{answer}\n\n› \n", 0.5) is TurnPhase.ACTIVE
    assert agent.unchanged(2.5) is TurnPhase.READY
    agent.scheduler.advance_to(2.5)
    assert agent.tracker.state.last_turn.result is LastTurnResult.SUCCESS


def test_a_closed_tracker_leaves_no_timer_behind() -> None:
    agent = Watched()
    agent.show(screens.BUSY, 0.0)
    agent.show(screens.FINISHED, 1.0)
    agent.tracker.close()
    assert agent.scheduler.next_due() is None
