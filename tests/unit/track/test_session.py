"""What a tracker session says of a turn, from frames and inputs in virtual time."""

from houmao.detect.signals import BlockedOn, Frame, Tristate
from houmao.tools.catalog import select_detector
from houmao.track.scheduler import LoopScheduler
from houmao.track.session import AWAIT_SECONDS, TrackerSession
from houmao.track.snapshots import PendingTimer
from houmao.track.state import Cause, LastTurn, LastTurnResult, LastTurnSource, TurnPhase
from tests.unit.track import screens

SUCCESS = LastTurn(LastTurnResult.SUCCESS, LastTurnSource.SURFACE_INFERENCE)
NOTHING = LastTurn()


class Pane:
    """A session with its clock: `show` paints a screen at a time, `send` sends a prompt."""

    def __init__(self, tool: str = "claude", version: str = "2.1.197") -> None:
        self.scheduler = LoopScheduler()
        self.session = TrackerSession(select_detector(tool, version), self.scheduler)

    def show(self, raw: str, at: float) -> None:
        self.scheduler.advance_to(at)
        self.session.on_frame(Frame(raw, at))

    def send(self, at: float) -> None:
        self.scheduler.advance_to(at)
        self.session.on_input()

    def wait(self, until: float) -> None:
        self.scheduler.advance_to(until)

    @property
    def phase(self) -> TurnPhase:
        return self.session.state.phase

    @property
    def last_turn(self) -> LastTurn:
        return self.session.state.last_turn


def test_a_turn_seen_from_the_outside_becomes_a_success_after_the_settle_window() -> None:
    pane = Pane()
    pane.show(screens.IDLE, 0.0)
    pane.show(screens.BUSY, 1.0)
    assert pane.phase is TurnPhase.ACTIVE
    pane.show(screens.FINISHED, 5.0)
    assert (pane.phase, pane.last_turn) == (TurnPhase.READY, NOTHING)
    pane.wait(5.9)
    assert pane.last_turn == NOTHING
    pane.wait(6.0)
    assert pane.last_turn == SUCCESS


def test_an_input_makes_the_source_explicit() -> None:
    pane = Pane()
    pane.show(screens.IDLE, 0.0)
    pane.send(1.0)
    assert pane.phase is TurnPhase.ACTIVE
    pane.show(screens.BUSY, 1.5)
    pane.show(screens.FINISHED, 5.0)
    pane.wait(6.0)
    assert pane.last_turn == LastTurn(LastTurnResult.SUCCESS, LastTurnSource.EXPLICIT_INPUT)


def test_a_turn_shorter_than_the_gap_between_frames_counts_after_an_input() -> None:
    pane = Pane()
    pane.show(screens.IDLE, 0.0)
    pane.send(1.0)
    pane.show(screens.FINISHED, 1.5)
    pane.wait(2.5)
    assert pane.last_turn.result is LastTurnResult.SUCCESS


def test_a_finished_screen_without_any_sign_of_work_is_no_success() -> None:
    pane = Pane()
    pane.show(screens.FINISHED, 0.0)
    pane.wait(60.0)
    assert (pane.phase, pane.last_turn) == (TurnPhase.READY, NOTHING)


def test_an_input_on_an_old_answer_is_no_success_before_the_tool_starts() -> None:
    pane = Pane()
    pane.show(screens.FINISHED, 0.0)
    pane.send(1.0)
    pane.show(screens.FINISHED, 1.5)
    assert (pane.phase, pane.session.state.surface.ready_posture) == (
        TurnPhase.ACTIVE,
        Tristate.NO,
    )
    pane.wait(1.0 + AWAIT_SECONDS)
    assert (pane.phase, pane.last_turn) == (TurnPhase.READY, NOTHING)
    pane.wait(60.0)
    assert pane.last_turn == NOTHING


def test_an_old_banner_is_not_credited_to_a_new_input() -> None:
    for old in (screens.STOPPED, screens.FAILED):
        pane = Pane()
        pane.show(old, 0.0)
        pane.send(1.0)
        pane.show(old, 1.5)
        assert pane.last_turn == NOTHING
        pane.show(screens.BUSY, 2.0)
        pane.show(screens.FINISHED, 3.0)
        pane.wait(4.0)
        assert pane.last_turn.result is LastTurnResult.SUCCESS


