"""What one parsed surface says of readiness. Pure; it knows no surface before it."""

from houmao.detect.projection import ParsedSurface
from houmao.track.vocabulary import BusinessState, InputMode, ParsedAvailability, ReadinessState


def submit_ready(surface: ParsedSurface) -> bool:
    """The composer waits for a prompt and nothing runs."""
    return (
        surface.availability == ParsedAvailability.SUPPORTED
        and surface.business_state == BusinessState.IDLE
        and surface.input_mode == InputMode.FREEFORM
    )


def working(surface: ParsedSurface) -> bool:
    """A turn runs."""
    supported = surface.availability == ParsedAvailability.SUPPORTED
    return supported and surface.business_state == BusinessState.WORKING


def readiness_of(surface: ParsedSurface) -> ReadinessState:
    """What one surface alone says; never `stalled`."""
    match surface.availability, surface.business_state:
        case ((ParsedAvailability.UNSUPPORTED | ParsedAvailability.DISCONNECTED), _):
            return ReadinessState.FAILED
        case ParsedAvailability.SUPPORTED, BusinessState.AWAITING_OPERATOR:
            return ReadinessState.BLOCKED
        case (ParsedAvailability.UNKNOWN, _) | (_, BusinessState.UNKNOWN):
            return ReadinessState.UNKNOWN
    return ReadinessState.READY if submit_ready(surface) else ReadinessState.WAITING


def projection_key(text: str) -> str:
    """The text as far as it counts: without blanks at line ends and around the whole."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def label_of(surface: ParsedSurface) -> str:
    """The surface in a word or three, for a person who reads what a stall ended in."""
    if readiness_of(surface) is ReadinessState.FAILED:
        return surface.availability
    if submit_ready(surface):
        return "submit_ready"
    if working(surface):
        return "working"
    if readiness_of(surface) is ReadinessState.BLOCKED:
        return "blocked_operator"
    return f"{surface.availability}/{surface.business_state}/{surface.input_mode}"
