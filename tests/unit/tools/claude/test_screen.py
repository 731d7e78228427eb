"""Signs on Claude Code's screen count where the tool draws them, and nowhere else."""

import pytest

from houmao.detect.signals import ENDED_WELL, BlockedOn, Frame, Signals, Tristate
from houmao.tools.catalog import select_detector
from tests.unit.track import screens
from tests.unit.track.screens import asked, claude, said

GREY = "\x1b[38;5;246m"


def read(raw: str, version: str | None = "2.1.197", title: str | None = None) -> Signals:
    """What the detector says of a screen."""
    return select_detector("claude", version).detect(Frame(raw, 0.0, title=title, title_moved=True))


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
    ("raw", "version", "told"),
    [
        (screens.FINISHED, "2.1.332", True),
        (screens.FINISHED, None, True),
        # It stands below a turn that failed, too.
        (screens.FINISHED, "2.1.325", False),
        (screens.FAILED, "2.1.332", False),
        (claude(asked("go"), said("one"), screens.DONE, said("two")), "2.1.332", False),
        (claude(asked("go"), said("one"), screens.DONE, screens.SPINNER), "2.1.332", False),
        (claude(asked("go"), screens.DONE, asked("more")), "2.1.332", False),
        (claude(asked("go"), said("I saw:"), "  ✻ Baked for 6s"), "2.1.332", False),
        (claude(asked("go"), said("I saw:"), "✻ Baked for 6s"), "2.1.332", False),
    ],
)
def test_a_row_of_its_own_tells_of_a_turn_that_ended_well(
    raw: str, version: str | None, told: bool
) -> None:
    evidence = [it.rule for it in read(raw, version).evidence]
    assert (ENDED_WELL in evidence) is told


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
    assert signals.blocked_on is BlockedOn.MENU
    assert read(claude(draft="/mo", footer="/model  Set it")).blocked_on is BlockedOn.MENU


def test_a_usage_limit_fails_the_turn_and_the_composer_still_takes_a_prompt() -> None:
    limit = f"{GREY}  ⎿  5-hour limit reached ∙ resets 3pm\x1b[39m"
    signals = read(claude(asked("go"), limit))
    assert signals.blocked_on is BlockedOn.USAGE_LIMIT
    assert signals.known_failure
    assert signals.ready_posture is Tristate.YES
    assert read(claude(asked("go"), said("usage limit reached"))).blocked_on is None


def test_a_limit_of_money_is_one_and_a_server_that_throttles_is_none() -> None:
    spent = f"{GREY}  ⎿ \xa0\x1b[38;5;211mYou've hit your monthly spend limit · raise it at\x1b[39m"
    assert read(claude(asked("go"), spent)).blocked_on is BlockedOn.USAGE_LIMIT
    told = "API Error: Server is temporarily limiting requests (not your usage limit) · Try again"
    throttled = read(claude(asked("go"), f"{TRUE_YELLOW}●\x1b[39m {TRUE_YELLOW}{told}\x1b[39m"))
    assert throttled.known_failure
    assert throttled.blocked_on is None


def test_what_the_tool_itself_says_of_a_limit_is_no_answer() -> None:
    limit, note = "  ⎿  You've hit your 5-hour limit", "Usage limit reached · set to continue"
    own = read(claude(asked("go"), f"{GREY}{limit}\x1b[39m", f"{GREY}● {note}\x1b[39m"))
    assert own.known_failure
    quoted = read(claude(asked("go"), f"{GREY}{limit}\x1b[39m", said(note)))
    assert quoted.success_candidate
    rule = "─" * 40
    uncoloured = read("\n".join(["❯ go", limit, "", f"● {note}", "", rule, "❯\xa0", rule]))
    assert uncoloured.known_failure


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


TRUE_YELLOW = "\x1b[38;2;255;193;7m"


def test_an_error_is_told_by_its_colour_in_any_palette_and_by_nothing_else() -> None:
    for colour in (TRUE_YELLOW, "\x1b[38;5;137m", "\x1b[91m", "\x1b[38;2;171;43;63m"):
        row = f"{colour}●\x1b[39m {colour}Request too large (max 32MB).\x1b[39m"
        assert read(claude(asked("go"), "", row)).known_failure
    assert not read(claude(asked("go"), "", said("API Error: 400 is what I saw"))).known_failure


def test_a_tip_below_the_spinner_is_the_spinners_in_any_palette() -> None:
    grey = "\x1b[38;2;153;153;153m"
    spinner = "\x1b[38;2;215;119;87m✻ Brewing… (2s)\x1b[39m"
    footer = f"  {grey}⏸ manual mode on · esc to interrupt\x1b[39m"
    tip = f"{grey}  ⎿ \xa0Tip: ask for a plan\x1b[39m"
    busy = read(claude(asked("go"), "", spinner, tip, footer=footer))
    assert busy.active_reasons == ("thinking_line",)
    assert not busy.known_failure


def test_a_refusal_below_the_prompt_fails_the_turn_and_a_tools_error_does_not() -> None:
    red = "\x1b[38;5;211m"
    refused = f"{GREY}  ⎿ \xa0{red}Credit balance too low · Add funds:\x1b[39m"
    assert read(claude(asked("go"), refused)).known_failure
    tool = f"{GREY}  ⎿ \xa0{red}Error: No such tool available: Todo\x1b[39m"
    assert not read(claude(asked("go"), tool)).known_failure


