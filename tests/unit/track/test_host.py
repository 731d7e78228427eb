"""What a host publishes of polls, prompts and outages in virtual time."""

from houmao.detect.signals import Tristate
from houmao.track.diagnostics import Availability
from houmao.track.host import ToolVersion
from houmao.track.settings import HostSettings
from houmao.track.state import LastTurn, LastTurnResult, LastTurnSource, Surface, TurnPhase
from houmao.track.vocabulary import (
    AnchorState,
    ChatContext,
    CompletionAuthority,
    CompletionState,
    OperatorStatus,
    ReadinessState,
)
from tests.unit.track import screens
from tests.unit.track.hosting import DOWN, EPOCH, GARBLED, MISSING, UNSUPPORTED, Hosted

SUCCESS = LastTurn(LastTurnResult.SUCCESS, LastTurnSource.EXPLICIT_INPUT)


def test_before_the_first_poll_everything_is_unknown() -> None:
    state = Hosted().host.state
    assert state.availability is Availability.UNKNOWN
    assert state.tracked.phase is TurnPhase.UNKNOWN
    assert state.chat.context is ChatContext.UNKNOWN
    assert not state.stability.stable
    assert Hosted().wait(5.0) == state


def test_a_prompt_is_followed_to_its_result_and_told_twice_under_its_anchor() -> None:
    agent = Hosted()
    agent.show(screens.IDLE, 0.0)
    sent = agent.send(1.0)
    assert (sent.tracked.phase, sent.authority.anchor) == (TurnPhase.ACTIVE, AnchorState.ACTIVE)
    assert sent.authority.completion is CompletionAuthority.TURN_ANCHORED
    assert sent.authority.armed_at == EPOCH + 1.0
    working = agent.show(screens.BUSY, 2.0)
    assert working.operator.status is OperatorStatus.PROCESSING
    candidate = agent.show(screens.FINISHED, 4.0)
    assert candidate.operator.completion is CompletionState.CANDIDATE_COMPLETE
    assert candidate.timing.completion_candidate == 0.0
    done = agent.wait(5.0)
    assert done.tracked.last_turn == SUCCESS
    assert done.last_turn_updated_at == EPOCH + 5.0
    assert done.operator.status is OperatorStatus.COMPLETED
    states = [agent.unchanged(at).authority.anchor for at in (5.5, 6.0, 6.5)]
    assert states == [AnchorState.ACTIVE, AnchorState.ACTIVE, AnchorState.ABSENT]
    assert agent.host.state.operator.completion is CompletionState.INACTIVE
    assert agent.host.state.tracked.last_turn == SUCCESS


def test_a_later_prompt_replaces_the_anchor_and_forgets_the_completion() -> None:
    agent = Hosted()
    agent.show(screens.IDLE, 0.0)
    agent.send(1.0, "one")
    agent.show(screens.BUSY, 2.0)
    agent.show(screens.FINISHED, 3.0)
    agent.wait(4.0)
    again = agent.send(4.5, "two")
    assert again.operator.completion is CompletionState.INACTIVE
    assert again.authority.armed_at == EPOCH + 4.5
    assert again.tracked.last_turn == LastTurn()
    assert again.last_turn_updated_at is None


def test_a_turn_nobody_sent_is_seen_but_never_a_candidate() -> None:
    agent = Hosted()
    agent.show(screens.IDLE, 0.0)
    agent.show(screens.BUSY, 1.0)
    resting = agent.show(screens.FINISHED, 2.0)
    assert resting.operator.completion is CompletionState.INACTIVE
    done = agent.wait(3.0)
    assert done.tracked.last_turn.source is LastTurnSource.SURFACE_INFERENCE
    assert done.authority.anchor is AnchorState.ABSENT


def test_an_outage_loses_the_anchor_and_says_why_and_nothing_of_the_present() -> None:
    agent = Hosted()
    agent.show(screens.IDLE, 0.0)
    agent.send(1.0)
    agent.show(screens.BUSY, 2.0)
    away = agent.poll(DOWN, 3.0)
    assert away.authority.anchor is AnchorState.LOST
    assert away.authority.lost_at == EPOCH + 3.0
    assert away.authority.loss_reason == "the tool no longer runs in the pane"
    assert away.tracked.phase is TurnPhase.UNKNOWN
    assert away.operator.status is OperatorStatus.TUI_DOWN
    back = agent.show(screens.BUSY, 4.0)
    assert back.tracked.phase is TurnPhase.ACTIVE
    assert back.authority.anchor is AnchorState.LOST


def test_the_last_turn_outlives_every_outage() -> None:
    agent = Hosted()
    agent.show(screens.BUSY, 0.0)
    agent.show(screens.FINISHED, 1.0)
    agent.wait(2.0)
    for at, outcome, operator in (
        (3.0, DOWN, OperatorStatus.TUI_DOWN),
        (4.0, MISSING, OperatorStatus.UNAVAILABLE),
        (5.0, GARBLED, OperatorStatus.ERROR),
    ):
        state = agent.poll(outcome, at)
        assert state.tracked.last_turn.result is LastTurnResult.SUCCESS
        assert state.tracked.phase is TurnPhase.UNKNOWN
        assert state.operator.status is operator
        assert state.parsed is None


def test_a_pane_that_is_gone_has_no_surface_and_a_tool_that_went_has_its_last() -> None:
    agent = Hosted()
    seen = agent.show(screens.IDLE, 0.0).tracked.surface
    assert seen.accepting_input is Tristate.YES
    assert agent.poll(DOWN, 1.0).tracked.surface == seen
    assert agent.poll(MISSING, 2.0).tracked.surface == Surface()


