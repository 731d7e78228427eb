"""The words a host adds to the tracker's: parsed surface, lifecycle, operator view, anchors.

The words of polls are in `diagnostics`, those of a tracker session in `state`. Values only.
"""

from enum import StrEnum


class ParsedAvailability(StrEnum):
    """Whether the parsed surface could be made sense of."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    DISCONNECTED = "disconnected"
    UNKNOWN = "unknown"


class BusinessState(StrEnum):
    """What the parsed surface says the tool does."""

    IDLE = "idle"
    WORKING = "working"
    AWAITING_OPERATOR = "awaiting_operator"
    UNKNOWN = "unknown"


class InputMode(StrEnum):
    """What the parsed surface says of the place where text is typed."""

    FREEFORM = "freeform"
    MODAL = "modal"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class ReadinessState(StrEnum):
    """Whether a prompt could be submitted now."""

    READY = "ready"
    WAITING = "waiting"
    BLOCKED = "blocked"
    FAILED = "failed"
    UNKNOWN = "unknown"
    STALLED = "stalled"


class CompletionState(StrEnum):
    """How far the turn that is waited for has come."""

    INACTIVE = "inactive"
    IN_PROGRESS = "in_progress"
    CANDIDATE_COMPLETE = "candidate_complete"
    COMPLETED = "completed"
    WAITING = "waiting"
    BLOCKED = "blocked"
    FAILED = "failed"
    UNKNOWN = "unknown"
    STALLED = "stalled"


class OperatorStatus(StrEnum):
    """The one word for a person who looks after the agent."""

    READY = "ready"
    PROCESSING = "processing"
    WAITING_USER_ANSWER = "waiting_user_answer"
    COMPLETED = "completed"
    TUI_DOWN = "tui_down"
    UNAVAILABLE = "unavailable"
    ERROR = "error"
    UNKNOWN = "unknown"


class ChatContext(StrEnum):
    """Whether the tool still has its conversation in mind."""

    CURRENT = "current"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"


class CompletionAuthority(StrEnum):
    """What completion rests on: a prompt we sent, or watching alone."""

    TURN_ANCHORED = "turn_anchored"
    UNANCHORED_BACKGROUND = "unanchored_background"


class AnchorState(StrEnum):
    """What became of the anchor of the latest prompt we sent."""

    ACTIVE = "active"
    ABSENT = "absent"
    LOST = "lost"
