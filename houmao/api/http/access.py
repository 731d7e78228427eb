"""Who may call at all: whoever shows the token, and on loopback our own user without it.

The one place where a request's sender is judged; it looks at the head of a request alone.
"""

from collections.abc import Callable
from pathlib import Path

from flask import request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from houmao.api.http.peer import asker
from houmao.errors import ConfigError
from houmao.token import is_shown, read

#: Raises Unauthorized for the present request when its sender may not make it.
Access = Callable[[], None]

#: Answers everybody: it says what this is and nothing else.
OPEN_PATH = "/health"


def with_token(wanted: str) -> Access:
    """Only requests that show the bearer token `wanted`."""

    def check() -> None:
        if request.path != OPEN_PATH and not _shown(wanted):
            raise _unauthorized(
                "show this server's token: Authorization: Bearer <content of its token file>"
            )

    return check


def own_user_or_token(token_file: Path, uid: int) -> Access:
    """Requests of that local user, and those that show the token in the file.

    A system that does not tell whose a connection is lets everybody in, as before a token is
    asked for.
    """
    owner_of = asker()

    def check() -> None:
        if request.path == OPEN_PATH or owner_of(request.environ) in (uid, None):
            return
        if not _shown(_kept(token_file)):
            raise _unauthorized(
                "this server answers its own user alone; others show the token that it keeps in "
                "its runtime root: Authorization: Bearer <token>"
            )

    return check


def _kept(token_file: Path) -> str | None:
    try:
        return read(token_file)
    except ConfigError:
        return None


def _shown(wanted: str | None) -> bool:
    return wanted is not None and is_shown(request.headers.get("Authorization", ""), wanted)


def _unauthorized(what_helps: str) -> Unauthorized:
    return Unauthorized(what_helps, www_authenticate=WWWAuthenticate("bearer"))
