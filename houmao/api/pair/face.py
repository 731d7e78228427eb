"""Sends a published client's call to the route of its contract, if there is one of its own.

The two servers share most paths, and mean different shapes by some of them. Those of
`houmao-server` are registered below `/pair`; whoever asks with `extended=true`, as our own
command line does, gets the common ones. Knows no route by name.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/pair"


class PairFace:
    """The application as published clients of `houmao-server` see it."""

    def __init__(self, app: Flask) -> None:
        self._served: WSGIApplication = app.wsgi_app
        self._routes = app.url_map.bind("")

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Serve one call."""
        path = PREFIX + environ["PATH_INFO"]
        asks_for_ours = "extended=true" in environ.get("QUERY_STRING", "")
        if not asks_for_ours and self._routes.test(path, environ["REQUEST_METHOD"]):
            environ["PATH_INFO"] = path
        return self._served(environ, start)
