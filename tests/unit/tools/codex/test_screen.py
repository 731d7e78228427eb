"""Signs on Codex's screen count where the tool draws them, and nowhere else."""

import pytest

from houmao.detect.signals import BlockedOn, Frame, Signals, Tristate
from houmao.tools.catalog import select_detector
from tests.unit.detect import test_recorded_frames as frames

EMPTY = "\x1b[1m›\x1b[0m \x1b[2mAsk Codex to do anything\x1b[0m"
FOOTER = "  \x1b[38;5;223mGPT default\x1b[39m · \x1b[38;5;151m/work\x1b[39m"
WORKING = "• \x1b[2mWorking\x1b[0m \x1b[2m(2s • \x1b[0;1mesc\x1b[0;2m to interrupt)\x1b[0m"
DONE = "\x1b[2m  Worked for 6s • 09:03\x1b[0m"
STOPPED = "■ Conversation interrupted - use /feedback if something went wrong"
FAILED = '\x1b[38;5;1m■ {"error": {"message": "bad request"}}\x1b[39m'


def asked(prompt: str) -> str:
    """A submitted prompt."""
    return f"\x1b[1;2m\x1b[48;5;238m› \x1b[0m\x1b[48;5;238m{prompt}\x1b[49m"


def said(text: str) -> str:
    """A row of an answer."""
    return f"\x1b[2m• \x1b[0m{text}"


def codex(*rows: str, composer: str = EMPTY, footer: str = FOOTER) -> str:
    """Conversation rows above Codex's composer."""
    return "\n\n".join([*rows, composer, footer]) + "\n"


def read(raw: str, version: str | None = "0.169.0", title: str | None = None) -> Signals:
    """What the detector says of a screen."""
    return select_detector("codex", version).detect(Frame(raw, 0.0, title=title, title_moved=True))


def test_a_prompt_whose_turn_has_no_end_row_is_still_at_work() -> None:
    assert read(codex(asked("go"), said("so far"))).active_reasons == ("unfinished_turn",)
    finished = read(codex(asked("go"), said("all of it"), DONE))
    assert not finished.active_evidence
    assert finished.success_candidate


def test_where_turns_do_not_say_that_they_end_one_frame_cannot_tell() -> None:
    assert not read(codex(asked("go"), said("so far")), "0.144.0").active_evidence
    unseen = read(codex(asked("go"), said("so far")), None)
    assert unseen.ready_posture is Tristate.UNKNOWN
    assert not unseen.success_candidate


def test_the_row_that_counts_seconds_is_work_whatever_its_header() -> None:
    thinking = WORKING.replace("Working", "Reading the plan")
    cut_off = "• \x1b[2mReading the whole long plan (3…\x1b[0m"
    for row in (WORKING, thinking, cut_off, WORKING + " · 1 background terminal running"):
        assert read(codex(asked("go"), row), "0.144.0").active_reasons == ("status_row",)


@pytest.mark.parametrize("reason", ["", "Idle timeout waiting for SSE", "  └ server overloaded"])
def test_a_retry_is_work_whatever_reason_stands_below_it(reason: str) -> None:
    retry = f"Reconnecting to model stream (2/5)\n{reason}".strip()
    for version in ("0.116.0", "0.144.1", None):
        assert read(codex(asked("go"), retry), version).active_reasons == ("stream_retry_status",)


def test_a_retry_that_was_answered_is_over() -> None:
    over = codex(asked("go"), "Reconnecting to model stream (2/5)\n" + said("it works again"))
    assert not read(over, "0.144.1").active_evidence


def test_an_answer_that_quotes_the_row_is_not_work() -> None:
    quoted = read(codex(asked("go"), said("• Working (2s • esc to interrupt)")), "0.144.0")
    assert not quoted.active_evidence


def test_an_error_or_an_interruption_ends_the_turn() -> None:
    assert read(codex(asked("go"), STOPPED)).interrupted
    assert read(codex(asked("go"), FAILED)).known_failure
    again = read(codex(asked("go"), FAILED, asked("again"), said("fine"), DONE))
    assert not again.known_failure


def test_an_error_that_is_no_failure_of_the_turn_still_blocks_a_success() -> None:
    signals = read(codex(asked("go"), "■ Message exceeds the maximum length."))
    assert not signals.known_failure
    assert signals.current_error_present
    assert not signals.success_candidate


def test_a_failed_compaction_degrades_the_context() -> None:
    cell = "■ Error running remote compact task: stream disconnected"
    signals = read(codex(asked("go"), cell))
    assert "chat_context=degraded" in signals.notes
    assert not signals.known_failure


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ("Would you like to run the following command?", BlockedOn.APPROVAL),
        ("Trust this folder? Codex can read files here.", BlockedOn.TRUST),
        ("Select Model and Effort", BlockedOn.DIALOG),
    ],
)
def test_a_list_takes_the_composers_place(rows: str, kind: BlockedOn) -> None:
    raw = f"{asked('go')}\n\n  {rows}\n\n\x1b[1;7m› 1. First\x1b[0m\n  2. Second\n\n  enter confirm"
    signals = read(raw)
    assert signals.blocked_on is kind
    assert signals.accepting_input is Tristate.NO


def test_a_numbered_draft_is_no_list() -> None:
    signals = read(codex(asked("go"), DONE, composer="\x1b[1m›\x1b[0m 1. do this\n  2. do that"))
    assert signals.blocked_on is None
    assert signals.prompt_text == "1. do this\n2. do that"


