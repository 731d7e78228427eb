"""What every answer tells a browser: that nobody frames it, keeps it or takes it for another type.

A route that has said one of these by itself keeps its word. This file knows no route. It adds to
the finished list of headers: one that is set on Flask's answer costs more than all of them here.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_EVERYTHING = (
    ("X-Content-Type-Options", "nosniff"),
    # For browsers that do not know frame-ancestors.
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    # What agents show and say is kept by no browser and no proxy.
    ("Cache-Control", "no-store"),
)
#: An answer for programs is no page: should a browser show it all the same, nothing in it runs.
_NO_PAGE = ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
#: The API page brings its own scripts and styles; some of them stand in the page itself.
_API_PAGE = (
    "Content-Security-Policy",
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'; form-action 'self'",
)


class ClosedAnswers:
    """An application whose every answer says so, refusals too."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, closed(headers), *error)

        return self._app(environ, start)


def closed(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers and what they do not say yet."""
    said = {name.lower(): value for name, value in headers}
    policy = _API_PAGE if said.get("content-type", "").startswith("text/html") else _NO_PAGE
    return headers + [it for it in (*_EVERYTHING, policy) if it[0].lower() not in said]
