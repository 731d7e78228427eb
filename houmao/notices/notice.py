"""A notice: one thing about one agent that a person may want to hear, and its words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from houmao.ids import AgentKey


class NoticeKind(StrEnum):
    """What notices are about."""

    BLOCKED = "blocked"
    USAGE_LIMIT = "usage_limit"
    FAILED = "failed"
    DONE = "done"
    IDLE = "idle"


_WORDS = {
    NoticeKind.BLOCKED: "waits for you",
    NoticeKind.USAGE_LIMIT: "has reached its usage limit",
    NoticeKind.FAILED: "has failed",
    NoticeKind.DONE: "is done",
    NoticeKind.IDLE: "has had nothing to do for long",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """`at` is in seconds since the epoch; `folder` is empty while it is not known."""

    notice_id: str
    kind: NoticeKind
    agent_id: str
    agent_name: str
    host: str
    at: float
    tool: str = ""
    folder: str = ""
    #: What the agent waits for, as `approval`; empty where there is nothing to add.
    reason: str = ""

    @property
    def key(self) -> AgentKey:
        """Which agent of all hosts it is about."""
        return AgentKey(self.host, self.agent_id)

    @property
    def text(self) -> str:
        """One sentence for a person, without anything that the agent wrote."""
        reason = f" ({self.reason.replace('_', ' ')})" if self.reason else ""
        return f"{self.agent_name} {_WORDS[self.kind]}{reason}"

    @property
    def fields(self) -> dict[str, str | float]:
        """For programs: each field, and the sentence as `text`."""
        return {**asdict(self), "kind": self.kind.value, "text": self.text}


def notice_from(fields: Mapping[str, str | float]) -> Notice:
    """What `fields` of a notice were made of. Raises KeyError and ValueError."""
    texts = ("notice_id", "agent_id", "agent_name", "host", "tool", "folder", "reason")
    told = {name: str(fields[name]) for name in texts}
    return Notice(kind=NoticeKind(str(fields["kind"])), at=float(fields["at"]), **told)
