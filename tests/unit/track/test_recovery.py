"""When a claim of work is given up, and what keeps it alive."""

from dataclasses import replace

import pytest

from houmao.detect.signals import BlockedOn, Evidence, Signals, Tristate
from houmao.track.recovery import (
    FINAL_STABLE_ACTIVE,
    STALE_ACTIVE,
    Recoveries,
    RecoveryInput,
    composer_waits,
    final_picture,
    recovered,
    stale_active_picture,
    without_work,
)
from houmao.track.settings import HostSettings
from houmao.track.state import LastTurn, Surface, TrackedState, TurnPhase
from houmao.track.vocabulary import AnchorState, OperatorStatus
from tests.unit.track import screens
from tests.unit.track.hosting import DOWN, Hosted

ACTIVE = TrackedState(
    surface=Surface(Tristate.YES, Tristate.NO, Tristate.NO, Tristate.NO),
    phase=TurnPhase.ACTIVE,
    active_reasons=("status_row",),
)
LOOK = RecoveryInput(ACTIVE, waits=True, screen="as it is")
BUSY = Signals(
    "claude_code",
    "2.1.x",
    accepting_input=Tristate.YES,
    ready_posture=Tristate.NO,
    prompt_visible=True,
    active_evidence=True,
    active_reasons=("status_row",),
)


def recoveries() -> Recoveries:
    """Both, after 5 s and 20 s."""
    return Recoveries(5.0, 20.0)


def test_a_forgotten_status_row_over_an_empty_composer_is_given_up_after_its_window() -> None:
    both = recoveries()
    assert both.applied(LOOK, 0.0) is None
    assert both.applied(LOOK, 4.99) is None
    assert both.applied(LOOK, 5.0) == STALE_ACTIVE
    assert both.applied(LOOK, 60.0) == STALE_ACTIVE


def test_stronger_signs_of_work_are_given_up_only_in_the_end() -> None:
    both = recoveries()
    look = replace(LOOK, tracked=replace(ACTIVE, active_reasons=("tool_cell",)))
    assert both.applied(look, 0.0) is None
    assert both.applied(look, 19.99) is None
    assert both.applied(look, 20.0) == FINAL_STABLE_ACTIVE


def test_a_prompt_that_is_waited_for_is_given_up_only_in_the_end() -> None:
    both = recoveries()
    look = replace(LOOK, anchored=True)
    assert both.applied(look, 0.0) is None
    assert both.applied(look, 19.99) is None
    assert both.applied(look, 20.0) == FINAL_STABLE_ACTIVE


@pytest.mark.parametrize(
    "other",
    [
        replace(LOOK, screen="repainted"),
        replace(LOOK, tracked=replace(ACTIVE, evidence=(Evidence("title", (), "⠙ work"),))),
        replace(
            LOOK,
            tracked=replace(ACTIVE, surface=replace(ACTIVE.surface, pending_input=Tristate.YES)),
        ),
    ],
)
def test_anything_that_moves_begins_the_window_anew(other: RecoveryInput) -> None:
    both = recoveries()
    both.applied(LOOK, 0.0)
    assert both.applied(other, 4.0) is None
    assert both.applied(other, 8.99) is None
    assert both.applied(other, 9.0) == STALE_ACTIVE


def test_windows_are_pending_until_they_have_run_out() -> None:
    both = recoveries()
    both.applied(LOOK, 1.0)
    due = {timer.name: timer.due for timer in both.pending}
    assert due == {STALE_ACTIVE: 6.0, FINAL_STABLE_ACTIVE: 21.0}
    both.applied(LOOK, 6.0)
    assert both.pending == ()


@pytest.mark.parametrize(
    "look",
    [
        replace(LOOK, waits=False),
        replace(LOOK, tracked=replace(ACTIVE, phase=TurnPhase.READY)),
        replace(
            LOOK,
            tracked=replace(
                ACTIVE, surface=Surface(accepting_input=Tristate.NO, blocked_on=BlockedOn.TRUST)
            ),
        ),
    ],
)
def test_without_an_idle_composer_that_takes_input_nothing_is_given_up(look: RecoveryInput) -> None:
    assert stale_active_picture(look) is None
    assert final_picture(look) is None


