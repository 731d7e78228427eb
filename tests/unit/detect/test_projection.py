"""The parsed surface is our signals in the words of old clients."""

import pytest

from houmao.detect.projection import parsed_surface
from houmao.detect.signals import BlockedOn, Frame, Signals, Tristate
from houmao.tools.catalog import tool_named

CLAUDE, CODEX = tool_named("claude").surface, tool_named("codex").surface
FRAME = Frame("● said\n────────────\n❯\xa0\n────────────\n  \x1b[2m? for shortcuts\x1b[0m\n", 0.0)
CALM = {
    "detector_name": "claude_code",
    "detector_version": "2.1.100+",
    "accepting_input": Tristate.YES,
    "prompt_visible": True,
}


@pytest.mark.parametrize(
    ("told", "business", "mode", "context"),
    [
        ({}, "idle", "freeform", "normal_prompt"),
        ({"active_evidence": True}, "working", "freeform", "normal_prompt"),
        ({"blocked_on": BlockedOn.TRUST}, "awaiting_operator", "modal", "trust_prompt"),
        ({"blocked_on": BlockedOn.APPROVAL}, "awaiting_operator", "modal", "selection_menu"),
        ({"blocked_on": BlockedOn.LOGIN}, "awaiting_operator", "closed", "selection_menu"),
        ({"blocked_on": BlockedOn.MENU}, "idle", "modal", "slash_command"),
        ({"known_failure": True}, "idle", "freeform", "error_banner"),
        (
            {"prompt_visible": False, "accepting_input": Tristate.UNKNOWN},
            "unknown",
            "unknown",
            "unknown",
        ),
    ],
)
def test_each_signal_has_its_words(
    told: dict[str, object], business: str, mode: str, context: str
) -> None:
    surface = parsed_surface(FRAME, Signals(**(CALM | told)), CLAUDE)  # type: ignore[arg-type]
    assert (surface.business_state, surface.input_mode, surface.ui_context) == (
        business,
        mode,
        context,
    )


def test_the_projection_is_the_screen_and_the_dialog_the_conversation() -> None:
    surface = parsed_surface(FRAME, Signals(**CALM), CLAUDE)  # type: ignore[arg-type]
    assert surface.normalized_projection_text.splitlines()[0] == "● said"
    assert "\x1b" not in surface.normalized_projection_text
    assert "─" not in surface.dialog_text
    assert surface.dialog_head.startswith("● said")
    assert surface.availability == "supported"


def test_a_fallback_profile_is_an_anomaly_and_an_unknown_tool_unsupported() -> None:
    fallback = parsed_surface(FRAME, Signals("codex_tui", "fallback"), CODEX)
    assert fallback.anomaly_codes == ("unknown_version_floor_used",)
    assert parsed_surface(FRAME, Signals("other", "builtin"), None).availability == "unsupported"
