"""How a browser signs in and out: what opens the server once becomes a cookie."""

from typing import Any

from flask import Response, g, request
from werkzeug.exceptions import Unauthorized

from houmao.api.context import context
from houmao.api.http.answers import AnswerSchema, answer, choice, text
from houmao.api.http.resource import Resource
from houmao.api.http.validation import StrictSchema, Text
from houmao.caller import ANYBODY, Caller, CallerRole
from houmao.sign_in import SESSION_SECONDS, BrowserSession, make_cookie, read_code
from houmao.token import is_shown

session = Resource("session", "Signing in, for browsers")


class SignInBody(StrictSchema):
    secret = Text(
        required=True,
        metadata={"description": "The code of a link, the server's token or a named one."},
    )


class SessionSchema(AnswerSchema):
    name = text("As whom the caller is known.")
    role = choice(CallerRole)


@session.answers("GET", "/houmao/session", SessionSchema, errors=[401])
def who() -> Response:
    """Tell who the caller is, and what they may do."""
    caller: Caller = g.caller
    if caller == ANYBODY:
        raise Unauthorized("nobody is signed in")
    return _told(caller.name, caller.role)


@session.answers("POST", "/houmao/session", SessionSchema, errors=(401, 503), body=SignInBody)
def sign_in(body: dict[str, Any]) -> Response:
    """Sign a browser in by a code, which is of use once, or by a token."""
    credentials = context().credentials
    key = credentials.key()
    found = key and _session(body["secret"], key)
    if not key or not found:
        raise Unauthorized("that is no token of this server, nor a code that is still of use")
    told = _told(found.token or "link", found.role)
    _set_cookie(told, credentials.cookie, make_cookie(key, found))
    return told


@session.answers("DELETE", "/houmao/session", SessionSchema)
def sign_out() -> Response:
    """Sign the browser out."""
    told = _told(ANYBODY.name, ANYBODY.role)
    told.delete_cookie(context().credentials.cookie, httponly=True, samesite="Strict")
    return told


def _set_cookie(told: Response, name: str, value: str) -> None:
    secure = request.is_secure
    told.set_cookie(name, value, SESSION_SECONDS, httponly=True, samesite="Strict", secure=secure)


def _session(secret: str, key: str) -> BrowserSession | None:
    services = context()
    if is_shown(f"Bearer {secret}", key):
        return BrowserSession(CallerRole.ACT, None)
    if token := services.credentials.named.shown(secret, services.now()):
        return BrowserSession(token.role, token.name)
    code = read_code(key, secret)
    if code and services.used_codes.take(code.nonce):
        return BrowserSession(code.role, None)
    return None


def _told(name: str, role: CallerRole) -> Response:
    return answer({"name": name, "role": role})