@pytest.mark.parametrize(
    ("seen", "waits"),
    [
        (BUSY, True),
        (replace(BUSY, prompt_visible=False), False),
        (replace(BUSY, accepting_input=Tristate.UNKNOWN), False),
        (replace(BUSY, blocked_on=BlockedOn.SHELL_MODE), False),
    ],
)
def test_a_composer_waits_when_it_is_drawn_listens_and_nothing_is_asked(
    seen: Signals, waits: bool
) -> None:
    assert composer_waits(seen) is waits


def test_a_draft_keeps_the_short_window_away_but_not_the_final_one() -> None:
    editing = replace(ACTIVE.surface, editing_input=Tristate.YES)
    look = replace(LOOK, tracked=replace(ACTIVE, surface=editing))
    assert stale_active_picture(look) is None
    assert final_picture(look) is not None


def test_signals_without_work_are_those_of_a_screen_that_is_ready() -> None:
    calm = without_work(BUSY)
    assert (calm.active_evidence, calm.active_reasons) == (False, ())
    assert calm.ready_posture is Tristate.YES


def test_recovering_sets_no_result() -> None:
    state = recovered(ACTIVE)
    assert (state.phase, state.surface.ready_posture) == (TurnPhase.READY, Tristate.YES)
    assert state.last_turn == LastTurn()


# --- in a host, on screens ----------------------------------------------------------------

FAST = HostSettings(stale_active_recovery_seconds=5.0, final_stable_active_recovery_seconds=8.0)


def test_a_hanging_turn_is_published_ready_and_its_anchor_lost() -> None:
    agent = Hosted(settings=FAST)
    agent.show(screens.IDLE, 0.0)
    agent.send(1.0)
    agent.show(screens.BUSY, 2.0)
    assert agent.wait(9.9).tracked.phase is TurnPhase.ACTIVE
    given_up = agent.wait(10.0)
    assert given_up.tracked.phase is TurnPhase.READY
    assert given_up.tracked.surface.ready_posture is Tristate.YES
    assert given_up.tracked.last_turn == LastTurn()
    assert given_up.operator.status is OperatorStatus.READY
    assert given_up.authority.anchor is AnchorState.LOST
    assert given_up.authority.loss_reason == FINAL_STABLE_ACTIVE
    assert agent.host.transitions()[-1].summary == FINAL_STABLE_ACTIVE
    assert agent.unchanged(11.0).tracked.phase is TurnPhase.READY


def test_a_turn_that_goes_on_after_it_was_given_up_is_active_again() -> None:
    agent = Hosted(settings=FAST)
    agent.show(screens.BUSY, 0.0)
    assert agent.wait(8.0).tracked.phase is TurnPhase.READY
    moved = screens.BUSY.replace("2s", "9s")
    assert agent.show(moved, 9.0).tracked.phase is TurnPhase.ACTIVE
    agent.show(screens.FINISHED, 10.0)
    assert agent.wait(11.0).tracked.last_turn != LastTurn()


def test_a_counter_that_moves_keeps_a_turn_active_for_ever() -> None:
    agent = Hosted(settings=FAST)
    for second in range(60):
        screen = screens.BUSY.replace("2s", f"{second}s")
        assert agent.show(screen, float(second)).tracked.phase is TurnPhase.ACTIVE


def test_an_outage_forgets_how_long_the_screen_stood_still() -> None:
    agent = Hosted(settings=FAST)
    agent.show(screens.BUSY, 0.0)
    agent.poll(DOWN, 7.0)
    agent.show(screens.BUSY, 7.5)
    assert agent.wait(15.4).tracked.phase is TurnPhase.ACTIVE
    assert agent.wait(15.5).tracked.phase is TurnPhase.READY


def test_an_input_forgets_how_long_the_screen_stood_still() -> None:
    agent = Hosted(settings=FAST)
    agent.show(screens.BUSY, 0.0)
    agent.send(7.0)
    agent.unchanged(7.5)
    assert agent.wait(15.4).tracked.phase is TurnPhase.ACTIVE
    assert agent.wait(15.5).tracked.phase is TurnPhase.READY


def test_work_behind_a_dialog_is_never_given_up() -> None:
    agent = Hosted(settings=FAST)
    agent.show(screens.BUSY, 0.0)
    before = agent.show(screens.APPROVAL, 1.0).tracked
    assert agent.wait(60.0).tracked == before