def test_an_earlier_prompt_that_is_a_command_is_no_menu() -> None:
    """What was sent stands above the composer as an entry of a menu does, but further up."""
    draft = "\x1b[1m›\x1b[0m  /"
    screen = codex(asked("/foo"), said("You said: /foo"), DONE, composer=draft)
    assert read(screen).blocked_on is None


def test_a_menu_above_or_below_the_composer_is_a_menu() -> None:
    draft = "\x1b[1m›\x1b[0m /mo"
    above = codex("\x1b[1;7m› /model  choose what model to use\x1b[0m", composer=draft)
    below = codex(composer=draft, footer="  /model  choose what model to use")
    assert read(above).blocked_on is BlockedOn.MENU
    assert read(below).blocked_on is BlockedOn.MENU
    assert read(codex(composer=draft)).blocked_on is None


def test_a_composer_without_a_model_below_it_is_not_listening_yet() -> None:
    signals = read(codex(footer="  \x1b[1m?\x1b[0m for shortcuts"))
    assert signals.accepting_input is Tristate.UNKNOWN
    assert signals.ready_posture is Tristate.UNKNOWN


def test_a_usage_limit_blocks_the_agent() -> None:
    cell = "\x1b[38;5;1m■ You've hit your usage limit. Try again at 3 PM.\x1b[39m"
    assert read(codex(asked("go"), cell)).blocked_on is BlockedOn.USAGE_LIMIT


def test_a_command_to_the_tool_itself_is_no_turn() -> None:
    status = codex(asked("go"), "\x1b[38;5;5m/status\x1b[39m", "  Model:  GPT")
    assert not read(status).active_evidence


def test_queued_prompts_are_pending() -> None:
    queue = "• \x1b[1mQueued follow-up inputs\x1b[0m\n  ↳ then this"
    signals = read(codex(asked("go"), WORKING, queue))
    assert signals.pending_input is Tristate.YES
    assert signals.active_reasons[0] == "status_row"


def test_the_title_overrules_a_screen_that_looks_idle() -> None:
    idle = codex(asked("go"), said("so far"))
    assert read(idle, "0.144.0", "⠴ work").active_reasons == ("title",)


def test_what_a_command_to_the_tool_prints_is_no_part_of_a_turn() -> None:
    """Else it would grow like an answer, and its end would be a success."""
    _, signals = frames.read("codex/0.116.0/command-output")
    assert signals.turn.rows
    assert not any("MCP" in row for row in signals.turn.rows)


def test_a_session_that_has_just_begun_has_no_turn_to_succeed() -> None:
    banner = "│ >_ OpenAI Codex (v0.116.0) │\n\n"
    assert not read(f"{banner}{EMPTY}", "0.116.0").success_candidate
    assert read(f"{banner}› go\n\n• done\n\n{EMPTY}", "0.116.0").success_candidate


def test_background_terminals_are_told_beside_the_turn_and_are_no_part_of_it() -> None:
    row = "  \x1b[2m1 background terminal running · /ps to view · /stop to close\x1b[0m"
    over = read(
        codex(asked("go"), said("done"), "\x1b[2m  Worked for 6s • 09:03\x1b[0m", row), "0.171.0"
    )
    assert over.ready_posture is Tristate.YES
    assert over.turn.finished
    assert [item.excerpt for item in over.background] == ["1 background terminal running"]
    at_work = read(codex(asked("go"), WORKING + " · 2 background terminals running"), "0.171.0")
    assert at_work.active_reasons == ("status_row",)
    assert [item.excerpt for item in at_work.background] == ["2 background terminals running"]


def test_a_refused_command_ends_no_turn_and_tells_of_none() -> None:
    """Whether the turn above it goes on, nothing on the screen says."""
    for refused in ("■ '/hooks' is unavailable in side conversations.", "• Vim mode enabled."):
        signals = read(codex(asked("go"), said("so far"), refused), "0.171.0")
        assert signals.ready_posture is Tristate.UNKNOWN
        assert not signals.active_evidence
        assert not signals.current_error_present


def test_on_a_light_terminal_the_composer_has_a_background_as_sent_prompts_have() -> None:
    light = "\x1b[48;2;244;244;244m"
    composer = f"{light}\x1b[1m›\x1b[0m{light} \x1b[2mAsk Codex to do anything\x1b[0m"
    sent = "\x1b[48;2;249;249;249m\x1b[1;2m› \x1b[0m\x1b[48;2;249;249;249mgo\x1b[0m"
    over = "\x1b[2m  Worked for 6s • 09:03\x1b[0m"
    signals = read(codex(sent, said("done"), over, composer=composer), "0.171.0")
    assert (signals.accepting_input, signals.editing_input) == (Tristate.YES, Tristate.NO)
    assert signals.turn.prompt == "go"


@pytest.mark.parametrize(("style", "text"), [("\x1b[2m", "abc\ndef"), ("", "abc ↑\ndef")])
def test_the_mark_of_a_scrolled_composer_is_no_part_of_its_text(style: str, text: str) -> None:
    """It is faint; an arrow that somebody typed is not."""
    composer = f"\x1b[1m›\x1b[0m abc {style}↑\x1b[0m\n  def"
    assert read(codex(composer=composer)).prompt_text == text
