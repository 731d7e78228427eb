"""What one agent publishes of captures, timers and problems, in virtual time."""

from dataclasses import dataclass, replace

import pytest

from houmao.detect.signals import BlockedOn, Evidence, Frame, GrowthRule, Signals
from houmao.tmux.process import ToolProcess
from houmao.tools.catalog import select_detector
from houmao.tools.parts.journal import JournalEvent, JournalEventKind, JournalView
from houmao.track.scheduler import LoopScheduler
from houmao.track.two_witnesses import JournalReport
from tests.unit.track import screens
from tests.unit.workers.watch.lives import EPOCH, Life, life, moment
from tests.values import IDENTITY, PANE
from workers.watch.questions import asked
from workers.watch.watched_agent import (
    DOWN,
    MISSING,
    REFRESH_EVERY,
    WatchedAgent,
)


@pytest.fixture
def alive() -> Life:
    """An agent that is bound to its pane."""
    made = life()
    made.bind()
    return made


def test_a_turn_is_told_step_by_step(alive: Life) -> None:
    """Ready, active, ready, success: each change once, with the time at which it happened."""
    alive.see(screens.IDLE, 0.0)
    alive.see(screens.BUSY, 1.0)
    alive.see(screens.FINISHED, 5.0)
    (settled,) = alive.wait(6.7)
    assert settled.transition["changed_fields"] == "last_turn_result last_turn_source"
    # The settle timer was due at 6.0, the loop came to it later.
    assert settled.transition["recorded_at"] == "2026-03-27T09:00:06.000+00:00"
    assert alive.state.last_turn_updated_at == EPOCH + 6.0
    phases = [it.transition["turn_phase"] for it in alive.published]
    assert phases == ["ready", "active", "ready", "ready"]
    assert alive.notes[-1] == "success_settled"
    assert all(it.event == it.transition for it in alive.published)


def test_a_question_that_only_the_journal_knows_is_one(alive: Life) -> None:
    """A question that is not drawn yet has no choices; that nothing is asked would be false."""
    alive.see(screens.BUSY, 0.0)
    assert asked(alive.agent) == {}
    told = (JournalEvent(kind) for kind in (JournalEventKind.BEGAN, JournalEventKind.WAITING))
    alive.agent.hear(JournalReport(JournalView().after(told)), moment(1.0))
    assert asked(alive.agent) == {"blocked_on": "dialog"}


def test_an_unchanged_screen_is_told_once(alive: Life) -> None:
    """Captures of the same screen publish nothing, however many there are."""
    assert len(alive.see(screens.IDLE, 0.0)) == 1
    for tenth in range(1, 50):
        assert alive.see(screens.IDLE, tenth / 10) == []


def test_a_repaint_that_changes_nothing_public_is_told_at_a_bounded_rate(alive: Life) -> None:
    """A spinner repaints ten times a second; readers get the new screen about once a second."""
    alive.see(screens.IDLE, 0.0)
    told = [alive.see(screens.IDLE + f"\n{tenth}", tenth / 10) for tenth in range(1, 31)]
    published = [changes for changes in told if changes]
    assert len(published) == 3 / REFRESH_EVERY
    assert all(not change.transition for changes in published for change in changes)
    assert all(change.screen for changes in published for change in changes)


def test_nothing_of_the_present_is_told_while_it_is_unknown(alive: Life) -> None:
    """A problem withdraws surface and turn and keeps the last turn; a good look heals it."""
    alive.see(screens.BUSY, 0.0)
    alive.see(screens.FINISHED, 1.0)
    alive.wait(3.0)
    alive.fail(4.0)
    state = alive.state
    assert (state.availability, state.tracked.phase) == ("unavailable", "unknown")
    assert state.tracked.surface.accepting_input == "unknown"
    assert state.tracked.last_turn.result == "success"
    assert alive.fail(4.5) == [], "the same problem is told once"
    alive.see(screens.FINISHED, 5.0)
    assert (alive.state.availability, alive.state.tracked.last_turn.result) == (
        "available",
        "success",
    )


def test_timers_do_not_speak_over_a_problem(alive: Life) -> None:
    """A verdict that was due during a problem is told after it, if it still holds."""
    alive.see(screens.BUSY, 0.0)
    alive.see(screens.FINISHED, 1.0)
    alive.fail(1.5)
    assert alive.wait(3.0) == []
    alive.see(screens.FINISHED, 4.0)
    assert alive.state.tracked.last_turn.result == "success"


def test_a_tool_that_ended_is_down_and_its_successor_begins_anew(alive: Life) -> None:
    """Another process is another tracker session; only the last turn goes on."""
    alive.see(screens.BUSY, 0.0)
    alive.see(screens.FINISHED, 1.0)
    alive.wait(3.0)
    alive.bind(process=None)
    alive._note(alive.agent.fail(DOWN, moment(4.0)))
    assert alive.state.availability == "tui_down"
    alive.bind(ToolProcess(202, ("claude",), ("claude",)))
    alive.see(screens.IDLE, 5.0)
    assert (alive.state.tracked.phase, alive.state.tracked.last_turn.result) == (
        "ready",
        "success",
    )


