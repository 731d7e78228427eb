"""What a browser shows instead of a token: a code in a link, used once, that becomes a cookie.

Both are signed with the server's own token, so no server has to remember them, and a new token
ends them all. That a code is used once only, whoever takes it has to see to.
"""

import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer

from houmao.caller import CallerRole

#: Seconds a link may be opened.
CODE_SECONDS = 600
#: Seconds a browser stays signed in.
SESSION_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class SignInCode:
    """What a link's code says."""

    nonce: str
    role: CallerRole


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """What a cookie says; `token` names the token that was shown, None for a link's code."""

    role: CallerRole
    token: str | None


def make_code(key: str, role: CallerRole) -> str:
    """A code for a link."""
    return _codes(key).dumps([secrets.token_urlsafe(9), role])


def read_code(key: str, text: str) -> SignInCode | None:
    """What a code says; None when it is none of ours, or too old."""
    try:
        nonce, role = _codes(key).loads(text, max_age=CODE_SECONDS)
    except BadSignature:
        return None
    return SignInCode(nonce, CallerRole(role))


def make_cookie(key: str, session: BrowserSession) -> str:
    """The value of a cookie."""
    return _cookies(key).dumps([session.role, session.token])


def read_cookie(key: str, text: str) -> BrowserSession | None:
    """What a cookie says; None when it is none of ours, or too old."""
    try:
        role, token = _cookies(key).loads(text, max_age=SESSION_SECONDS)
    except BadSignature:
        return None
    return BrowserSession(CallerRole(role), token)


def _codes(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt="houmao sign-in code")


def _cookies(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt="houmao browser session")
