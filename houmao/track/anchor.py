"""The anchor of a prompt we sent: armed, then dropped after its result was told, or lost.

Values and pure functions; times are seconds since the epoch.
"""

from dataclasses import dataclass

from houmao.track.diagnostics import Diagnostics, ProcessState, TransportState
from houmao.track.state import LastTurn
from houmao.track.vocabulary import AnchorState, CompletionAuthority

_EXCERPT = 120


@dataclass(frozen=True, slots=True)
class Anchor:
    """A prompt that was sent and is waited for."""

    number: int
    armed_at: float
    #: The prompt's beginning, on one line; for a person's eyes, never for logs.
    excerpt: str
    #: The result that has already been published once under this anchor.
    told: LastTurn | None = None


@dataclass(frozen=True, slots=True)
class CompletionBasis:
    """What the published completion rests on."""

    completion: CompletionAuthority = CompletionAuthority.UNANCHORED_BACKGROUND
    anchor: AnchorState = AnchorState.ABSENT
    armed_at: float | None = None
    lost_at: float | None = None
    loss_reason: str | None = None

    @property
    def monitored(self) -> bool:
        """Whether the completion of a prompt is waited for."""
        return self.anchor is AnchorState.ACTIVE


def armed(anchor: Anchor) -> CompletionBasis:
    """The authority while the anchor holds."""
    return CompletionBasis(CompletionAuthority.TURN_ANCHORED, AnchorState.ACTIVE, anchor.armed_at)


def lost(at: float, reason: str) -> CompletionBasis:
    """The authority once the anchor can be followed no more; `at` is seconds since the epoch."""
    return CompletionBasis(anchor=AnchorState.LOST, lost_at=at, loss_reason=reason)


def excerpt_of(message: str) -> str:
    """A prompt's beginning with its blanks collapsed."""
    return " ".join(message.split())[:_EXCERPT]


def loss_reason(outcome: Diagnostics) -> str:
    """Why a poll without a surface ends the wait for a turn."""
    problem = outcome.probe_error or outcome.parse_error
    if problem is not None:
        return problem.message
    if outcome.transport_state is TransportState.TMUX_MISSING:
        return "the tmux session is gone"
    if outcome.process_state is ProcessState.TUI_DOWN:
        return "the tool no longer runs in the pane"
    return f"no surface was read ({outcome.parse_status.value})"