def test_a_repaint_does_not_take_a_success_away() -> None:
    pane = Pane()
    pane.show(screens.BUSY, 0.0)
    pane.show(screens.FINISHED, 1.0)
    pane.wait(2.0)
    assert pane.last_turn == SUCCESS
    for step in range(6):
        pane.show(screens.FINISHED.replace("Baked", f"Cooked{step}"), 2.5 + step / 2)
        assert pane.last_turn == SUCCESS


def test_a_repaint_of_the_footer_does_not_delay_a_success() -> None:
    pane = Pane()
    pane.show(screens.BUSY, 0.0)
    for step in range(4):
        pane.show(screens.FINISHED.replace("shortcuts", f"help {step}"), 1.0 + step * 0.4)
    assert pane.last_turn == SUCCESS


def test_an_answer_that_still_changes_is_not_settled() -> None:
    pane = Pane()
    pane.show(screens.BUSY, 0.0)
    pane.show(screens.claude(screens.said("one")), 1.0)
    pane.show(screens.claude(screens.said("one two")), 1.6)
    pane.wait(2.5)
    assert pane.last_turn == NOTHING
    pane.wait(2.6)
    assert pane.last_turn == SUCCESS


def test_work_that_goes_on_cancels_the_settle_window() -> None:
    pane = Pane()
    pane.show(screens.BUSY, 0.0)
    pane.show(screens.FINISHED, 1.0)
    pane.show(screens.BUSY, 1.5)
    pane.wait(9.0)
    assert (pane.phase, pane.last_turn) == (TurnPhase.ACTIVE, NOTHING)


def test_a_draft_typed_and_erased_is_no_success() -> None:
    pane = Pane()
    pane.show(screens.IDLE, 0.0)
    pane.show(screens.TYPING, 1.0)
    pane.show(screens.IDLE, 2.0)
    pane.wait(9.0)
    assert (pane.phase, pane.last_turn) == (TurnPhase.READY, NOTHING)


def test_a_draft_after_a_success_begins_something_new() -> None:
    pane = Pane()
    pane.show(screens.BUSY, 0.0)
    pane.show(screens.FINISHED, 1.0)
    pane.wait(2.0)
    pane.show(screens.claude(screens.asked("fix it"), screens.said("fixed"), draft="and"), 3.0)
    assert pane.last_turn == NOTHING
    pane.wait(9.0)
    assert pane.last_turn == NOTHING


def test_interruption_and_failure_are_published_at_once_and_stay() -> None:
    for screen, result in (
        (screens.STOPPED, LastTurnResult.INTERRUPTED),
        (screens.FAILED, LastTurnResult.KNOWN_FAILURE),
    ):
        pane = Pane()
        pane.show(screens.BUSY, 0.0)
        pane.show(screen, 1.0)
        assert (pane.phase, pane.last_turn.result) == (TurnPhase.READY, result)
        pane.show(screen, 9.0)
        assert pane.last_turn.result is result


def test_a_prompt_taken_back_before_any_output_was_interrupted() -> None:
    pane = Pane()
    pane.show(screens.IDLE, 0.0)
    pane.show(screens.BUSY, 1.0)
    pane.show(screens.TYPING, 2.0)
    assert (pane.phase, pane.last_turn.result) == (TurnPhase.READY, LastTurnResult.INTERRUPTED)
    pane.show(screens.IDLE, 3.0)
    pane.wait(9.0)
    assert pane.last_turn.result is LastTurnResult.INTERRUPTED


def test_an_old_banner_stays_history_when_the_draft_below_it_is_sent() -> None:
    """Between the key and the new prompt's row the old turn stands above an empty composer."""
    pane = Pane()
    for at, screen in ((0.0, screens.IDLE), (1.0, screens.BUSY), (2.0, screens.STOPPED)):
        pane.show(screen, at)
    pane.show(screens.claude(*screens.STOPPED.split("\n")[:4], draft="go on"), 3.0)
    assert pane.last_turn == NOTHING
    pane.show(screens.STOPPED, 3.1)
    assert pane.last_turn == NOTHING


def test_an_older_failure_is_not_credited_to_a_prompt_that_was_taken_back() -> None:
    pane = Pane()
    failed = screens.FAILED.split("\n")[:5]
    busy = screens.claude(*failed, screens.asked("again"), "", screens.SPINNER)
    pane.show(screens.FAILED, 0.0)
    pane.show(busy, 1.0)
    for at, draft in ((2.0, "again"), (2.1, "again"), (3.0, "")):
        pane.show(screens.claude(*failed, draft=draft), at)
        assert pane.last_turn.result is LastTurnResult.INTERRUPTED


