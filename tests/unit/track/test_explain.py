"""An explanation names the rule, the rows, the ages, what comes next and the way to ready."""

from dataclasses import replace

import pytest

from houmao.detect.signals import BlockedOn, Evidence, Signals, Tristate
from houmao.track.diagnostics import Availability, Diagnostics, Problem
from houmao.track.explain import ExplanationInput, Obstacle, PastChange, explain
from houmao.track.rules import RULES
from houmao.track.snapshots import PendingTimer
from houmao.track.state import LastTurn, LastTurnResult, LastTurnSource, Surface, TrackedState
from houmao.track.state import TurnPhase as Phase
from tests.unit.track import screens
from tests.unit.track.hosting import DOWN, EPOCH, MISSING, Hosted

WORK = TrackedState(
    surface=Surface(Tristate.YES, Tristate.NO, Tristate.NO, Tristate.NO),
    phase=Phase.ACTIVE,
    detector_name="codex_tui",
    detector_version="0.144.x",
    active_reasons=("status_row",),
    evidence=(Evidence("status_row", (7,), "• Working (2s • esc to interrupt)"),),
)
FACTS = ExplanationInput(100.0, Availability.AVAILABLE, Diagnostics(), WORK)


def fields(facts: ExplanationInput) -> list[str]:
    return [obstacle.field for obstacle in explain(facts).obstacles]


def test_the_newest_change_of_the_phase_gives_its_rule_and_age() -> None:
    changes = (
        PastChange(99.0, "default_snapshot", ("surface_editing_input",)),
        PastChange(98.0, "active_signal", ("turn_phase",)),
        PastChange(90.0, "default_snapshot", ("turn_phase",)),
    )
    explanation = explain(replace(FACTS, changes=changes, phase_since=98.0, captured_at=99.5))
    assert explanation.phase_reason is not None
    assert explanation.phase_reason.rule == "active_signal"
    assert explanation.phase_reason.means == "the screen shows work"
    assert explanation.phase_reason.age_seconds == 2.0
    assert explanation.phase_age_seconds == 2.0
    assert explanation.capture_age_seconds == 0.5
    assert explanation.recent == changes
    assert explain(replace(FACTS, changes=changes), recent=1).recent == changes[:1]


def test_without_a_kept_change_nothing_is_invented() -> None:
    explanation = explain(FACTS)
    assert explanation.phase_reason is None
    assert explanation.capture_age_seconds is None


def test_a_result_has_its_own_rule() -> None:
    done = LastTurn(LastTurnResult.SUCCESS, LastTurnSource.EXPLICIT_INPUT)
    facts = replace(
        FACTS,
        tracked=replace(WORK, phase=Phase.READY, last_turn=done),
        changes=(
            PastChange(99.0, "success_settled", ("last_turn_result", "last_turn_source")),
            PastChange(98.0, "success_candidate", ("turn_phase",)),
        ),
        last_turn_updated_at=99.0,
    )
    explanation = explain(facts)
    assert explanation.last_turn_reason is not None
    assert explanation.last_turn_reason.rule == "success_settled"
    assert explanation.last_turn_age_seconds == 1.0
    assert explanation.obstacles == ()


def test_signs_of_work_are_named_with_their_rows() -> None:
    (obstacle,) = explain(FACTS).obstacles
    assert (obstacle.field, obstacle.now, obstacle.needed) == (
        "turn.active_reasons",
        "status_row",
        "none",
    )
    assert "row 7" in obstacle.how
    assert explain(FACTS).evidence == WORK.evidence


def test_a_prompt_without_an_answer_is_an_obstacle_of_its_own() -> None:
    facts = replace(FACTS, tracked=replace(WORK, active_reasons=(), evidence=()))
    (obstacle,) = explain(facts).obstacles
    assert (obstacle.field, obstacle.now) == ("turn.phase", "active")


