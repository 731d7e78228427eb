"""Who is let in by what, and what they may do then."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from houmao import token
from houmao.api.app import create_app
from houmao.api.http.rates import ACTS
from houmao.caller import CallerRole
from houmao.config import Settings
from houmao.named_tokens import NamedTokens
from houmao.sign_in import make_code
from tests.unit.api.world import NOW, Fleet, StandIn

SESSION = "/houmao/session"
#: An act; without agents it finds none, but only for those who may act at all.
ACT = "/houmao/agents/alpha/interrupt"
OURS = {"Origin": "http://localhost"}
DAY = 86_400.0


class Guarded:
    """A server that asks everybody who they are."""

    def __init__(self, settings: Settings, fleet: Fleet, jobs: StandIn) -> None:
        self.settings = replace(settings, token_on_loopback=True)
        token.ensure(self.settings.token_file)
        self.tokens = NamedTokens(self.settings.named_tokens_file)
        self.now = NOW
        self.app = create_app(self.settings, fleet.redis, jobs, now=lambda: self.now)

    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def code(self, role: CallerRole = CallerRole.ACT) -> str:
        return make_code(token.read(self.settings.token_file), role)

    def signed_in(self, secret: str) -> FlaskClient:
        browser = self.browser()
        assert browser.post(SESSION, json={"secret": secret}, headers=OURS).status_code == 200
        return browser

    def audit(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.settings.audit_log.read_text().splitlines()]


@pytest.fixture
def guarded(settings: Settings, fleet: Fleet, jobs: StandIn) -> Guarded:
    return Guarded(settings, fleet, jobs)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_what_everybody_may_see(guarded: Guarded) -> None:
    """Health and the page's own files; nothing that tells of an agent."""
    browser = guarded.browser()
    for path in ("/health", "/", "/page/main.js", "/page/style.css"):
        with browser.get(path) as answer:
            assert answer.status_code == 200
    for path in ("/houmao/states", "/houmao/events", "/houmao/openapi.json", SESSION):
        assert browser.get(path).status_code == 401
    assert browser.get("/page/../app.py").status_code == 404


def test_a_code_opens_once_and_becomes_a_cookie_that_no_script_reads(guarded: Guarded) -> None:
    code, browser = guarded.code(), guarded.browser()
    told = browser.post(SESSION, json={"secret": code}, headers=OURS)
    cookie = told.headers["Set-Cookie"]
    assert code not in cookie
    for wanted in ("HttpOnly", "SameSite=Strict"):
        assert wanted in cookie
    assert browser.get("/houmao/states").status_code == 200
    again = guarded.browser().post(SESSION, json={"secret": code}, headers=OURS)
    assert again.status_code == 401
    browser.delete(SESSION, headers=OURS)
    assert browser.get("/houmao/states").status_code == 401


def test_a_role_that_reads_does_not_act(guarded: Guarded) -> None:
    """By a token and by a cookie; the sentence names the role."""
    reads = guarded.tokens.create("wall", CallerRole.READ, NOW, DAY)
    acts = guarded.tokens.create("ci", CallerRole.ACT, NOW, DAY)
    client = guarded.browser()
    assert client.get("/houmao/states", headers=bearer(reads)).status_code == 200
    refused = client.post(ACT, headers=bearer(reads))
    assert (refused.status_code, "role `act`" in refused.get_json()["detail"]) == (403, True)
    assert client.post(ACT, headers=bearer(acts)).status_code == 404
    signed_in = guarded.signed_in(guarded.code(CallerRole.READ))
    assert signed_in.post(ACT, headers=OURS).status_code == 403


def test_a_cookie_acts_from_our_own_page_alone(guarded: Guarded) -> None:
    """No origin, another origin, a form: each is refused; our page is not."""
    browser = guarded.signed_in(guarded.code())
    assert browser.post(ACT).status_code == 403
    assert browser.post(ACT, headers={"Origin": "http://localhost:3000"}).status_code == 403
    form = browser.post("/houmao/agents/alpha/requests", data={"prompt": "x"}, headers=OURS)
    assert form.status_code == 422
    assert browser.post(ACT, headers=OURS).status_code == 404


@pytest.mark.parametrize(
    "ends",
    [
        lambda it: it.tokens.revoke("ci"),
        lambda it: setattr(it, "now", NOW + 2 * DAY),
        lambda it: it.settings.token_file.write_text("another\n"),
    ],
    ids=["revoked", "expired", "server token replaced"],
)
def test_what_ends_a_token_signs_out_its_browsers(
    guarded: Guarded, ends: Callable[[Guarded], None]
) -> None:
    secret = guarded.tokens.create("ci", CallerRole.ACT, NOW, DAY)
    browser = guarded.signed_in(secret)
    assert browser.get("/houmao/states").status_code == 200
    ends(guarded)
    assert browser.get("/houmao/states").status_code == 401


def test_acts_are_counted(guarded: Guarded) -> None:
    """One more than a minute's worth is refused; others are not."""
    secret = guarded.tokens.create("ci", CallerRole.ACT, NOW, DAY)
    client = guarded.browser()
    codes = [client.post(ACT, headers=bearer(secret)).status_code for _ in range(ACTS.amount + 1)]
    assert (codes[:-1], codes[-1]) == ([404] * ACTS.amount, 429)
    assert client.get("/houmao/states", headers=bearer(secret)).status_code == 200
    assert (
        client.post(ACT, headers=bearer(token.read(guarded.settings.token_file))).status_code == 404
    )


def test_every_act_is_written_down_without_its_text(guarded: Guarded) -> None:
    """Who, what, which agent, how it ended; also what was refused."""
    secret = guarded.tokens.create("ci", CallerRole.ACT, NOW, DAY)
    client = guarded.browser()
    path = "/houmao/agents/alpha/requests"
    client.post(path, json={"prompt": "a secret"}, headers=bearer(secret))
    client.post(path, json={"prompt": "a secret"})
    client.get("/houmao/states", headers=bearer(secret))
    found = [(it["who"], it["act"], it["of"], it["status"]) for it in guarded.audit()]
    act = "POST /houmao/agents/<agent_ref>/requests"
    assert found == [("ci", act, "alpha", 404), (None, act, "alpha", 401)]
    assert "a secret" not in guarded.settings.audit_log.read_text()
    assert guarded.settings.audit_log.stat().st_mode & 0o077 == 0


def test_tokens_are_kept_as_hashes(guarded: Guarded) -> None:
    secret = guarded.tokens.create("ci", CallerRole.ACT, NOW, None)
    kept = guarded.settings.named_tokens_file
    assert secret not in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0
