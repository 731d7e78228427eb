"""What every answer tells a browser: that nobody frames it, keeps it or takes it for another type.

A route that has said one of these by itself keeps its word. This file knows no route.
"""

from flask import Flask, Response

#: An answer for programs is no page: should a browser show it all the same, nothing in it runs.
_NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
#: The API page brings its own scripts and styles; some of them stand in the page itself.
_API_PAGE = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'; form-action 'self'"
)
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    # For browsers that do not know frame-ancestors.
    ("X-Frame-Options", "DENY"),
)
_UNLESS_SAID = (
    # What agents show and say is kept by no browser and no proxy.
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
)


def install(app: Flask) -> None:
    """Have every answer of `app` say so, refusals too."""
    app.after_request(_closed)


def _closed(answer: Response) -> Response:
    headers = answer.headers
    for name, value in _ALWAYS:
        headers.add(name, value)
    for name, value in _UNLESS_SAID:
        headers.setdefault(name, value)
    # Not `mimetype`, which takes the header apart again for every answer.
    is_page = (answer.content_type or "").startswith("text/html")
    headers.setdefault("Content-Security-Policy", _API_PAGE if is_page else _NO_PAGE)
    return answer
