"""What a gateway has delivered to its agent, and how that went. Values only."""

from dataclasses import dataclass

from houmao.requests.request import DONE, RequestOutcome


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """How a prompt or an interrupt went; `turn_result` is the verdict on a prompt's turn."""

    outcome: RequestOutcome
    detail: str
    turn_result: str | None = None

    @property
    def done(self) -> bool:
        return self.outcome in DONE

    def fields(self) -> dict[str, object]:
        """As a JSON object."""
        return {
            "outcome": self.outcome,
            "detail": self.detail,
            "turn_result": self.turn_result,
        }


@dataclass(frozen=True, slots=True)
class PromptOrder:
    """A prompt for the agent; `seconds` is how long it may wait for the agent to be ready."""

    text: str
    key: str
    seconds: float
    #: Whether its turn's verdict is waited for, too.
    to_the_end: bool
