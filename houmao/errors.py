"""Every error Houmao raises on purpose, and what each edge makes of it.

A message is one sentence for the person who must act; it never carries prompt text,
screen text or secrets. The API turns an error into `{"detail": message}` with
`http_status`, the CLI prints `Error: message` and exits with `exit_code`.
"""

from collections.abc import Mapping
from typing import ClassVar


class HoumaoError(Exception):
    """Root of the family: something a person can read and act on."""

    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def answer_status(self) -> int:
        """The API's status; the class's own, unless somebody else has chosen it."""
        return self.http_status

    def extra(self) -> Mapping[str, object]:
        """Fields beside `detail` in the API's error body; one called `detail` replaces it."""
        return {}

    def headers(self) -> Mapping[str, str]:
        """Headers that the API adds to the answer."""
        return {}


class UsageError(HoumaoError):
    """The caller asked for something that makes no sense; the message names the fix."""

    http_status = 422
    exit_code = 2


class ConfigError(HoumaoError):
    """A setting is unusable; the message names the setting and the fix."""

    exit_code = 2


class NotFound(HoumaoError):
    """Nothing answers to the given reference."""

    http_status = 404


class HostLost(NotFound):
    """Nothing answers to the reference, but a host that is away had such an agent."""

    http_status = 503

    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": "1"}


class AmbiguousName(HoumaoError):
    """A name is shared by several live agents."""

    http_status = 409

    def __init__(
        self, reference: str, agent_ids: tuple[str, ...], references: tuple[str, ...] = ()
    ) -> None:
        """`references` are what can be said instead, one for each agent; else their ids can."""
        super().__init__(
            f"{reference!r} means {len(agent_ids)} live agents; "
            f"use one of {', '.join(references or agent_ids)}"
        )
        self.agent_ids = agent_ids

    def extra(self) -> Mapping[str, object]:
        return {"agent_ids": list(self.agent_ids)}


class Conflict(HoumaoError):
    """The request is well formed but the present state forbids it."""

    http_status = 409


class Unavailable(HoumaoError):
    """A part that the answer needs is away for the moment; trying again later helps."""

    http_status = 503

    def __init__(self, message: str, retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds

    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.retry_after_seconds)}


class QueueFull(Unavailable):
    """So many requests wait for an agent that no more is taken for now."""

    http_status = 429


class RecordError(HoumaoError):
    """A registry record cannot be used; the message names the field and the expectation."""


class TmuxError(HoumaoError):
    """tmux is missing, refused a command, or its answer makes no sense."""

    http_status = 503


class TmuxSilent(TmuxError):
    """A tmux server is there but does not answer; what runs in it lives on."""


class TmuxAbsent(TmuxError):
    """No tmux server is there, or one without any session, which is about to end."""


class DefinitionError(HoumaoError):
    """Something in an agent definition is unusable; the message names file, line and field."""

    http_status = 422


class IncompatibleLaunch(HoumaoError):
    """No known way to start this version of a tool without anybody to answer its questions."""

    http_status = 422

    def __init__(self, tool: str, backend: str, version: str | None, prompt_mode: str) -> None:
        super().__init__(
            f"{tool} {version or 'of unknown version'} cannot be started {prompt_mode} on "
            f"{backend}; use another version, or operator_prompt_mode: interactive"
        )
        self.tool, self.backend = tool, backend
        self.version, self.prompt_mode = version, prompt_mode

    def extra(self) -> Mapping[str, object]:
        return {
            "tool": self.tool,
            "backend": self.backend,
            "detected_version": self.version,
            "requested_operator_prompt_mode": self.prompt_mode,
        }


class ManifestError(HoumaoError):
    """A session manifest cannot be used; the message names file, field and expectation."""


class StartFailed(HoumaoError):
    """A tool did not come up in its pane, whose last lines the message shows."""


class MailError(HoumaoError):
    """A field of a message or of a mailbox request is unusable; nothing was done."""

    http_status = 422

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem

    def within(self, outer: str) -> "MailError":
        """The same error about a field inside of another."""
        return MailError(f"{outer}.{self.field}", self.problem)


class MailLimit(HoumaoError):
    """A message was not sent because a limit of the mailbox is reached."""

    http_status = 429


class MailboxBroken(HoumaoError):
    """A mailbox root cannot be used as it is; the message names the file and the remedy."""

    http_status = 502
