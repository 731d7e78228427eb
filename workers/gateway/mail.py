"""The mailbox of a gateway's agent, as it is bound at this moment."""

from dataclasses import dataclass
from pathlib import Path

from houmao.errors import HoumaoError, NotFound, Unavailable, UsageError
from houmao.mailbox.binding import MailboxBinding
from houmao.mailbox.box import Mailbox
from houmao.sessions.mailboxes import bound, opened
from houmao.sessions.manifest.file import load


class MailTransportFailed(HoumaoError):
    """The mailbox is there but cannot be read or written now."""

    http_status = 502


@dataclass(frozen=True, slots=True)
class GatewayMail:
    """Mail of the agent of one manifest; none where others than this machine can call."""

    manifest_path: str
    on_loopback: bool

    def binding(self) -> MailboxBinding:
        """The agent's binding. Raises Unavailable, UsageError, and what reading a manifest does."""
        if not self.on_loopback:
            raise Unavailable("mail is served on loopback only; attach the gateway to 127.0.0.1")
        try:
            return bound(load(Path(self.manifest_path)))
        except NotFound as error:
            raise UsageError(error.message) from None

    def box(self) -> Mailbox:
        """The agent's mailbox. Raises as `binding`, and MailTransportFailed."""
        try:
            return opened(self.binding())
        except Unavailable as error:
            if not self.on_loopback:
                raise
            raise MailTransportFailed(error.message) from None

    def support_error(self) -> str | None:
        """Why there is no mail, None when there is."""
        try:
            self.box()
        except HoumaoError as error:
            return error.message
        return None