def test_binding_again_to_the_same_process_changes_nothing(alive: Life) -> None:
    """Looking for an agent that stayed where it is does not disturb a turn."""
    alive.see(screens.BUSY, 0.0)
    alive.bind()
    alive.see(screens.FINISHED, 1.0)
    alive.wait(2.0)
    assert alive.state.tracked.last_turn.result == "success"


def test_a_capture_without_a_process_is_no_present(alive: Life) -> None:
    """The pane is there, the tool is not: nothing on the screen is believed."""
    alive.bind(process=None)
    alive.see(screens.BUSY, 0.0)
    assert alive.state.diagnostics == DOWN


def test_what_a_headless_agents_pane_shows_is_no_news() -> None:
    """Its tool comes and goes with each turn, which others tell: no change is told of here."""
    identity = replace(IDENTITY, backend="claude_headless")
    agent = WatchedAgent(identity, LoopScheduler(0.0), select_detector)
    agent.bind(PANE, None, None)
    assert not agent.may_come_up
    (found,) = agent.fail(DOWN, moment(0.0))
    assert found.state["availability"] == "tui_down"
    assert (found.transition, found.event) == ({}, {})
    assert agent.fail(DOWN, moment(1.0)) == []


def test_before_the_first_look_nothing_is_known() -> None:
    """A listed agent without a pane is `unavailable`."""
    alive = life()
    alive._note(alive.agent.fail(MISSING, moment(0.0)))
    assert (alive.state.availability, alive.state.tracked.phase) == ("unavailable", "unknown")


def test_a_restored_agent_keeps_its_last_turn_and_invents_none() -> None:
    """A new process sees the finished screen of an old turn: it is old news."""
    before = life()
    before.bind()
    before.see(screens.BUSY, 0.0)
    before.see(screens.FINISHED, 1.0)
    before.wait(3.0)
    after = life()
    after.agent.restore(before.state)
    after.bind()
    after.see(screens.FINISHED, 10.0)
    after.wait(20.0)
    assert after.notes.count("success_settled") == 0
    assert after.agent.last_turn.result == "success"
    assert after.published[-1].state["last_turn_updated_at"] == "2026-03-27T09:00:02.000+00:00"


def test_a_past_that_comes_late_is_taken_in(alive: Life) -> None:
    """Redis came up after the first look: the last turn of the former process is told then."""
    former = life()
    former.bind()
    former.see(screens.BUSY, 0.0)
    former.see(screens.FINISHED, 1.0)
    former.wait(3.0)
    alive.see(screens.IDLE, 5.0)
    assert not alive.agent.knows_turns
    alive.agent.restore(former.state)
    (change,) = alive.agent.republish(moment(6.0), former.published[-1].state)
    assert (change.state["last_turn_result"], change.state["turn_phase"]) == ("success", "ready")
    assert not change.transition, "readers were told all of this before"


def test_who_has_seen_a_turn_needs_no_past(alive: Life) -> None:
    """Running or ended: its own eyes are better than what somebody else published."""
    alive.see(screens.BUSY, 0.0)
    assert alive.agent.knows_turns
    alive.see(screens.FINISHED, 1.0)
    alive.wait(3.0)
    assert alive.agent.knows_turns


def test_republishing_tells_what_readers_missed(alive: Life) -> None:
    """The whole present, with an entry about the difference to what they were told last."""
    alive.see(screens.IDLE, 0.0)
    told = alive.published[-1].state
    alive.see(screens.BUSY, 1.0)
    (change,) = alive.agent.republish(moment(2.0), told)
    assert (change.transition["summary"], change.transition["turn_phase"]) == (
        "republished",
        "active",
    )
    (again,) = alive.agent.republish(moment(3.0), change.state)
    assert (again.transition, again.state["turn_phase"]) == ({}, "active")
    (asked,) = alive.agent.republish(moment(4.0))
    assert asked.transition == {}


@dataclass(frozen=True, slots=True)
class Failing:
    """Raises on every screen but the idle one."""

    name: str = "failing"
    version: str = "1"
    growth: GrowthRule | None = None

    def detect(self, frame: Frame) -> Signals:
        if frame.raw != screens.IDLE:
            raise IndexError("text of the screen")
        return select_detector("claude", "2.1.197").detect(frame)


