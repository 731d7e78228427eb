"""The parsed surface that old clients read, derived from our own signals: one truth, two words.

Nothing here looks for signs of work or of dialogs; it only renames what the detector said and
cuts the screen's text to the pieces that clients expect.
"""

import re
from dataclasses import dataclass

from houmao.detect.screen import Row, Screen
from houmao.detect.signals import BlockedOn, Frame, Signals, Tristate

HEAD_ROWS = TAIL_ROWS = 12
_PRESETS = {
    "claude_code": ("claude_shadow", "claude_shadow_v2", "2.1.62"),
    "codex_tui": ("codex_shadow", "codex_shadow_v2", "0.98.0"),
    "gemini_cli": ("gemini_shadow", "gemini_shadow_v1", "0.61.0"),
}
_CONTEXTS = {
    ("claude_code", BlockedOn.TRUST): "trust_prompt",
    ("codex_tui", BlockedOn.APPROVAL): "approval_prompt",
    ("codex_tui", BlockedOn.TRUST): "approval_prompt",
}
_CHROME = re.compile(r"[\s─━╌▀▄╭╮╰╯│┃]*|[❯›>!]\s*|[✢✻✽✶·*] \S.*….*|[•◦] .*esc to interrupt.*")


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


def parsed_surface(frame: Frame, signals: Signals) -> ParsedSurface:
    """The surface of `frame`, of which the detector said `signals`."""
    screen = frame.screen
    known = _PRESETS.get(signals.detector_name)
    family, preset, version = known or ("unsupported", "", "")
    lines = [row.plain for row in screen.rows if not _CHROME.fullmatch(row.plain)]
    text = "\n".join(row.plain for row in screen.rows)
    return ParsedSurface(
        parser_family=family,
        parser_preset_id=preset,
        parser_preset_version=version,
        availability=_availability(known is not None, signals),
        business_state=_business_state(signals),
        input_mode=_input_mode(signals),
        ui_context=_ui_context(signals),
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


def _ui_context(signals: Signals) -> str:
    asked = signals.blocked_on
    if asked is BlockedOn.MENU:
        return "slash_command"
    if asked is not None and asked is not BlockedOn.SHELL_MODE:
        return _CONTEXTS.get((signals.detector_name, asked), "selection_menu")
    if signals.known_failure and signals.detector_name in ("claude_code", "codex_tui"):
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
