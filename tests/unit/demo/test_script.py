"""Scripts say what a stub agent does by itself."""

import pytest

from houmao.demo.script import Mix, Step, StepKind, StubScript, parse_script, parse_step
from houmao.errors import UsageError


def test_steps_in_order_then_nothing() -> None:
    script = parse_script("idle 2, turn 0.4, ask")
    assert [script.step(index) for index in range(4)] == [
        Step(StepKind.IDLE, 2.0),
        Step(StepKind.TURN, 0.4),
        Step(StepKind.ASK, 0.0),
        None,
    ]


def test_again_repeats_for_ever() -> None:
    script = parse_script("idle 1, turn 1, again")
    assert script.step(0) == script.step(1000)


def test_no_script_does_nothing() -> None:
    assert parse_script("") == StubScript()
    assert parse_script("again").step(0) is None


@pytest.mark.parametrize("text", ["dance", "turn x", "turn 1 2", "turn -1", "turn nan", "mix a 2"])
def test_nonsense_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(UsageError, match=r"use one of|write a mixed script"):
        parse_script(text)


def test_a_prompt_that_is_no_step() -> None:
    assert parse_step("write a haiku") is None


def test_mix_is_the_same_every_time() -> None:
    """Two runs of a benchmark play the same turns."""
    assert [Mix("s", 0.2).step(n) for n in range(9)] == [Mix("s", 0.2).step(n) for n in range(9)]


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_mix_works_its_share_of_the_time(share: float) -> None:
    mix = Mix("seed", share, turn_seconds=2.0)
    steps = [step for index in range(2, 2002) if (step := mix.step(index))]
    work = sum(step.seconds for step in steps if step.kind is StepKind.TURN)
    assert work / sum(step.seconds for step in steps) == pytest.approx(share, rel=0.05)


def test_mix_without_work_stays_idle() -> None:
    assert parse_script("mix seed 0").step(0) is None