def test_an_approval_interrupts_the_view_but_not_the_turn() -> None:
    pane = Pane()
    pane.show(screens.BUSY, 0.0)
    pane.show(screens.APPROVAL, 1.0)
    surface = pane.session.state.surface
    assert pane.phase is TurnPhase.UNKNOWN
    assert surface.blocked_on is BlockedOn.APPROVAL
    assert (surface.accepting_input, surface.editing_input) == (Tristate.NO, Tristate.NO)
    pane.wait(5.0)
    assert pane.last_turn == NOTHING
    pane.show(screens.FINISHED, 6.0)
    pane.wait(7.0)
    assert pane.last_turn == SUCCESS


def test_an_approval_alone_tells_that_a_turn_is_under_way() -> None:
    """A tool may ask for leave before anybody has seen it work."""
    pane = Pane()
    pane.show(screens.FINISHED, 0.0)
    pane.show(screens.APPROVAL, 1.0)
    assert (pane.phase, pane.last_turn) == (TurnPhase.UNKNOWN, NOTHING)
    pane.show(screens.FINISHED, 2.0)
    pane.wait(3.0)
    assert pane.last_turn == SUCCESS


def test_an_answer_to_a_dialog_belongs_to_the_turn_that_asked() -> None:
    pane = Pane()
    pane.show(screens.IDLE, 0.0)
    pane.send(1.0)
    pane.show(screens.BUSY, 1.5)
    pane.show(screens.APPROVAL, 2.0)
    pane.send(3.0)
    pane.show(screens.FINISHED, 4.0)
    pane.wait(5.0)
    assert pane.last_turn == LastTurn(LastTurnResult.SUCCESS, LastTurnSource.EXPLICIT_INPUT)


def test_a_prompt_typed_at_the_terminal_counts_without_a_frame_of_work() -> None:
    pane = Pane()
    pane.show(screens.IDLE, 0.0)
    pane.show(screens.TYPING, 1.0)
    pane.show(screens.FINISHED, 1.4)
    pane.wait(2.4)
    assert pane.last_turn == SUCCESS


def test_a_restart_keeps_the_last_turn_and_judges_nothing_by_the_old_screen() -> None:
    for screen in (screens.FINISHED, screens.STOPPED, screens.FAILED):
        pane = Pane()
        pane.session.restore(SUCCESS)
        pane.show(screen, 0.0)
        pane.wait(30.0)
        assert pane.last_turn == SUCCESS


def test_a_restart_in_the_middle_of_a_turn_sees_its_end() -> None:
    pane = Pane()
    pane.session.restore(NOTHING)
    pane.show(screens.BUSY, 0.0)
    pane.show(screens.FINISHED, 1.0)
    pane.wait(2.0)
    assert pane.last_turn == SUCCESS


def test_transitions_are_handed_out_once_in_order_with_their_causes() -> None:
    pane = Pane()
    pane.show(screens.IDLE, 0.0)
    pane.send(1.0)
    pane.show(screens.BUSY, 1.5)
    pane.show(screens.BUSY, 1.7)
    pane.show(screens.FINISHED, 5.0)
    pane.wait(6.0)
    told = pane.session.drain()
    assert [(item.at_seconds, item.cause, item.note) for item in told] == [
        (0.0, Cause.SNAPSHOT, "default_snapshot"),
        (1.0, Cause.INPUT, "input_submitted"),
        (1.5, Cause.SNAPSHOT, "active_signal"),
        (5.0, Cause.SNAPSHOT, "success_candidate"),
        (6.0, Cause.TIMER, "success_settled"),
    ]
    assert told[-1].state == pane.session.state
    assert pane.session.drain() == []


def test_a_closed_session_leaves_no_timer_behind() -> None:
    pane = Pane()
    pane.show(screens.BUSY, 0.0)
    pane.show(screens.FINISHED, 1.0)
    pane.send(1.5)
    pane.session.close()
    assert pane.scheduler.next_due() is None