@pytest.mark.parametrize("asked", list(BlockedOn))
def test_a_dialog_hides_every_other_obstacle(asked: BlockedOn) -> None:
    surface = replace(WORK.surface, blocked_on=asked)
    facts = replace(FACTS, tracked=replace(WORK, surface=surface))
    (obstacle,) = explain(facts).obstacles
    assert (obstacle.field, obstacle.now) == ("surface.blocked_on", asked.value)
    assert obstacle.how


def test_a_pane_nobody_sees_is_the_only_obstacle_and_tells_its_problem() -> None:
    outcome = Diagnostics(probe_error=Problem("tmux_probe_error", "tmux does not answer"))
    facts = replace(FACTS, availability=Availability.ERROR, diagnostics=outcome)
    (obstacle,) = explain(facts).obstacles
    assert obstacle.field == "diagnostics.availability"
    assert obstacle.how.endswith("tmux does not answer")


def test_an_unknown_phase_says_what_is_missing_on_the_screen() -> None:
    facts = replace(FACTS, tracked=TrackedState())
    assert fields(facts) == ["surface.accepting_input", "surface.ready_posture"]
    hidden = explain(facts).obstacles[0]
    drawn = replace(facts, signals=Signals("codex_tui", "0.144.x", prompt_visible=True))
    assert explain(drawn).obstacles[0].how != hidden.how


def test_what_comes_next_is_told_soonest_first() -> None:
    pending = (PendingTimer("final_stable_active_recovery", 112.0), PendingTimer("settle", 100.4))
    expected = explain(replace(FACTS, pending=pending)).expected
    assert [(it.name, it.in_seconds) for it in expected] == [
        ("settle", pytest.approx(0.4)),
        ("final_stable_active_recovery", 12.0),
    ]


@pytest.mark.parametrize("rule", [rule.note for rule in RULES])
def test_every_rule_of_the_table_explains_itself(rule: str) -> None:
    facts = replace(FACTS, changes=(PastChange(99.0, rule, ("turn_phase",)),))
    reason = explain(facts).phase_reason
    assert reason is not None
    assert reason.means


# --- from a host ----------------------------------------------------------------------------


def hosted(agent: Hosted, now: float) -> ExplanationInput:
    """The facts a reader has of a hosted agent."""
    state = agent.host.state
    changes = tuple(
        PastChange(it.recorded_at, it.summary, it.changed_fields)
        for it in reversed(agent.host.transitions())
    )
    return ExplanationInput(
        EPOCH + now,
        state.availability,
        state.diagnostics,
        state.tracked,
        agent.host.signals,
        changes=changes,
    )


def test_a_ready_agent_has_no_obstacle() -> None:
    agent = Hosted()
    agent.show(screens.IDLE, 0.0)
    assert explain(hosted(agent, 1.0)).obstacles == ()


def test_a_working_agent_shows_the_rows_that_say_so() -> None:
    agent = Hosted()
    agent.show(screens.IDLE, 0.0)
    agent.show(screens.BUSY, 1.0)
    explanation = explain(hosted(agent, 3.0))
    assert explanation.phase_reason is not None
    assert explanation.phase_reason.rule == "active_signal"
    assert explanation.phase_reason.age_seconds == 2.0
    rows = {row for item in explanation.evidence for row in item.rows}
    assert any("Befuddling" in screens.BUSY.split("\n")[row] for row in rows)


@pytest.mark.parametrize(
    ("outcome", "now", "word"),
    [(DOWN, "tui_down", "tool"), (MISSING, "unavailable", "tmux")],
)
def test_an_agent_that_is_away_says_what_has_to_come_back(
    outcome: Diagnostics, now: str, word: str
) -> None:
    agent = Hosted()
    agent.show(screens.IDLE, 0.0)
    agent.poll(outcome, 1.0)
    (obstacle,) = explain(hosted(agent, 1.0)).obstacles
    assert isinstance(obstacle, Obstacle)
    assert obstacle.now == now
    assert word in obstacle.how
