"""The reads that clients poll, answered without the frame: its dispatch costs as much as a read.

Only what the guard lets in for its host and its user, and what asks for nothing but the answer,
comes this way. Everything else is served by the frame, and what goes wrong is told by it, too.
This file knows no route.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from houmao.api.http.answers import Wire, answer, encoded
from houmao.api.http.errors import answer_error

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: What a read tells whoever asks for no more than the contract has; takes the parts of the path.
DirectRead = Callable[..., Wire]

#: Paths whose route a process remembers.
_KEPT = 512


class DirectReads:
    """An application some of whose endpoints are read directly, when `lets_in` says so.

    While `is_partial`, answers are finished by the frame, which says so in a header.
    """

    def __init__(
        self,
        app: Flask,
        reads: Mapping[str, DirectRead],
        lets_in: Callable[["WSGIEnvironment"], bool],
        is_partial: Callable[[], bool],
    ) -> None:
        self._app = app
        self._served: WSGIApplication = app.wsgi_app
        self._reads = reads
        self._lets_in = lets_in
        self._is_partial = is_partial
        self._routes = app.url_map.bind("")
        self._of = lru_cache(maxsize=_KEPT)(self._routed)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        read = self._of(environ["PATH_INFO"]) if _asks_for_no_more(environ) else None
        if read is None or not self._lets_in(environ):
            return self._served(environ, start_response)
        try:
            told = read()
        except Exception as error:
            return self._finished(environ, start_response, partial(answer_error, error))
        if self._is_partial():
            return self._finished(environ, start_response, partial(answer, told))
        data = encoded(told)
        length = ("Content-Length", str(len(data)))
        start_response("200 OK", [("Content-Type", "application/json"), length])
        return [data]

    def _routed(self, path: str) -> Callable[[], Wire] | None:
        """What is read for a path, as the frame would route it."""
        try:
            endpoint, parts = self._routes.match(path, method="GET")
        except HTTPException:
            return None
        read = self._reads.get(endpoint)
        return read and partial(read, **parts)

    def _finished(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        told: Callable[[], Response],
    ) -> Iterable[bytes]:
        with self._app.request_context(environ):
            return self._app.process_response(told())(environ, start_response)


def _asks_for_no_more(environ: "WSGIEnvironment") -> bool:
    return (
        environ["REQUEST_METHOD"] == "GET"
        and not environ.get("QUERY_STRING")
        and "HTTP_UPGRADE" not in environ
        # Other paths are told in bytes that the frame decodes.
        and environ["PATH_INFO"].isascii()
    )
