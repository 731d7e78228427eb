"""What a turn's caller is told: one event when the prompt was sent, one when the turn is over.

Pure: the last screen and the verdict come in. What the screen says is only renamed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from houmao.clock import iso
from houmao.detect.answer import Answer, answer_text
from houmao.detect.projection import ParsedSurface, parsed_surface
from houmao.detect.signals import BlockedOn, Frame, Signals
from houmao.tools.catalog import tool_named

#: A failed turn leaves a screen that takes the next prompt all the same.
_FINISHED = {
    "success": "completed",
    "interrupted": "completed",
    "known_failure": "error",
    "unknown": "unknown",
}
_BUSINESS = {
    "idle": "completed",
    "working": "processing",
    "awaiting_operator": "waiting_user_answer",
}


@dataclass(frozen=True, slots=True)
class TurnEnd:
    """A turn at its end, or at the moment its caller gave up (`result` None).

    `history` is the capture with what scrolled off above the screen, `frame` the screen alone.
    """

    tool: str
    session_name: str
    prompt: str
    frame: Frame
    signals: Signals
    history: str
    result: str | None
    detail: str = ""
    #: The answer as the tool wrote it down, None where it must be read off the screen.
    answer: str | None = None


def event(
    kind: str, message: str, turn_index: int, payload: Mapping[str, object], now: float
) -> dict[str, Any]:
    """One event of a turn."""
    return {
        "kind": kind,
        "message": message,
        "turn_index": turn_index,
        "payload": dict(payload),
        "timestamp_utc": iso(now),
    }


def payload(ending: TurnEnd, seconds: float) -> dict[str, Any]:
    """Everything that is told of a turn's end, which came so long after its prompt."""
    words = tool_named(ending.tool).surface
    surface = parsed_surface(ending.frame, ending.signals, words)
    answer = _answer(ending)
    return {
        "terminal_id": ending.session_name,
        "parsing_mode": "shadow_only",
        "parser_family": surface.parser_family,
        "output_source_mode": "full",
        "raw_backend_status": surface.business_state,
        "canonical_runtime_status": status(ending.result, surface),
        "parser_metadata": {
            "parser_preset_id": surface.parser_preset_id,
            "parser_preset_version": surface.parser_preset_version,
            "detector_name": ending.signals.detector_name,
            "detector_version": ending.signals.detector_version,
        },
        "mode_diagnostics": {
            "output_is_whole": answer.whole,
            "notes": list(ending.signals.notes),
            **({"detail": ending.detail} if ending.detail else {}),
        },
        "surface_assessment": {
            "availability": surface.availability,
            "business_state": surface.business_state,
            "input_mode": surface.input_mode,
            "ui_context": surface.ui_context,
            "blocked_on": _blocked(ending.signals.blocked_on),
        },
        "dialog_projection": {
            "raw_text": surface.normalized_projection_text,
            "normalized_text": surface.normalized_projection_text,
            "dialog_text": surface.dialog_text,
            "head": surface.dialog_head,
            "tail": surface.dialog_tail,
        },
        "projection_slices": {"head": surface.dialog_head, "tail": surface.dialog_tail},
        "result": ending.result,
        "output_text": answer.text,
        "duration_seconds": round(seconds, 3),
    }


def status(result: str | None, surface: ParsedSurface) -> str:
    """The turn's state in the words of old clients; of the screen while there is no result."""
    if result is not None:
        return _FINISHED.get(result, "unknown")
    return _BUSINESS.get(surface.business_state, "unknown")


def _answer(ending: TurnEnd) -> Answer:
    if ending.answer is not None:
        return Answer(ending.answer, whole=True)
    keeps_history = not ending.frame.alternate_screen
    transcript = tool_named(ending.tool).transcript
    return answer_text(transcript, ending.history, ending.prompt, keeps_history=keeps_history)


def _blocked(found: BlockedOn | None) -> str | None:
    return found.value if found else None
