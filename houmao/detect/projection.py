"""The parsed surface that old clients read, derived from our own signals: one truth, two words.

Nothing here looks for signs of work or of dialogs; it only renames what the detector said and
cuts the screen's text to the pieces that clients expect.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from houmao.detect.screen import Row, Screen
from houmao.detect.signals import BlockedOn, Frame, Signals, Tristate

HEAD_ROWS = TAIL_ROWS = 12
_CHROME = re.compile(r"[\s─━╌▀▄╭╮╰╯│┃]*|[❯›>!]\s*|[✢✻✽✶·*] \S.*….*|[•◦] .*esc to interrupt.*")


@dataclass(frozen=True, slots=True)
class SurfaceWords:
    """What old clients call the screens of one tool."""

    family: str
    preset: str
    version: str
    #: Words for what is asked; `selection_menu` where there is none.
    contexts: Mapping[BlockedOn, str] = field(default_factory=dict)
    #: A failure is told apart from a composer that waits.
    has_error_banner: bool = False


@dataclass(frozen=True, slots=True)
class ParsedSurface:
    """Fields and words of the surface as clients have always read it."""

    parser_family: str
    parser_preset_id: str
    parser_preset_version: str
    availability: str
    business_state: str
    input_mode: str
    ui_context: str
    normalized_projection_text: str
    dialog_text: str
    dialog_head: str
    dialog_tail: str
    anomaly_codes: tuple[str, ...] = ()
    baseline_invalidated: bool = False
    operator_blocked_excerpt: str | None = None


def parsed_surface(frame: Frame, signals: Signals, known: SurfaceWords | None) -> ParsedSurface:
    """The surface of `frame`, of which the detector said `signals`.

    `known` are the words for its tool, None for a tool that clients cannot read.
    """
    screen = frame.screen
    words = known or SurfaceWords("unsupported", "", "")
    lines = [row.plain for row in screen.rows if not _CHROME.fullmatch(row.plain)]
    text = "\n".join(row.plain for row in screen.rows)
    return ParsedSurface(
        parser_family=words.family,
        parser_preset_id=words.preset,
        parser_preset_version=words.version,
        availability=_availability(known is not None, signals),
        business_state=_business_state(signals),
        input_mode=_input_mode(signals),
        ui_context=_ui_context(signals, words),
        normalized_projection_text=text,
        dialog_text="\n".join(lines) or text,
        dialog_head="\n".join(lines[:HEAD_ROWS]),
        dialog_tail="\n".join(lines[-TAIL_ROWS:]),
        anomaly_codes=_anomalies(signals),
        operator_blocked_excerpt=_excerpt(screen, signals),
    )


def _availability(known: bool, signals: Signals) -> str:
    if not known:
        return "unsupported"
    understood = signals.prompt_visible or signals.blocked_on is not None
    return "supported" if understood else "unknown"


def _asks(signals: Signals) -> bool:
    return signals.blocked_on not in (None, BlockedOn.MENU, BlockedOn.SHELL_MODE)


def _business_state(signals: Signals) -> str:
    if _asks(signals):
        return "awaiting_operator"
    if signals.active_evidence:
        return "working"
    return "idle" if signals.prompt_visible else "unknown"


def _input_mode(signals: Signals) -> str:
    if signals.blocked_on is BlockedOn.LOGIN:
        return "closed"
    if signals.blocked_on is not None:
        return "modal"
    if signals.accepting_input is Tristate.NO:
        return "closed"
    return "freeform" if signals.prompt_visible else "unknown"


def _ui_context(signals: Signals, words: SurfaceWords) -> str:
    asked = signals.blocked_on
    if asked is BlockedOn.MENU:
        return "slash_command"
    if asked is not None and asked is not BlockedOn.SHELL_MODE:
        return words.contexts.get(asked, "selection_menu")
    if signals.known_failure and words.has_error_banner:
        return "error_banner"
    return "normal_prompt" if signals.prompt_visible else "unknown"


def _anomalies(signals: Signals) -> tuple[str, ...]:
    return ("unknown_version_floor_used",) if signals.detector_version == "fallback" else ()


def _excerpt(screen: Screen, signals: Signals) -> str | None:
    if not _asks(signals):
        return None
    rows = sorted({row for item in signals.evidence for row in item.rows})
    shown: list[Row] = [screen.rows[row] for row in rows if row < len(screen.rows)]
    return "\n".join(row.plain for row in shown) or None