def test_a_detector_that_raises_is_a_diagnostic() -> None:
    """It names the kind of error, not its words, which may quote the screen."""
    alive = life(lambda tool, version: Failing())
    alive.bind()
    alive.see(screens.BUSY, 0.0)
    problem = alive.state.diagnostics.parse_error
    assert problem is not None
    assert (problem.kind, problem.message) == ("parse_error", "IndexError in the detector")
    assert alive.state.availability == "error"
    assert alive.see(screens.BUSY, 0.1) == []
    alive.see(screens.IDLE, 1.0)
    assert (alive.state.availability, alive.state.diagnostics.parse_error) == ("available", None)


@dataclass(frozen=True, slots=True)
class Nonsense(Failing):
    """Says what no screen can show, on which the surface's reader fails."""

    def detect(self, frame: Frame) -> Signals:
        nonsense = Evidence("made_up", rows=(-10_000,))
        return Signals("n", "1", blocked_on=BlockedOn.APPROVAL, evidence=(nonsense,))


def test_a_surface_that_cannot_be_read_is_a_diagnostic_too() -> None:
    """Reading goes on after the detector; it stops nobody else either."""
    alive = life(lambda tool, version: Nonsense())
    alive.bind()
    (change,) = alive.see(screens.BUSY, 0.0)
    assert alive.state.availability == "error"
    assert "captured_text_hash" in change.screen
    assert "dialog_text" not in change.screen


def test_an_unsupported_tool_is_never_judged() -> None:
    """Whatever its screen shows."""
    scheduler = LoopScheduler()
    agent = WatchedAgent(replace(IDENTITY, tool="aider"), scheduler)
    agent.bind(PANE, None, None)
    made = Life(agent, scheduler)
    made.see(screens.BUSY, 0.0)
    assert made.state.diagnostics.process_state == "unsupported_tool"
    assert made.state.tracked.phase == "unknown"


def test_a_turn_that_ends_while_the_next_begins_is_told_before_it(alive: Life) -> None:
    """The loop came late: the verdict's timer and the next turn's first frame in one capture."""
    alive.see(screens.BUSY, 0.0)
    alive.see(screens.FINISHED, 1.0)
    settled, began = alive.see(screens.BUSY.replace("fix it", "fix that"), 9.0)
    assert settled.transition["last_turn_result"] == "success"
    assert settled.transition["recorded_at"] == "2026-03-27T09:00:02.000+00:00"
    assert (began.transition["turn_phase"], began.transition["last_turn_result"]) == (
        "active",
        "none",
    )


def test_a_title_alone_can_tell_of_work(alive: Life) -> None:
    """The text on the screen is the same as before, the terminal's title is not."""
    alive.see(screens.IDLE, 0.0, title="claude")
    (began,) = alive.see(screens.IDLE, 1.0, title="⠙ fix it")
    assert began.transition["turn_phase"] == "active"
    (ended,) = alive.see(screens.IDLE, 2.0, title="claude")
    assert ended.transition["turn_phase"] == "ready"


def test_a_turn_on_a_screen_that_stands_still_is_doubted(alive: Life) -> None:
    """Unknown, without a verdict, at the first look after the window; the reason is told."""
    alive.see(screens.BUSY, 0.0)
    for second in range(2, 20, 2):
        assert alive.see(screens.BUSY, float(second)) == []
    (given_up,) = alive.see(screens.BUSY, 20.0)
    assert given_up.transition["summary"] == "final_stable_active_recovery"
    assert (alive.state.tracked.phase, alive.state.tracked.last_turn.result) == ("unknown", "none")
    (again,) = alive.see(screens.BUSY.replace("2s", "22s"), 22.0)
    assert again.transition["turn_phase"] == "active"


def test_a_problem_begins_the_window_anew(alive: Life) -> None:
    """Nobody knows what the screen did meanwhile."""
    alive.see(screens.BUSY, 0.0)
    alive.fail(19.0)
    alive.see(screens.BUSY, 19.5)
    assert alive.see(screens.BUSY, 39.0) == []
    assert alive.see(screens.BUSY, 39.5)[0].transition["turn_phase"] == "unknown"


def test_windows_that_run_are_published_with_their_wall_times(alive: Life) -> None:
    alive.see(screens.BUSY, 1.0)
    due = {timer.name: timer.due - EPOCH for timer in alive.state.pending}
    assert due == {"final_stable_active_recovery": 21.0}


def test_a_version_that_becomes_known_chooses_the_detector_anew() -> None:
    """The last turn goes on; a version once known stays, whatever becomes of the files."""
    alive = life()
    alive.bind(version=None)
    alive.see(screens.IDLE, 0.0)
    assert alive.state.tracked.detector_version == "fallback"
    alive.bind()
    alive.see(screens.IDLE, 1.0)
    assert alive.state.tracked.detector_version == "2.1.100+"
    alive.bind(version="2.1.42")
    alive.see(screens.BUSY, 2.0)
    assert (alive.state.tracked.detector_version, alive.state.tool_version) == (
        "2.1.100+",
        "2.1.197",
    )
