"""What every answer tells a browser, as somebody who scans a server would look at it."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from houmao import token
from houmao.api.app import create_app
from houmao.config import Settings
from tests.unit.api.world import Fleet, StandIn

#: A path of each kind of answer, and how it is answered with and without a token.
PATHS = {
    "/": (200, 200),
    "/page/main.js": (200, 200),
    "/page/style.css": (200, 200),
    "/page/nothing.js": (404, 404),
    "/health": (200, 200),
    "/houmao/agents": (200, 401),
    "/houmao/states": (200, 401),
    "/houmao/agents/ghost/state": (404, 401),
    "/houmao/docs/": (200, 401),
    "/houmao/openapi.json": (200, 401),
    "/houmao/session": (200, 401),
    "/metrics": (200, 401),
    "/nothing": (404, 401),
}
WRITES = {"/houmao/agents/ghost/interrupt": 404, "/houmao/session": 422}


@pytest.fixture(params=[0, 1], ids=["own user", "stranger"])
def known(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def asker(settings: Settings, fleet: Fleet, jobs: StandIn, known: int) -> FlaskClient:
    """Our own user on loopback, or a stranger."""
    token.ensure(settings.token_file)
    asks = replace(settings, token_on_loopback=bool(known))
    return create_app(asks, fleet.redis, jobs).test_client()


@pytest.mark.parametrize("path", PATHS)
def test_reads(asker: FlaskClient, known: int, path: str) -> None:
    """Never framed, sniffed or referred; what is private is kept nowhere; no other origin."""
    answer = asker.get(path, buffered=True)
    assert answer.status_code == PATHS[path][known]
    closed(answer.headers)
    public = path == "/" or path.startswith("/page/")
    kept = answer.headers["Cache-Control"]
    assert kept == ("no-cache" if public and answer.status_code == 200 else "no-store")


@pytest.mark.parametrize("path", WRITES)
def test_writes(asker: FlaskClient, known: int, path: str) -> None:
    """A refusal says as much."""
    answer = asker.post(path, json={})
    assert answer.status_code in (WRITES[path], 401)
    closed(answer.headers)
    assert answer.headers["Cache-Control"] == "no-store"


def test_nothing_of_a_page_may_come_from_elsewhere(asker: FlaskClient) -> None:
    """Our page runs its own files alone: no script in it, no style in it, no text as markup."""
    policy = asker.get("/", buffered=True).headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_answers_for_programs_are_no_pages(asker: FlaskClient) -> None:
    """Nothing in one of them runs, should a browser be led to it."""
    policy = asker.get("/houmao/agents").headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'"


def closed(headers: Headers) -> None:
    """What no answer is without, and what no answer has."""
    found = dict(headers.items())
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["X-Frame-Options"] == "DENY"
    assert found["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in found["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in found
    assert "X-Powered-By" not in found
