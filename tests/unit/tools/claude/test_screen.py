"""Signs on Claude Code's screen count where the tool draws them, and nowhere else."""

import pytest

from houmao.detect.signals import BlockedOn, Frame, Signals, Tristate
from houmao.tools.catalog import select_detector
from tests.unit.track import screens
from tests.unit.track.screens import asked, claude, said

GREY = "\x1b[38;5;246m"


def read(raw: str, version: str | None = "2.1.197", title: str | None = None) -> Signals:
    """What the detector says of a screen."""
    return select("claude", version).detect(Frame(raw, 0.0, title=title, title_moved=True))


def test_an_answer_that_quotes_a_spinner_is_not_work() -> None:
    quoted = read(claude(asked("go"), said("✻ Thinking… (3s · esc to interrupt)"), "✽ Going… (2s)"))
    assert not quoted.active_evidence
    assert quoted.success_candidate


def test_an_answer_that_quotes_an_interruption_was_not_interrupted() -> None:
    quote = "  ⎿  Interrupted · What should Claude do instead?"
    assert not read(claude(asked("go"), said("I saw:"), quote)).interrupted
    assert read(claude(asked("go"), f"{GREY}{quote}\x1b[39m")).interrupted


def test_what_an_earlier_turn_left_behind_is_history() -> None:
    signals = read(claude(asked("one"), screens.INTERRUPTED, asked("two"), said("fine")))
    assert not signals.interrupted
    assert signals.success_candidate
    failed = read(claude(asked("one"), screens.API_ERROR, asked("two"), said("fine")))
    assert not failed.known_failure


def test_an_error_that_ends_like_a_success_is_a_failure() -> None:
    signals = read(screens.FAILED)
    assert signals.known_failure
    assert not signals.success_candidate


@pytest.mark.parametrize(
    ("draft", "editing", "text"),
    [
        ("", Tristate.NO, None),
        ("\x1b[2mPress up to edit queued messages\x1b[0m", Tristate.NO, None),
        ("\x1b[38;5;231m\x1b[48;5;237mghost of a suggestion\x1b[0m", Tristate.NO, None),
        ("\x1b[7mT\x1b[0;2mry this\x1b[0m", Tristate.NO, None),
        ("typed", Tristate.YES, "typed"),
        ("one\n  two", Tristate.YES, "one\ntwo"),
        ("\x1b[4munderlined\x1b[0m", Tristate.UNKNOWN, None),
    ],
)
def test_draft_placeholder_and_ghost_are_told_by_style(
    draft: str, editing: Tristate, text: str | None
) -> None:
    signals = read(claude(draft=draft))
    assert (signals.editing_input, signals.prompt_text) == (editing, text)


def test_a_queued_prompt_is_pending_and_no_draft() -> None:
    row = "  \x1b[38;5;239m\x1b[48;5;237m❯ \x1b[38;5;231mthen this\x1b[39m\x1b[49m"
    signals = read(claude(asked("go"), screens.SPINNER, row, footer="  esc to interrupt"))
    assert signals.pending_input is Tristate.YES
    assert signals.editing_input is Tristate.NO


def test_a_dialog_takes_the_composers_place() -> None:
    signals = read(screens.APPROVAL)
    assert signals.blocked_on is BlockedOn.APPROVAL
    assert signals.accepting_input is Tristate.NO
    assert signals.editing_input is Tristate.NO
    assert signals.ready_posture is Tristate.UNKNOWN
    assert not signals.prompt_visible


def test_a_menu_over_a_running_turn_leaves_it_running() -> None:
    rows = (asked("go"), screens.SPINNER)
    footer = "/model   Set the model\n  esc to interrupt"
    signals = read(claude(*rows, draft="/mo", footer=footer))
    assert signals.active_evidence
    assert signals.blocked_on is None
    assert read(claude(draft="/mo", footer="/model  Set it")).blocked_on is BlockedOn.MENU


def test_a_usage_limit_fails_the_turn_and_the_composer_still_takes_a_prompt() -> None:
    limit = f"{GREY}  ⎿  5-hour limit reached ∙ resets 3pm\x1b[39m"
    signals = read(claude(asked("go"), limit))
    assert signals.blocked_on is BlockedOn.USAGE_LIMIT
    assert signals.known_failure
    assert signals.ready_posture is Tristate.YES
    assert read(claude(asked("go"), said("usage limit reached"))).blocked_on is None


def test_a_shell_below_the_composer_means_that_nobody_listens() -> None:
    signals = read(screens.FINISHED + "\ndev@host:~$ ")
    assert signals.accepting_input is Tristate.NO
    assert not signals.success_candidate


def test_the_title_tells_of_work_that_the_screen_hides() -> None:
    assert read(screens.FINISHED, title="⠂ Claude Code").active_reasons == ("title",)
    assert not read(screens.FINISHED, title="✳ Claude Code").active_evidence


def test_a_version_never_seen_is_not_trusted_about_drafts() -> None:
    signals = read(claude(draft="typed"), version="2.0.0")
    assert signals.editing_input is Tristate.UNKNOWN
    assert signals.notes[0] == "fallback_detector"
