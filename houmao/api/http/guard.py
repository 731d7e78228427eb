"""What is turned away before any route runs: strange hosts, strangers, web pages, huge bodies.

Who a stranger is, `houmao.api.http.access` decides. A browser page from elsewhere must not reach a
server on loopback: neither through a DNS name that it points here (Host), nor by a form or script
that posts across origins (Origin, content type). This file knows no route.
"""

import socket
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import h11
from flask import Flask, g, request
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, RequestEntityTooLarge
from werkzeug.test import create_environ

from houmao.api.http.access import Access
from houmao.api.http.rates import Rates
from houmao.api.http.validation import InvalidRequest, violation
from houmao.caller import Caller, CallerRole

#: Largest body in bytes; a prompt with a long document fits.
MAX_BODY_BYTES = 4 * 1024 * 1024

#: Where everybody may try to sign in, and sign out again.
SIGN_IN_PATH = "/houmao/session"

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")

#: Marks a request that is judged by its head, before it is one.
_HEAD_ONLY = "houmao.head_only"

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


#: Whether a request's Host header names a host that is served here.
Trusted = Callable[[str], bool]


def install(app: Flask, trusted: Trusted, access: Access) -> None:
    """Check every request of `app`: its host, its sender, and then what it brings.

    Hosts that are not `trusted` are refused, and whom `access` does not let in.

    Flask's own TRUSTED_HOSTS is not used: it cannot hold an IPv6 address.
    """
    # One more than is allowed: a stream is cut there in silence, and so it can be told.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES + 1
    rates = Rates()

    @app.before_request
    def check() -> None:
        if not trusted(request.environ.get("HTTP_HOST", "")):
            raise BadRequest(
                "the Host header names a host that is not served here; "
                "add it to HOUMAO_TRUSTED_HOSTS if it should be"
            )
        g.caller = access()
        if request.method in _WRITES:
            _check_leave(g.caller)
            if not request.environ.get(_HEAD_ONLY):
                rates.check(g.caller)
            _check_write()


def lets_in(app: Flask, head: h11.Request, connection: socket.socket) -> bool:
    """Whether a request with this head would come to its route, whatever its body is."""
    with app.request_context(_environ(head, connection)):
        try:
            return app.preprocess_request() is None
        except (HTTPException, InvalidRequest):
            return False


def _environ(head: h11.Request, connection: socket.socket) -> dict[str, Any]:
    """What WSGI calls the parts of a head whose body is not here."""
    path, _, query = head.target.decode("latin-1").partition("?")
    given = {
        f"HTTP_{name.decode('ascii').upper().replace('-', '_')}": value.decode("latin-1")
        for name, value in head.headers
    }
    environ = create_environ(unquote(path, "latin-1"), query_string=query)
    body = {name: given.pop(f"HTTP_{name}", "") for name in ("CONTENT_TYPE", "CONTENT_LENGTH")}
    method = {"REQUEST_METHOD": head.method.decode("ascii")}
    return environ | method | body | given | {"gunicorn.socket": connection, _HEAD_ONLY: True}


def _check_leave(caller: Caller) -> None:
    """Whether that caller may act, and means to: a browser's cookie alone proves no will."""
    origin = request.headers.get("Origin")
    if origin is None and caller.by_cookie:
        raise Forbidden("a browser that is signed in acts from this server's own page alone")
    if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
        raise Forbidden("a page from elsewhere may not act here")
    if caller.role is CallerRole.READ and request.path != SIGN_IN_PATH:
        raise Forbidden("this token may read only; an act needs one with the role `act`")


def _check_write() -> None:
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


def trusted_by(served: Iterable[str]) -> Trusted:
    """What trusts these hosts, named without port."""
    names = frozenset(name.lower() for name in served)

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
