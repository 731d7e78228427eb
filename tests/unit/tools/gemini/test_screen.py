"""Signs on Gemini CLI's screen count where the tool draws them, and nowhere else."""

from houmao.detect.signals import BlockedOn, Frame, Signals, Tristate
from houmao.tools.catalog import select_detector

RULE = "\x1b[2m\x1b[38;5;244m" + "─" * 40 + "\x1b[0m"
EMPTY = "\x1b[7m \x1b[0;38;5;248;48;5;240m Type your message or @path/to/file\x1b[0m"
SPINNER = " \x1b[38;5;229m⠦\x1b[39m Thinking... (esc to cancel, 2s)"


def asked(prompt: str) -> str:
    """A submitted prompt between its half-block rows."""
    return f"\x1b[48;5;240m\n \x1b[38;5;183m> \x1b[38;5;231m{prompt}\x1b[39m\n\x1b[49m"


def gemini(
    *rows: str, status: str = "", draft: str = EMPTY, glyph: str = ">", below: str = ""
) -> str:
    """Conversation rows, and the one that tells what it does, above Gemini CLI's composer."""
    composer = f"\x1b[48;5;240m \x1b[38;5;183m{glyph} \x1b[39m{draft}\x1b[0m"
    mode = " \x1b[38;5;248mShift+Tab to accept edits\x1b[39m"
    return "\n".join(
        [*rows, "", status, RULE, mode, composer, below, " workspace (/directory)", ""]
    )


def read(raw: str) -> Signals:
    """What the detector says of a screen."""
    return select_detector("gemini", "0.61.0").detect(Frame(raw, 0.0))


def test_the_spinner_above_the_composer_is_work() -> None:
    signals = read(gemini(asked("go"), status=SPINNER))
    assert signals.active_reasons == ("spinner_row",)
    assert signals.ready_posture is Tristate.NO


def test_an_answer_that_quotes_the_spinner_is_not() -> None:
    quoted = "  ⠦ Thinking... (esc to cancel, 2s)"
    signals = read(gemini(asked("go"), "\x1b[38;5;183m✦ \x1b[39mI saw", quoted))
    assert not signals.active_evidence
    assert signals.success_candidate


def test_cancelled_and_failed_turns_say_so_after_the_last_answer() -> None:
    assert read(gemini(asked("go"), "✦ some", "ℹ Request cancelled.")).interrupted
    assert read(gemini(asked("go"), "✕ [API Error: bad]", "ℹ This failed.")).known_failure
    later = read(gemini(asked("go"), "ℹ Request cancelled.", asked("on"), "✦ fine"))
    assert not later.interrupted


def test_a_box_with_choices_takes_the_composers_place() -> None:
    box = "\n".join(
        ["╭────────────╮", "│ Allow execution of [Shell]?", "│ ● 1. Allow once", "│   2. No"]
    )
    signals = read(f"{asked('go')}\n{box}\n╰────────────╯\n")
    assert signals.blocked_on is BlockedOn.APPROVAL
    assert signals.accepting_input is Tristate.NO


def test_draft_placeholder_and_shell_mode_are_told_apart() -> None:
    assert read(gemini()).editing_input is Tristate.NO
    typed = read(gemini(draft="\x1b[38;5;231mfix it\x1b[7m \x1b[27m"))
    assert (typed.editing_input, typed.prompt_text) == (Tristate.YES, "fix it")
    assert read(gemini(glyph="!")).blocked_on is BlockedOn.SHELL_MODE


def test_suggestions_below_a_command_are_a_menu() -> None:
    chosen = " \x1b[48;5;28mmodel\x1b[49m  Manage models"
    draft = "\x1b[38;5;231m/mo\x1b[39m"
    assert read(gemini(draft=draft, below=chosen)).blocked_on is BlockedOn.MENU
    assert read(gemini(draft=draft)).blocked_on is None


def test_the_first_drawing_is_not_listening_yet() -> None:
    assert read("$ gemini\n" + gemini()).ready_posture is Tristate.UNKNOWN
    banner = "\x1b[38;5;231mTips for getting started:\x1b[39m"
    assert read("$ gemini\n" + gemini(banner)).ready_posture is Tristate.YES


def test_a_waiting_prompt_is_pending() -> None:
    queue = " Queued (press ↑ to edit):\n   then this"
    assert read(gemini(asked("go"), queue, SPINNER)).pending_input is Tristate.YES


def test_an_error_that_answers_a_command_to_the_tool_is_no_failed_turn() -> None:
    def end(prompt: str, error: str) -> tuple[bool, bool]:
        signals = read(gemini(*([asked(prompt)] if prompt else []), f"✕ {error}"))
        return signals.known_failure, signals.success_blocked

    assert end("/permissions", "Please provide a subcommand") == (False, False)
    assert end("/compress", "[API Error: no]") == (True, True)
    assert end("go", "Request timed out") == (True, True)
    assert end("", "something above the screen went wrong") == (False, True)


def test_a_box_is_no_running_tool_because_of_what_the_tool_prints() -> None:
    box = ("╭─────────────╮", "│ {} Shell ls │", "│ ⊶  Shell rm │", "╰─────────────╯")
    runs = read(gemini(asked("go"), *(row.format("⊷ ") for row in box)))
    assert runs.active_reasons == ("tool_runs",)
    assert not runs.prompt_visible
    assert not read(gemini(asked("go"), *(row.format("✓ ") for row in box))).active_evidence


def test_a_command_of_the_person_begins_something_that_is_no_answer() -> None:
    shell = asked("ls").replace("> ", "$ ")
    assert not read(gemini(asked("go"), "✦ done", shell, "╭──────────╮")).success_candidate


def test_an_at_sign_in_a_draft_opens_no_list_by_itself() -> None:
    typed = gemini(draft="\x1b[38;5;231mmail me@home\x1b[7m \x1b[27m")
    assert read(typed).blocked_on is None
    chosen = " \x1b[38;5;194;48;5;28malpha.txt\x1b[39;49m"
    assert read(gemini(draft="see @al\x1b[7m \x1b[27m", below=chosen)).blocked_on is BlockedOn.MENU
