"""The two words for whether an agent can be observed follow from one outcome."""

import pytest

from houmao.track.diagnostics import (
    Availability,
    Diagnostics,
    ParseStatus,
    Problem,
    ProcessState,
    TransportState,
    passive_availability,
    terminal_availability,
)

UP = TransportState.TMUX_UP
PARSED = Diagnostics(UP, ProcessState.TUI_UP, ParseStatus.PARSED)
PROBLEM = Problem("tmux_probe_error", "the pane could not be found", {"window": "0"})


@pytest.mark.parametrize(
    ("outcome", "passive", "terminal"),
    [
        (Diagnostics(), "unavailable", "unavailable"),
        (PARSED, "available", "available"),
        (
            Diagnostics(
                TransportState.PROBE_ERROR,
                ProcessState.PROBE_ERROR,
                ParseStatus.PROBE_ERROR,
                probe_error=PROBLEM,
            ),
            "unavailable",
            "error",
        ),
        (
            Diagnostics(UP, ProcessState.PROBE_ERROR, ParseStatus.PROBE_ERROR),
            "error",
            "error",
        ),
        (
            Diagnostics(UP, ProcessState.TUI_DOWN, ParseStatus.SKIPPED_TUI_DOWN),
            "tui_down",
            "tui_down",
        ),
        (
            Diagnostics(UP, ProcessState.UNSUPPORTED_TOOL, ParseStatus.UNSUPPORTED_TOOL),
            "tui_down",
            "unknown",
        ),
        (
            Diagnostics(UP, ProcessState.TUI_UP, ParseStatus.PARSE_ERROR, parse_error=PROBLEM),
            "error",
            "error",
        ),
        (
            Diagnostics(UP, ProcessState.TUI_UP, ParseStatus.UNSUPPORTED_TOOL),
            "unknown",
            "unknown",
        ),
    ],
)
def test_each_outcome_has_one_word_on_each_kind_of_route(
    outcome: Diagnostics, passive: str, terminal: str
) -> None:
    assert passive_availability(outcome) == passive
    assert terminal_availability(outcome) == terminal


def test_a_parsed_screen_that_makes_no_sense_is_unknown_on_terminal_routes() -> None:
    assert terminal_availability(PARSED, surface_supported=False) is Availability.UNKNOWN
