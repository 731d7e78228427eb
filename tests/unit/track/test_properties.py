"""Whatever a pane shows, in whatever order: nothing raises, and no success comes from nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from houmao.detect.signals import BlockedOn, Frame, Tristate
from houmao.tools.catalog import select_detector
from houmao.track.scheduler import LoopScheduler
from houmao.track.session import TrackerSession
from houmao.track.state import LastTurn, LastTurnResult, TurnPhase
from tests.unit.track import screens

PROFILES = [
    ("claude", "2.1.81"),
    ("claude", "2.1.329"),
    ("claude", None),
    ("codex", "0.116.0"),
    ("codex", "0.144.0"),
    ("codex", "0.169.0"),
    ("codex", None),
    ("gemini", "0.61.0"),
    ("other", None),
]
#: Pieces that the tools' screens are made of, for texts that come close to real screens.
PIECES = (
    "❯\xa0", "❯ ", "› ", " > ", "! ", "● ", "• ", "✦ ", "■ ", "⚠ ", "✕ ", "ℹ ", "  ⎿  ",
    "─" * 20, "▀" * 20, "1. Yes", "2. No", "Working (2s • esc to interrupt)", "esc to interrupt",
    "✻ Thinking… (3s)", "✻ Baked for 6s", "  Worked for 6s • 09:03", "? for shortcuts",
    "Interrupted · What should Claude do instead?", "Conversation interrupted", "API Error: 400",
    "Do you want to proceed?", "Press enter to confirm or esc to cancel", "Request cancelled.",
    "\x1b[2m", "\x1b[0m", "\x1b[1m", "\x1b[7m", "\x1b[39m", "\x1b[48;5;237m", "\x1b[48;5;240m",
    "\x1b[38;5;231m", "\x1b[38;5;211m", "\x1b]8;;x\x1b\\", "\x1b[", "\x1b", "a", "word", " ", "\n",
    "\n\n",
)  # fmt: skip

texts = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
)
profiles = st.sampled_from(PROFILES)
#: Each step: how long after the one before, a text or None for an input, a title.
steps = st.lists(
    st.tuples(
        st.floats(0, 4, allow_nan=False),
        st.one_of(st.none(), texts, st.sampled_from([screens.IDLE, screens.FINISHED])),
    ),
    max_size=8,
)


@given(profiles, texts, st.one_of(st.none(), texts))
@settings(max_examples=400, deadline=None)
def test_no_text_makes_a_detector_raise(
    profile: tuple[str, str | None], raw: str, title: str | None
) -> None:
    signals = select_detector(*profile).detect(Frame(raw, 0.0, title=title))
    assert not (signals.success_candidate and signals.active_evidence)
    if signals.active_evidence or signals.blocked_on not in (None, "shell_mode", "usage_limit"):
        assert signals.ready_posture is not Tristate.YES


@given(profiles, steps)
@settings(max_examples=300, deadline=None)
def test_no_success_without_work_or_input(
    profile: tuple[str, str | None], told: list[tuple[float, str | None]]
) -> None:
    scheduler = LoopScheduler()
    session = TrackerSession(select_detector(*profile), scheduler)
    now, begun = 0.0, False
    drafts: set[str] = set()
    for pause, raw in told:
        now += pause
        scheduler.advance_to(now)
        if raw is None:
            session.on_input()
            begun = True
        else:
            session.on_frame(Frame(raw, now))
            assert session.signals is not None
            begun = begun or session.signals.active_evidence
            begun = begun or session.state.phase is TurnPhase.ACTIVE
            # A turn that asks for leave was begun before anybody looked.
            asks = session.signals.blocked_on is BlockedOn.APPROVAL
            begun = begun or (asks and session.signals.turn.begun)
            # A draft that turns up as a submitted prompt was sent: an input at the terminal.
            begun = begun or any(session.signals.turn.prompt.startswith(text) for text in drafts)
            drafts |= {"".join(text.split()) for text in [session.signals.prompt_text] if text}
        if session.state.last_turn.result is LastTurnResult.SUCCESS:
            assert begun
    scheduler.advance_to(now + 60.0)
    if session.state.last_turn.result is LastTurnResult.SUCCESS:
        assert begun
    session.close()
    assert scheduler.next_due() is None


@given(profiles, st.lists(texts, max_size=6), st.sampled_from(LastTurnResult))
@settings(max_examples=200, deadline=None)
def test_a_restart_derives_no_success_from_screens_alone(
    profile: tuple[str, str | None], shown: list[str], result: LastTurnResult
) -> None:
    scheduler = LoopScheduler()
    session = TrackerSession(select_detector(*profile), scheduler)
    session.restore(LastTurn(result))
    begun = False
    for number, raw in enumerate(shown):
        session.on_frame(Frame(raw, float(number)))
        begun = begun or session.state.phase is TurnPhase.ACTIVE
        scheduler.advance_to(number + 0.9)
    scheduler.advance_to(100.0)
    if session.state.last_turn.result is LastTurnResult.SUCCESS and not begun:
        assert result is LastTurnResult.SUCCESS


@pytest.mark.parametrize("profile", PROFILES)
def test_the_cost_of_a_hostile_screen_grows_with_its_size_only(
    profile: tuple[str, str | None],
) -> None:
    """A megabyte of any one thing is read; a quadratic rule would never come back."""
    detector = select_detector(*profile)
    for raw in (
        "x" * 10**6,
        "✻ " + "a" * 10**6,
        "\x1b[1m" * 10**5,
        "\x1b]8;;" * 10**5,
        "\x1b" * 10**6,
        "• x " + "(" * 10**5,
        "❯" + " " * 10**6 + "x",
        "esc " * 10**5,
        "❯ a\n" * 2000,
    ):
        detector.detect(Frame(raw, 0.0))
