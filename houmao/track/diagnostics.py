"""Whether a session can be observed at all, and what the two views of that are called.

The outcome of one poll (is tmux there, does the tool run, was the screen understood) is a value;
the two mappings to a single word differ on purpose: readers of the passive routes and readers of
the terminal routes have always had different words for the same trouble.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class TransportState(StrEnum):
    """Whether the tmux session is there."""

    TMUX_UP = "tmux_up"
    TMUX_MISSING = "tmux_missing"
    PROBE_ERROR = "probe_error"


class ProcessState(StrEnum):
    """Whether the tool runs in the pane."""

    TUI_UP = "tui_up"
    TUI_DOWN = "tui_down"
    UNSUPPORTED_TOOL = "unsupported_tool"
    PROBE_ERROR = "probe_error"
    UNKNOWN = "unknown"


class ParseStatus(StrEnum):
    """What became of the captured screen."""

    PARSED = "parsed"
    SKIPPED_TUI_DOWN = "skipped_tui_down"
    UNSUPPORTED_TOOL = "unsupported_tool"
    TRANSPORT_UNAVAILABLE = "transport_unavailable"
    PROBE_ERROR = "probe_error"
    PARSE_ERROR = "parse_error"


class Availability(StrEnum):
    """Whether surface, turn and last turn may be relied on."""

    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    TUI_DOWN = "tui_down"
    ERROR = "error"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a probe or a parse failed; `details` holds plain JSON values, never screen text."""

    kind: str
    message: str
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Outcome of one poll; the defaults are what holds before the first one."""

    transport_state: TransportState = TransportState.TMUX_MISSING
    process_state: ProcessState = ProcessState.UNKNOWN
    parse_status: ParseStatus = ParseStatus.TRANSPORT_UNAVAILABLE
    probe_error: Problem | None = None
    parse_error: Problem | None = None


def passive_availability(outcome: Diagnostics) -> Availability:
    """The word of the passive routes: anything wrong with tmux is `unavailable`."""
    if outcome.transport_state is not TransportState.TMUX_UP:
        return Availability.UNAVAILABLE
    if outcome.process_state in (ProcessState.TUI_DOWN, ProcessState.UNSUPPORTED_TOOL):
        return Availability.TUI_DOWN
    if outcome.process_state is ProcessState.PROBE_ERROR:
        return Availability.ERROR
    if outcome.parse_status is ParseStatus.PARSE_ERROR:
        return Availability.ERROR
    if outcome.parse_status is ParseStatus.PARSED:
        return Availability.AVAILABLE
    return Availability.UNKNOWN


def terminal_availability(outcome: Diagnostics, surface_supported: bool = True) -> Availability:
    """The word of the terminal routes: any failed probe or parse is `error`.

    `surface_supported` says whether the parsed surface could be made sense of.
    """
    if _went_wrong(outcome):
        return Availability.ERROR
    if outcome.transport_state is TransportState.TMUX_MISSING:
        return Availability.UNAVAILABLE
    if outcome.process_state is ProcessState.TUI_DOWN:
        return Availability.TUI_DOWN
    if outcome.process_state is ProcessState.UNSUPPORTED_TOOL:
        return Availability.UNKNOWN
    if outcome.parse_status is ParseStatus.PARSED and surface_supported:
        return Availability.AVAILABLE
    return Availability.UNKNOWN


def _went_wrong(outcome: Diagnostics) -> bool:
    return (
        outcome.probe_error is not None
        or outcome.parse_error is not None
        or outcome.transport_state is TransportState.PROBE_ERROR
        or outcome.process_state is ProcessState.PROBE_ERROR
        or outcome.parse_status in (ParseStatus.PROBE_ERROR, ParseStatus.PARSE_ERROR)
    )
