"""Who calls a server, and what they may do: to read, or to act as well. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class CallerRole(StrEnum):
    """What a caller may do."""

    READ = "read"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request."""

    #: As the audit log names them; `owner` is the server's own user, on this machine.
    name: str
    role: CallerRole
    #: A browser that sends its cookie by itself; what it asks for must come from our own page.
    by_cookie: bool = False


#: The server's own user.
OWNER = Caller("owner", CallerRole.ACT)
#: Whoever shows the server's own token, which opens everything.
HOLDER = Caller("server-token", CallerRole.ACT)
#: Whoever asks for what everybody may see.
ANYBODY = Caller("anybody", CallerRole.READ)
