"""The transition table is complete, ordered and drawable."""

import re

import pytest

from houmao.detect.signals import Signals, Tristate, TurnView
from houmao.track.memory import Memory
from houmao.track.rules import RULES, RuleInput, decide, mermaid
from houmao.track.state import LastTurn, LastTurnResult, LastTurnSource, TurnPhase

CALM = {
    "detector_name": "claude_code",
    "detector_version": "test",
    "accepting_input": Tristate.YES,
    "editing_input": Tristate.NO,
    "ready_posture": Tristate.YES,
    "prompt_visible": True,
    "turn": TurnView("fixit", 1, "key", 9, 1, answered=True),
}
INFERRED = LastTurnSource.SURFACE_INFERENCE


def moment(memory: Memory | None = None, **told: object) -> RuleInput:
    """A moment on a calm screen, but for what is told."""
    signals = Signals(**(CALM | told))  # type: ignore[arg-type]
    return RuleInput(signals, memory or Memory(), TurnPhase.READY, LastTurn())


@pytest.mark.parametrize(
    ("seen", "note", "phase"),
    [
        (moment(), "default_snapshot", TurnPhase.READY),
        (moment(ready_posture=Tristate.UNKNOWN), "default_snapshot", TurnPhase.UNKNOWN),
        (moment(active_evidence=True), "active_signal", TurnPhase.ACTIVE),
        (moment(interrupted=True), "interrupted_signal", TurnPhase.READY),
        (moment(known_failure=True), "known_failure_signal", TurnPhase.READY),
        (moment(success_candidate=True), "default_snapshot", TurnPhase.READY),
        (
            moment(Memory(armed=INFERRED, worked=True), success_candidate=True),
            "success_candidate",
            TurnPhase.READY,
        ),
        (
            moment(Memory(awaiting=True, had_composer=True, stale=CALM["turn"])),  # type: ignore[arg-type]
            "input_awaited",
            TurnPhase.ACTIVE,
        ),
        (
            moment(interrupted=True, editing_input=Tristate.YES, prompt_text="next"),
            "visible_draft_overrides_terminal_signal",
            TurnPhase.READY,
        ),
        (
            moment(Memory(armed=INFERRED, worked=True, in_flight="other", calm=CALM["turn"])),  # type: ignore[arg-type]
            "turn_withdrawn",
            TurnPhase.READY,
        ),
    ],
)
def test_the_first_rule_that_holds_decides(seen: RuleInput, note: str, phase: TurnPhase) -> None:
    decision = decide(seen)
    assert (decision.rule.note, decision.phase) == (note, phase)


def test_some_rule_always_holds() -> None:
    assert RULES[-1].when(moment())
    assert len({rule.note for rule in RULES}) == len(RULES)


def test_a_result_keeps_its_source_while_its_banner_stays() -> None:
    result = LastTurn(LastTurnResult.INTERRUPTED, LastTurnSource.EXPLICIT_INPUT)
    again = RuleInput(moment(interrupted=True).signals, Memory(), TurnPhase.READY, result)
    assert decide(again).last_turn == result


def test_the_state_chart_shows_every_rule_and_only_known_phases() -> None:
    chart = mermaid()
    assert chart.startswith("stateDiagram-v2\n")
    for rule in RULES:
        assert rule.note in chart
    targets = set(re.findall(r"--> (\w+)", chart))
    assert targets <= {phase.value for phase in TurnPhase}
