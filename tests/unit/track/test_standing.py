"""Since when what is told of an agent has held."""

from dataclasses import replace

from houmao.track.diagnostics import Diagnostics
from houmao.track.standing import Standing
from houmao.track.state import LastTurn, LastTurnResult, LastTurnSource, TrackedState, TurnPhase
from tests.unit.track.hosting import PARSED

READY = TrackedState(phase=TurnPhase.READY)
DONE = LastTurn(LastTurnResult.SUCCESS, LastTurnSource.SURFACE_INFERENCE)


def test_the_first_look_begins_everything_even_when_it_says_what_was_assumed() -> None:
    first = Standing().after(Diagnostics(), TrackedState(), 10.0)
    assert first.phase_since == 10.0
    assert first.stability.since_seconds == 10.0
    assert first.turn_updated is None


def test_the_same_again_is_the_very_same_standing() -> None:
    standing = Standing().after(PARSED, READY, 10.0)
    assert standing.after(PARSED, TrackedState(phase=TurnPhase.READY), 11.0) is standing


def test_a_phase_that_stays_keeps_its_beginning_while_stability_begins_anew() -> None:
    standing = Standing().after(PARSED, READY, 10.0)
    later = standing.after(PARSED, replace(READY, last_turn=DONE), 12.0)
    assert (later.phase_since, later.stability.since_seconds) == (10.0, 12.0)
    assert later.turn_updated == 12.0


def test_what_is_only_evidence_does_not_disturb_stability() -> None:
    standing = Standing().after(PARSED, READY, 10.0)
    later = standing.after(PARSED, replace(READY, notes=("prompt_kind=empty",)), 12.0)
    assert later.stability == standing.stability


def test_a_result_that_is_taken_back_has_no_time() -> None:
    told = Standing().after(PARSED, replace(READY, last_turn=DONE), 10.0)
    assert told.after(PARSED, READY, 11.0).turn_updated is None


def test_a_result_keeps_its_time_through_an_outage() -> None:
    told = Standing().after(PARSED, replace(READY, last_turn=DONE), 10.0)
    away = told.after(Diagnostics(), TrackedState(last_turn=DONE), 11.0)
    assert (away.turn_updated, away.phase_since) == (10.0, 11.0)


def test_what_was_seen_stays_seen_until_the_next_turn_ends() -> None:
    ended = Standing().after(PARSED, replace(READY, last_turn=DONE), 10.0)
    assert ended.unseen
    seen = ended.seen().after(PARSED, replace(READY, last_turn=DONE), 11.0)
    assert not seen.unseen
    failed = LastTurn(LastTurnResult.KNOWN_FAILURE, LastTurnSource.SURFACE_INFERENCE)
    assert seen.after(PARSED, replace(READY, last_turn=failed), 12.0).unseen