def test_sessions_share_one_scheduler_without_disturbing_each_other() -> None:
    scheduler = LoopScheduler()
    sessions = [TrackerSession(select_detector("claude", "2.1.197"), scheduler) for _ in range(500)]
    for session in sessions:
        session.on_frame(Frame(screens.BUSY, 0.0))
    for session in sessions[::2]:
        session.on_frame(Frame(screens.FINISHED, 0.0))
    scheduler.advance_to(1.0)
    results = [session.state.last_turn.result for session in sessions]
    assert results[::2] == [LastTurnResult.SUCCESS] * 250
    assert results[1::2] == [LastTurnResult.NONE] * 250


def test_an_unsupported_tool_is_active_after_an_input_until_a_frame_says_nothing() -> None:
    pane = Pane("other", "1.0")
    pane.show("$ other", 0.0)
    pane.send(1.0)
    assert pane.phase is TurnPhase.ACTIVE
    pane.show("whatever", 2.0)
    assert pane.phase is TurnPhase.UNKNOWN


def test_what_waits_for_its_time_is_told() -> None:
    """A turn that looks done, and an input without an answer, are judged at a time known before."""
    pane, waits = Pane(), []
    pane.show(screens.BUSY, 0.0)
    waits.append(pane.session.pending)
    pane.show(screens.FINISHED, 1.0)
    waits.append(pane.session.pending)
    pane.wait(2.0)
    waits.append(pane.session.pending)
    pane.send(3.0)
    waits.append(pane.session.pending)
    unanswered = PendingTimer("await", 3.0 + AWAIT_SECONDS)
    assert waits == [(), (PendingTimer("settle", 2.0),), (), (unanswered,)]


def codex_turn(*lines: str, composer: str = "› ") -> str:
    """A Codex screen of 0.144, in which nothing tells that a turn is over."""
    answer = "\n  ".join([f"• {lines[0]}", *lines[1:]])
    return f"› go\n\n{answer}\n\n{composer}\n\n  gpt · /srv/demo\n"


def settled_codex() -> Pane:
    """A Codex turn that has settled as a success at second 3."""
    pane = Pane("codex", "0.144.1")
    pane.show("› go\n\n• Working (0s • esc to interrupt)\n\n› \n", 0.0)
    pane.show(codex_turn("The first half"), 1.0)
    pane.wait(3.0)
    assert pane.last_turn == SUCCESS
    return pane


def test_a_success_is_taken_back_when_its_answer_goes_on_and_told_again_when_it_rests() -> None:
    pane = settled_codex()
    pane.show(codex_turn("The first half", "and the second"), 4.0)
    assert pane.last_turn == NOTHING
    pane.wait(6.0)
    assert pane.last_turn == SUCCESS
    notes = [change.note for change in pane.session.drain()]
    assert notes[-3:] == ["success_settled", "success_invalidated", "success_settled"]


def test_a_success_stays_through_repaints_and_other_widths() -> None:
    pane = settled_codex()
    pane.show(codex_turn("The first half").replace("gpt ·", "gpt · 98 % left ·"), 4.0)
    assert pane.last_turn == SUCCESS
    pane.show(codex_turn("The first", "half"), 5.0)
    assert pane.last_turn == SUCCESS


def test_a_menu_over_a_turn_at_work_leaves_it_active_until_the_screen_tells() -> None:
    pane = Pane("codex", "0.171.0")
    turn = "\x1b[1;2m› \x1b[0mgo\n\n\x1b[2m• \x1b[0mso far\n\n"
    footer = "  GPT-6.1-Sol · \x1b[2m/srv/demo\x1b[0m"
    pane.show(f"{turn}\x1b[1m›\x1b[0m \n\n{footer}\n", 0.0)
    assert pane.phase is TurnPhase.ACTIVE
    keys = "  \x1b[1menter\x1b[0;2m insert · esc close\x1b[0m"
    popup = f"\x1b[1;7m› Image Gen  [Skill] Generate\x1b[0m\n\n{keys}"
    pane.show(f"{turn}{popup}\n\n\x1b[1m›\x1b[0m use $\n\n{footer}\n", 1.0)
    assert pane.phase is TurnPhase.ACTIVE
    fresh = Pane("codex", "0.171.0")
    fresh.show(f"{turn}{popup}\n\n\x1b[1m›\x1b[0m use $\n\n{footer}\n", 1.0)
    assert fresh.phase is TurnPhase.UNKNOWN
