"""Whether the tool still has its conversation in mind, as the tracker's notes tell. Pure."""

from dataclasses import dataclass

from houmao.tools.catalog import tool_named
from houmao.track.state import TrackedState
from houmao.track.vocabulary import ChatContext

_DEGRADED_NOTE = "chat_context=degraded"


@dataclass(frozen=True, slots=True)
class ChatDiagnostic:
    """How the conversation was lost; `message_preview` is what the tool shows of it."""

    tool_name: str
    detector_name: str
    detector_version: str
    degraded_error_type: str
    message_preview: str | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """The chat context and, when it is degraded, why; unknown before the first look."""

    context: ChatContext = ChatContext.UNKNOWN
    diagnostic: ChatDiagnostic | None = None


def chat_of(tool: str, tracked: TrackedState) -> Chat:
    """The chat context of what a tracker session says."""
    if _DEGRADED_NOTE not in tracked.notes:
        return Chat(ChatContext.CURRENT)
    cells = (item.excerpt for item in tracked.evidence if item.rule == "error_cell")
    text = next(cells, None)
    kind = "unknown" if text is None else tool_named(tool).lost_context(text)
    diagnostic = ChatDiagnostic(tool, tracked.detector_name, tracked.detector_version, kind, text)
    return Chat(ChatContext.DEGRADED, diagnostic)
