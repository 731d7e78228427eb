"""Who calls, and may they call at all: the one place where a request's sender is judged.

On loopback our own user needs nothing, unless a token is asked of everybody; everybody else shows
the server's token, a named one, or the cookie that one of these became. Only the head of a
request is looked at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from houmao.api.http.peer import asker
from houmao.caller import ANYBODY, HOLDER, OWNER, Caller
from houmao.errors import ConfigError
from houmao.named_tokens import NamedTokens
from houmao.sign_in import BrowserSession, read_cookie
from houmao.token import is_shown, read

#: The sender of the present request. Raises Unauthorized when it may not make it.
Access = Callable[[], Caller]
#: Whether the request of a WSGI environment comes from somebody who needs to show nothing.
OwnUser = Callable[[Mapping[str, Any]], bool]

#: Answer everybody: they say what this is and nothing else, or are how one signs in.
OPEN_PATHS = frozenset({"/health", "/", "/houmao/session"})
#: Files of the page, the same for everybody.
OPEN_FOLDER = "/page/"

_WHAT_HELPS = (
    "show this server's token, which it keeps in its runtime root, or one made by "
    "`houmao-mgr token create`: Authorization: Bearer <token>"
)


def cookie_name(port: int) -> str:
    """A cookie's name; browsers keep one jar for all ports of a host."""
    return f"houmao_session_{port}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens one server: its own token, the named ones, and cookies made of either."""

    token_file: Path
    named: NamedTokens
    cookie: str
    now: Callable[[], float]

    def shown(self) -> Caller | None:
        """Whoever the present request proves to come from."""
        key = self.key()
        if key is None:
            return None
        header = request.headers.get("Authorization", "")
        if header:
            return self._by_header(header, key)
        found = read_cookie(key, request.cookies.get(self.cookie, ""))
        return self._in_session(found) if found else None

    def key(self) -> str | None:
        """The server's own token; None while it has none that is fit for use."""
        try:
            return read(self.token_file)
        except ConfigError:
            return None

    def _by_header(self, header: str, key: str) -> Caller | None:
        if is_shown(header, key):
            return HOLDER
        found = self.named.shown(header.partition(" ")[2], self.now())
        return Caller(found.name, found.role) if found else None

    def _in_session(self, found: BrowserSession) -> Caller | None:
        if found.token is None:
            return Caller("link", found.role, by_cookie=True)
        token = self.named.named(found.token, self.now())
        return Caller(token.name, token.role, by_cookie=True) if token else None


def credentials_only(credentials: Credentials) -> Access:
    """Only requests that show what opens the server."""

    def check() -> Caller:
        found = credentials.shown()
        if found is None and not _is_open():
            raise _unauthorized()
        return found or ANYBODY

    return check


def own_user_or(credentials: Credentials, is_own: OwnUser) -> Access:
    """Requests of our own local user too, who needs nothing."""
    rest = credentials_only(credentials)

    def check() -> Caller:
        return OWNER if is_own(request.environ) else rest()

    return check


def local_user(uid: int) -> OwnUser:
    """Whether a request comes from that local user.

    A system that does not tell whose a connection is takes everybody for that user.
    """
    owner_of = asker()
    return lambda environ: owner_of(environ) in (uid, None)


def nobody(_environ: Mapping[str, Any]) -> bool:
    """No request comes from somebody who needs nothing."""
    return False


def _is_open() -> bool:
    return request.path in OPEN_PATHS or request.path.startswith(OPEN_FOLDER)


def _unauthorized() -> Unauthorized:
    return Unauthorized(_WHAT_HELPS, www_authenticate=WWWAuthenticate("bearer"))
