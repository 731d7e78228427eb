"""Changes over frames correct what one frame says."""

from dataclasses import replace

from houmao.detect.signals import BlockedOn, Evidence, GrowthRule, Signals, Tristate, TurnView
from houmao.track.growth import Sighting, scrolled_lines, with_history

ANY = GrowthRule()
AFTER_WORK = GrowthRule(window_seconds=1.25, after_activity=True, silent_interruption=True)


def seen(
    at: float, characters: int = 0, lines: int = 0, prompt: str = "go", *, active: bool = False
) -> Sighting:
    """An idle-looking frame (or a working one) whose turn has grown to a size."""
    turn = TurnView(prompt, 1, f"{prompt}{characters}/{lines}", characters, lines)
    posture = Tristate.NO if active else Tristate.YES
    return Sighting(
        at,
        Signals(
            "codex_tui",
            "test",
            prompt_visible=True,
            ready_posture=posture,
            active_evidence=active,
            success_candidate=not active,
            turn=turn,
        ),
    )


def test_text_that_grows_enough_is_work() -> None:
    for grown in (seen(1.0, 48, 1), seen(1.0, 5, 2)):
        signals = with_history([seen(0.5), grown], ANY)
        assert signals.active_evidence
        assert signals.active_reasons == ("transcript_growth",)
        assert signals.ready_posture is Tristate.NO
        assert not signals.success_candidate


def test_text_that_hardly_grows_is_not() -> None:
    assert not with_history([seen(0.5), seen(1.0, 47, 1)], ANY).active_evidence


def test_frames_with_a_long_gap_between_them_say_nothing_about_each_other() -> None:
    assert not with_history([seen(0.0), seen(2.1, 90, 9)], ANY).active_evidence


def test_where_growth_needs_earlier_work_none_counts_without_it() -> None:
    grown = seen(0.5, 90, 9)
    assert not with_history([seen(0.0), grown], AFTER_WORK).active_evidence
    assert with_history([seen(0.0, active=True), grown], AFTER_WORK).active_evidence
    assert with_history([seen(0.0), grown], AFTER_WORK, under_way=True).active_evidence


def test_growth_counts_only_within_the_window() -> None:
    history = [seen(0.0, active=True), seen(0.8, 90, 9), seen(1.4, 90, 9)]
    assert with_history(history, AFTER_WORK, under_way=True).active_evidence is False


def test_a_turn_that_went_away_has_not_grown() -> None:
    taken_back = Sighting(
        0.4, Signals("codex_tui", "test", prompt_visible=True, turn=TurnView("", 0, "x", 900, 20))
    )
    history = [seen(0.0, active=True), taken_back]
    assert not with_history(history, AFTER_WORK, under_way=True).active_evidence


def test_work_that_ends_without_any_answer_was_interrupted() -> None:
    signals = with_history([seen(0.0, active=True), seen(0.1)], AFTER_WORK)
    assert signals.interrupted
    assert not signals.success_candidate


def test_work_on_the_turn_before_says_nothing_of_a_prompt_that_has_only_just_come() -> None:
    """Not even when the same is asked again."""
    worked, fresh = seen(0.0, active=True), seen(0.9)
    other = replace(worked, signals=replace(worked.signals, turn=TurnView("before", 1, "b", 9, 1)))
    assert not with_history([other, fresh], AFTER_WORK).interrupted
    answered = replace(fresh.signals.turn, answered=True, characters=9, lines=1)
    done = Sighting(0.5, replace(fresh.signals, turn=answered))
    assert not with_history([worked, done, fresh], AFTER_WORK).interrupted


def test_a_title_that_told_of_work_also_tells_of_its_end() -> None:
    working = seen(0.0, active=True)
    titled = Sighting(
        0.0,
        Signals(
            "codex_tui",
            "test",
            active_evidence=True,
            turn=working.signals.turn,
            evidence=(Evidence("title"),),
        ),
    )
    assert not with_history([titled, seen(0.2, 90, 9)], AFTER_WORK).active_evidence


def test_a_tool_without_a_rule_is_taken_at_its_word() -> None:
    history = [seen(0.0), seen(0.5, 900, 90)]
    assert with_history(history, None) is history[-1].signals


def test_growth_counts_since_any_frame_of_the_window() -> None:
    """The oldest may show the turn before; text that came since the one between is work."""
    history = [seen(0.0, 500, 40, "before"), seen(0.2, active=True), seen(0.3, 90, 2)]
    assert with_history(history, AFTER_WORK).active_evidence


def test_lines_that_scroll_a_screen_without_a_prompt_are_work() -> None:
    def page(at: float, first: int) -> Sighting:
        rows = tuple(f"line {number}" for number in range(first, first + 20))
        turn = TurnView("", 0, str(first), 160, 20, answered=True, rows=rows)
        return Sighting(at, Signals("codex_tui", "test", prompt_visible=True, turn=turn))

    assert with_history([page(0.0, 1), page(0.2, 4)], ANY).active_evidence
    assert not with_history([page(0.0, 1), page(0.2, 1)], ANY).active_evidence
    assert not with_history([page(0.0, 1), page(0.2, 90)], ANY).active_evidence


def test_lines_that_scrolled_are_counted_below_what_both_screens_show() -> None:
    before = ["a", "b", "c", "d", "half"]
    assert scrolled_lines(before, ["c", "d", "half a line", "e", "f"]) == 2
    assert scrolled_lines(before, ["c", "d", "half"]) == 0, "a lower window shows less of it"
    assert scrolled_lines(before, [*before, "e"]) == 0, "nothing scrolled"
    assert scrolled_lines(before, ["x", "y", "z"]) == 0


def test_text_that_has_stood_still_for_long_has_ceased_to_grow() -> None:
    """However far back the window reaches: a finished answer is not work for three seconds."""
    history = [seen(0.0), seen(0.2, 90, 9)]
    assert with_history([*history, seen(1.4, 90, 9)], ANY).active_evidence
    assert not with_history([*history, seen(1.5, 90, 9)], ANY).active_evidence
    assert with_history([seen(0.0), seen(1.9, 90, 9)], ANY).active_evidence, "nobody looked between"


def test_what_appears_with_the_composer_or_as_a_menu_closes_has_not_grown() -> None:
    grown = seen(0.5, 90, 9)
    empty = Sighting(0.0, Signals("codex_tui", "test"))
    menu = Sighting(0.0, replace(seen(0.0).signals, blocked_on=BlockedOn.MENU))
    for before in (empty, menu):
        assert not with_history([before, grown], ANY).active_evidence


def test_a_screen_without_a_conversation_is_no_work_however_it_grows() -> None:
    def banner(at: float, characters: int) -> Sighting:
        turn = TurnView("", 0, str(characters), characters, characters // 20)
        return Sighting(at, replace(seen(at).signals, turn=turn))

    assert not with_history([banner(0.0, 20), banner(0.5, 200)], ANY).active_evidence


def test_a_menu_that_has_only_just_gone_beside_a_draft_may_come_back() -> None:
    draft = replace(seen(0.5).signals, composer_text="see @al")
    menu = replace(draft, blocked_on=BlockedOn.MENU)
    signals = with_history([Sighting(0.0, menu), Sighting(0.5, draft)], ANY)
    assert signals.ready_posture is Tristate.UNKNOWN
    assert with_history([Sighting(0.5, draft)], ANY).ready_posture is Tristate.YES
