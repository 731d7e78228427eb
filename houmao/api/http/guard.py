"""What is turned away before any route runs: strange hosts, strangers, web pages, huge bodies.

A browser page from elsewhere must not reach a server on loopback: neither through a DNS name
that it points here (Host), nor by a form or script that posts across origins (Origin, content
type). This file knows no route.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, Forbidden, RequestEntityTooLarge, Unauthorized

from houmao.api.http.peer import asker
from houmao.api.http.validation import InvalidRequest, violation
from houmao.errors import ConfigError
from houmao.token import is_shown, read

#: Largest body in bytes; a prompt with a long document fits.
MAX_BODY_BYTES = 4 * 1024 * 1024

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")

#: The API page brings its own scripts and styles; some of them stand in the page itself.
_PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'; form-action 'self'"
)

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def install(app: Flask, trusted_hosts: Iterable[str]) -> None:
    """Check every request of `app`; hosts beside `trusted_hosts` (without port) are refused.

    Flask's own TRUSTED_HOSTS is not used: it cannot hold an IPv6 address.
    """
    # One more than is allowed: a stream is cut there in silence, and so it can be told.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES + 1
    app.after_request(_closed)
    trusted = _trusted_by(frozenset(name.lower() for name in trusted_hosts))

    @app.before_request
    def check() -> None:
        if not trusted(request.headers.get("Host", "")):
            raise BadRequest(
                "the Host header names a host that is not served here; "
                "add it to HOUMAO_TRUSTED_HOSTS if it should be"
            )
        if request.method in _WRITES:
            _check_write()


def _closed(answer: Response) -> Response:
    """The answer, marked so that no other page frames it or takes it for another type."""
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    if answer.mimetype == "text/html":
        answer.headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
    return answer


def ask_for(app: Flask, wanted: str) -> None:
    """Refuse every request of `app` that does not show the bearer token `wanted`.

    Only `/health` answers without: it says what this is and nothing else.
    """

    @app.before_request
    def check_token() -> None:
        if request.path != "/health" and not is_shown(
            request.headers.get("Authorization", ""), wanted
        ):
            raise Unauthorized(
                "show this server's token: Authorization: Bearer <content of its token file>",
                www_authenticate=WWWAuthenticate("bearer"),
            )


def ask_others_for(app: Flask, token_file: Path, uid: int) -> None:
    """Refuse requests of other local users than `uid` that do not show the token in the file.

    A system that does not tell whose a connection is lets them in, as before a token is asked for.
    """
    owner_of = asker()

    @app.before_request
    def check_user() -> None:
        if request.path == "/health" or owner_of(request.environ) in (uid, None):
            return
        if not _shows(token_file):
            raise Unauthorized(
                "this server answers its own user alone; others show the token that it keeps in "
                "its runtime root: Authorization: Bearer <token>",
                www_authenticate=WWWAuthenticate("bearer"),
            )


def _shows(token_file: Path) -> bool:
    try:
        wanted = read(token_file)
    except ConfigError:
        return False
    return is_shown(request.headers.get("Authorization", ""), wanted)


def _check_write() -> None:
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
        raise Forbidden
    size = _body_size()
    if size > MAX_BODY_BYTES:
        raise RequestEntityTooLarge
    if size and not request.is_json:
        raise InvalidRequest(
            [
                {
                    **violation(["body"], "send the body with Content-Type: application/json"),
                    "type": "model_attributes_type",
                }
            ]
        )


def _body_size() -> int:
    """Bytes of the body; one of unannounced length is read, but never much beyond the limit."""
    if request.headers.get("Transfer-Encoding"):
        return len(request.get_data(cache=True))
    return request.content_length or 0


def _trusted_by(names: frozenset[str]) -> Callable[[str], bool]:
    @lru_cache(maxsize=256)
    def trusted(host: str) -> bool:
        # Only a browser can be rebound, and a browser always sends Host.
        return not host or host_name(host) in names

    return trusted


def host_name(host: str) -> str:
    """The name or address of a `Host` value, without port and brackets, in lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().removesuffix(".")