def test_a_refusal_is_told_by_its_words_where_nothing_is_coloured() -> None:
    rule = "─" * 40
    for text in ("Credit balance too low · Add funds:", "OAuth token revoked · Please run /login"):
        rows = ["❯ go", f"  ⎿ \xa0{text}", "", rule, "❯\xa0", rule, "  ? for shortcuts"]
        assert read("\n".join(rows)).known_failure


def test_the_way_out_in_an_empty_composer_tells_of_a_failure() -> None:
    draft = "\x1b[7mO\x1b[0;2mnce fixed, resend your message\x1b[0m"
    failed = read(claude(asked("go"), "  something refused", draft=draft))
    assert failed.known_failure
    assert failed.editing_input is Tristate.NO


@pytest.mark.parametrize(
    "rows",
    [
        (f"{GREY}●\x1b[39m Declined to answer Claude's questions:", f"{GREY}  ⎿  · Which?\x1b[39m"),
        ("\x1b[38;5;231m●\xa0\x1b[39mUser declined to answer questions",),
        (
            "\x1b[38;5;211m●\x1b[39m \x1b[1mWrite\x1b[0m(a.txt)",
            f"{GREY}  ⎿  Rejected write to a.txt",
        ),
    ],
)
def test_what_a_person_turns_down_stops_the_turn(rows: tuple[str, ...]) -> None:
    signals = read(claude(asked("go"), "", *rows))
    assert signals.interrupted
    assert not signals.success_candidate


def test_an_answer_that_speaks_of_declining_was_not_declined() -> None:
    assert not read(
        claude(asked("go"), "", said("Declined to answer, as you can see."))
    ).interrupted


def test_the_users_status_line_is_nobodys_sign() -> None:
    mine = f"  {GREY}✻ Opus… (12% · ↓ 3k tokens)\n  {GREY}⏵ esc to interrupt: no"
    idle = f"{mine}\n  {GREY}⏸ manual mode on · ← for agents\x1b[39m"
    assert not read(claude(asked("go"), footer=idle)).active_evidence
    assert not read(claude(asked("go"), footer=f"{mine}\x1b[39m")).active_evidence
    busy = f"{mine}\n  {GREY}⏸ manual mode on · esc to interrupt\x1b[39m"
    assert read(claude(asked("go"), footer=busy)).active_evidence


def test_a_spinner_that_stands_still_begins_like_an_answer() -> None:
    still = "\x1b[38;5;174m●\x1b[39m \x1b[38;5;174mIonizing…\x1b[39m"
    assert read(claude(asked("go"), "", still, draft="later")).active_evidence
    assert not read(claude(asked("go"), "", said("Ionizing…"), draft="later")).active_evidence


def test_a_spinner_that_was_not_wiped_away_above_an_interruption_is_none() -> None:
    left = "\x1b[38;5;174m●\x1b[39m \x1b[38;5;174mPerusing…\x1b[39m"
    signals = read(claude(asked("go"), "", left, screens.INTERRUPTED))
    assert signals.interrupted
    assert not signals.active_evidence


def test_a_wait_for_a_background_agent_is_work_until_something_follows_it() -> None:
    waits = f"{GREY}✻\x1b[39m {GREY}Waiting for 1 background agent to finish\x1b[39m"
    assert read(claude(asked("go"), "", said("started"), "", waits)).active_evidence
    stopped = claude(asked("go"), waits, "", said("I will"), screens.INTERRUPTED)
    assert read(stopped).interrupted


def test_what_runs_on_is_told_beside_the_turn() -> None:
    footer = f"  {GREY}⏸ manual mode on · 1 shell · ↓ to manage\x1b[39m"
    signals = read(claude(asked("go"), "", said("fine"), "", screens.DONE, footer=footer))
    assert [item.excerpt for item in signals.background] == ["1 shell"]
    assert not signals.active_evidence
    assert signals.success_candidate


def test_a_draft_whose_first_row_is_scrolled_off_is_a_draft() -> None:
    rule = "\x1b[38;5;244m───\x1b[39m \x1b[2m↑ 1 more\x1b[0m \x1b[38;5;244m───────\x1b[39m"
    signals = read(f"\n{rule}\n  long enough to\n")
    assert (signals.accepting_input, signals.editing_input) == (Tristate.YES, Tristate.YES)


@pytest.mark.parametrize("footer", ["enter to return · space to reply", "enter to create · esc×2"])
def test_the_composer_of_the_view_of_agents_is_another_sessions(footer: str) -> None:
    view = read(claude(draft="a new task", footer=f"  {GREY}{footer}\x1b[39m"))
    assert view.blocked_on is BlockedOn.DIALOG
    assert view.accepting_input is Tristate.NO


PANEL = "\x1b[38;5;153m" + "▔" * 40 + "\x1b[39m"


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("  Continue automatically at usage limit   on\n\n  Esc to go back", BlockedOn.DIALOG),
        ("  Exit plan mode?\n\n  ❯ 1. Yes\n    2. No", BlockedOn.APPROVAL),
        ("  Select login method:\n\n  ❯ 1. Subscription\n    2. Console", BlockedOn.LOGIN),
        ("  Session ID:  a5fcfcda", BlockedOn.DIALOG),
    ],
)
def test_a_panel_over_the_transcript_takes_every_key(told: str, kind: BlockedOn) -> None:
    view = read(f"{asked('go')}\n\n{said('fine')}\n{PANEL}\n{told}\n")
    assert view.blocked_on is kind
    assert view.accepting_input is Tristate.NO
