"""Limits that keep a team of agents alive: size, rate, depth. Pure; none by default."""

from collections.abc import Callable
from dataclasses import dataclass

from houmao.errors import MailLimit


@dataclass(frozen=True, slots=True)
class MailLimits:
    """None is no limit. Bytes of a message file; messages in a minute; messages between two."""

    message_bytes: int | None = None
    per_minute: int | None = None
    thread_depth: int | None = None

    @classmethod
    def configured(cls, setting: Callable[[str], int | None]) -> "MailLimits":
        """The limits that settings name; `setting` finds one by its name without a prefix."""
        names = ("MAIL_MAX_MESSAGE_BYTES", "MAIL_MAX_PER_MINUTE", "MAIL_MAX_THREAD_DEPTH")
        return cls(*map(setting, names))

    def check_size(self, size: int) -> None:
        """Raises MailLimit for a message file of more bytes."""
        if self.message_bytes is not None and size > self.message_bytes:
            raise MailLimit(
                f"the message has {size} bytes, and {self.message_bytes} are allowed "
                "(HOUMAO_MAIL_MAX_MESSAGE_BYTES); send the large part as an attachment"
            )

    def check_rate(self, sender: str, sent_last_minute: int) -> None:
        """Raises MailLimit when the sender has written enough for a minute."""
        if self.per_minute is not None and sent_last_minute >= self.per_minute:
            raise MailLimit(
                f"{sender} has sent {sent_last_minute} messages within a minute, and "
                f"{self.per_minute} are allowed (HOUMAO_MAIL_MAX_PER_MINUTE); wait a minute"
            )

    def check_depth(self, sender: str, recipient: str, depth: int) -> None:
        """Raises MailLimit when two have said enough to each other in one thread."""
        if self.thread_depth is not None and depth >= self.thread_depth:
            raise MailLimit(
                f"{sender} and {recipient} have exchanged {depth} messages in this thread, and "
                f"{self.thread_depth} are allowed (HOUMAO_MAIL_MAX_THREAD_DEPTH); "
                "act on them, or begin a new thread"
            )
