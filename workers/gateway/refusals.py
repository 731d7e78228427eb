"""Why a prompt that is sent now or not at all was not sent, as published error bodies have it."""

from collections.abc import Mapping
from typing import ClassVar

from houmao.errors import HoumaoError


class PromptRefused(HoumaoError):
    """Nothing of the prompt was sent; `error_code` says why."""

    error_code: ClassVar[str]

    def __init__(self, message: str, *, forced: bool) -> None:
        super().__init__(message)
        self.forced = forced

    def extra(self) -> Mapping[str, object]:
        return {
            "detail": {
                "status": "error",
                "action": "submit_prompt",
                "sent": False,
                "forced": self.forced,
                "error_code": self.error_code,
                "detail": self.message,
            }
        }


class PromptNotReady(PromptRefused):
    """The agent works, waits for a person, or holds somebody's draft."""

    http_status, error_code = 409, "not_ready"


class PromptBlocked(PromptRefused):
    """Another incarnation of the agent runs than the one attached to."""

    http_status, error_code = 409, "blocked_reconciliation"


class PromptUnavailable(PromptRefused):
    """The agent's program does not run."""

    http_status, error_code = 503, "unavailable"


class PromptNotDispatched(PromptRefused):
    """It was tried, and nothing proves that the agent took it."""

    http_status, error_code = 422, "dispatch_failed"