def test_a_screen_that_is_not_parsed_still_feeds_the_tracker() -> None:
    agent = Hosted()
    state = agent.poll(GARBLED, 0.0, screens.BUSY)
    assert state.availability is Availability.ERROR
    assert state.tracked.surface.accepting_input is Tristate.YES
    assert agent.show(screens.BUSY, 1.0).tracked.phase is TurnPhase.ACTIVE


def test_a_dialog_waits_for_the_operator() -> None:
    state = Hosted().show(screens.APPROVAL, 0.0)
    assert state.operator.status is OperatorStatus.WAITING_USER_ANSWER
    assert state.operator.readiness is ReadinessState.BLOCKED
    assert state.operator.completion is CompletionState.BLOCKED


def test_a_failure_at_the_prompt_is_ready_for_the_operator() -> None:
    agent = Hosted()
    agent.show(screens.BUSY, 0.0)
    operator = agent.show(screens.FAILED, 1.0).operator
    assert (operator.status, operator.readiness) == (OperatorStatus.READY, ReadinessState.READY)
    assert operator.completion is CompletionState.FAILED


def test_a_screen_that_says_nothing_stalls() -> None:
    agent = Hosted(settings=HostSettings(unknown_to_stalled_timeout_seconds=5.0))
    for at in range(5):
        assert agent.show("starting", float(at)).operator.readiness is ReadinessState.UNKNOWN
    stalled = agent.wait(5.0)
    assert stalled.operator.readiness is ReadinessState.STALLED
    assert stalled.timing.readiness_unknown == 5.0
    assert agent.show(screens.IDLE, 6.0).operator.readiness is ReadinessState.READY


def test_an_unsupported_tool_is_watched_and_never_judged() -> None:
    agent = Hosted("kimi", None)
    state = agent.poll(UNSUPPORTED, 0.0, "anything")
    assert state.availability is Availability.UNKNOWN
    assert state.operator.status is OperatorStatus.UNKNOWN
    assert state.tracked.phase is TurnPhase.UNKNOWN


def test_stability_counts_from_the_latest_visible_change() -> None:
    agent = Hosted()
    agent.show(screens.IDLE, 0.0)
    assert not agent.unchanged(0.9).stability.stable
    stable = agent.unchanged(1.0).stability
    assert (stable.stable, stable.stable_for_seconds, stable.since) == (True, 1.0, EPOCH)
    changed = agent.show(screens.BUSY, 2.0).stability
    assert (changed.stable, changed.since) == (False, EPOCH + 2.0)
    assert changed.signature != stable.signature


def test_only_what_readers_see_makes_a_transition() -> None:
    agent = Hosted()
    agent.show(screens.IDLE, 0.0)
    agent.unchanged(1.0)
    agent.show(screens.BUSY, 2.0)
    first, second = agent.host.transitions()
    assert "transport_state" in first.changed_fields
    assert first.recorded_at == EPOCH
    assert second.changed_fields[0] == "surface_ready_posture"
    assert second.summary == "active_signal"
    assert second.recorded_at == EPOCH + 2.0
    assert len(agent.host.snapshots()) == 3


def test_transitions_and_snapshots_are_bounded() -> None:
    agent = Hosted(settings=HostSettings(recent_transition_limit=2, snapshot_history_limit=3))
    for at in range(8):
        agent.show(screens.BUSY if at % 2 else screens.IDLE, float(at))
    assert [it.recorded_at - EPOCH for it in agent.host.transitions()] == [6.0, 7.0]
    assert [it.recorded_at - EPOCH for it in agent.host.transitions(1)] == [7.0]
    assert len(agent.host.snapshots()) == 3
    assert agent.host.snapshots(1) == (agent.host.state,)


def test_another_version_begins_a_new_session_and_the_same_one_does_not() -> None:
    agent = Hosted("codex", "0.116.0")
    seen = agent.show("• Working (0s • esc to interrupt)\n\n› \n", 0.0)
    agent.host.identify(ToolVersion("codex", "0.116.0"))
    assert agent.host.state == seen
    agent.host.identify(ToolVersion("codex", "0.144.1"))
    after = agent.host.state.tracked
    assert (seen.tracked.phase, after.phase) == (TurnPhase.ACTIVE, TurnPhase.UNKNOWN)
    assert after.detector_version == "0.144.x"
    assert agent.host.pending == ()


def test_a_restored_last_turn_is_kept_and_its_old_screen_judges_nothing() -> None:
    agent = Hosted()
    agent.host.restore(SUCCESS, EPOCH - 60.0)
    state = agent.show(screens.STOPPED, 0.0)
    assert state.tracked.last_turn == SUCCESS
    assert state.last_turn_updated_at == EPOCH - 60.0


def test_lost_context_is_told_with_its_kind() -> None:
    agent = Hosted("codex", "0.144.1")
    raw = "› go\n\n■ Error running remote compact task: stream disconnected.\n\n› \n"
    chat = agent.show(raw, 0.0).chat
    assert chat.context is ChatContext.DEGRADED
    assert chat.diagnostic is not None
    kind = chat.diagnostic.degraded_error_type
    assert kind == "codex_remote_compact_stream_disconnected"


def test_pending_windows_are_told_with_their_times() -> None:
    agent = Hosted()
    agent.show(screens.IDLE, 0.0)
    agent.send(1.0)
    agent.show(screens.BUSY, 2.0)
    agent.show(screens.FINISHED, 3.0)
    due = {timer.name: timer.due for timer in agent.host.pending}
    assert due == {"completion_stability": 4.0}


def test_a_closed_host_leaves_no_timer_behind() -> None:
    agent = Hosted()
    agent.show(screens.IDLE, 0.0)
    agent.send(1.0)
    agent.show(screens.FINISHED, 2.0)
    agent.host.close()
    assert agent.scheduler.next_due() is None
