"""The page itself: files of this package, the same for everybody and without a secret.

What it shows it asks the API for; who may ask is not decided here.
"""

from flask import Blueprint, Response, send_from_directory

#: Nothing but this server's own files, no frame around it, no form that leaves it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # A new release is seen at once; unchanged files are not sent again.
    "Cache-Control": "no-cache",
}

page = Blueprint("page", __name__)


@page.get("/")
def fleet() -> Response:
    """The page."""
    return file("index.html")


@page.get("/page/<name>")
def file(name: str) -> Response:
    """One file of it. Raises NotFound."""
    found = send_from_directory(f"{page.root_path}/static", name)
    found.headers.update(_HEADERS)
    return found
