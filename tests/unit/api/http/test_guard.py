"""What is turned away before any route runs."""

import pytest
from flask.testing import FlaskClient

from houmao import token
from houmao.api.app import create_app
from houmao.api.http.guard import host_name
from houmao.config import Settings, load
from tests.unit.api.world import Fleet, StandIn


@pytest.mark.parametrize(
    "host", ["127.0.0.1:9891", "localhost:9891", "LocalHost", "[::1]:9891", "[::1]", "localhost."]
)
def test_loopback_names_are_served(client: FlaskClient, host: str) -> None:
    """Any spelling of loopback, with or without port."""
    assert client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example:9891", "localhost.evil", "[::2]:9891", "127.0.0.11",
     "evil.example@127.0.0.1", ":9891"],
)  # fmt: skip
def test_other_hosts_are_refused(client: FlaskClient, host: str) -> None:
    """A DNS name that somebody points at loopback reaches nothing."""
    answer = client.get("/health", headers={"Host": host})
    assert answer.status_code == 400
    assert "HOUMAO_TRUSTED_HOSTS" in answer.get_json()["detail"]


def test_configured_hosts_are_served(settings: Settings, fleet: Fleet, jobs: StandIn) -> None:
    """The bind host and the names of the setting are added to loopback."""
    names = {"HOME": str(settings.runtime_root), "HOUMAO_TRUSTED_HOSTS": "Box.lan,10.0.0.5"}
    open_to_all = load(names, host="0.0.0.0")
    token.ensure(open_to_all.token_file)
    client = create_app(open_to_all, fleet.redis, jobs).test_client()
    for host in ("box.lan:9891", "10.0.0.5", "0.0.0.0:9891", "localhost"):
        assert client.get("/health", headers={"Host": host}).status_code == 200
    assert client.get("/health", headers={"Host": "10.0.0.6"}).status_code == 400


@pytest.mark.parametrize(
    ("host", "name"),
    [("a.b:1", "a.b"), ("[::1]:1", "::1"), ("[::1", "::1"), ("", ""), ("A", "a"), ("a.:80", "a")],
)
def test_host_name(host: str, name: str) -> None:
    """The name without port, brackets and final dot."""
    assert host_name(host) == name


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1:3000", "http://localhost:9891", ""],
)
def test_writes_of_other_pages_are_refused(
    client: FlaskClient, ended: list[int], origin: str
) -> None:
    """A page from elsewhere, be it on another port of this machine, cannot post here."""
    headers = {"Host": "127.0.0.1:9891", "Origin": origin}
    answer = client.post("/houmao/server/shutdown", headers=headers)
    assert answer.status_code == 403
    assert "a page from elsewhere" in answer.get_json()["detail"]
    assert ended == []


def test_writes_of_our_own_page_are_served(client: FlaskClient) -> None:
    """The API page of this very server may write."""
    headers = {"Host": "127.0.0.1:9891", "Origin": "http://127.0.0.1:9891"}
    assert client.post("/houmao/agents/ghost/refresh", headers=headers).status_code == 404


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_must_say_that_it_is_json(client: FlaskClient, kind: str) -> None:
    """422 before the (here unknown) agent is looked up."""
    answer = client.post("/houmao/agents/ghost/refresh", data=b"{}", content_type=kind)
    assert answer.status_code == 422
    (problem,) = answer.get_json()["detail"]
    assert (problem["type"], problem["loc"]) == ("model_attributes_type", ["body"])


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8"])
def test_a_json_body_is_no_obstacle(client: FlaskClient, kind: str) -> None:
    """Routes without a body of their own accept an empty object."""
    answer = client.post("/houmao/agents/ghost/refresh", data=b"{}", content_type=kind)
    assert answer.status_code == 404


def test_no_answer_invites_other_origins(client: FlaskClient) -> None:
    """There is no CORS: neither a header nor an answer to a preflight."""
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    for answer in (
        client.get("/houmao/agents", headers=headers),
        client.options("/houmao/agents", headers=headers),
    ):
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert client.options("/houmao/agents").status_code == 405


def test_a_server_that_others_can_reach_asks_for_its_token(
    settings: Settings, fleet: Fleet, jobs: StandIn
) -> None:
    """Without the token a stranger learns what this is and nothing else."""
    names = {"HOME": str(settings.runtime_root), "HOUMAO_TRUSTED_HOSTS": "localhost"}
    open_to_all = load(names, host="0.0.0.0")
    token.ensure(open_to_all.token_file)
    shown = {"Authorization": f"Bearer {token.read(open_to_all.token_file)}"}
    client = create_app(open_to_all, fleet.redis, jobs).test_client()

    assert client.get("/health").status_code == 200
    refused = client.get("/houmao/agents")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].lower().startswith("bearer")
    assert client.get("/houmao/agents", headers={"Authorization": "Bearer x"}).status_code == 401
    assert client.get("/houmao/agents", headers=shown).status_code == 200


def test_a_loopback_server_may_ask_for_its_token_too(
    settings: Settings, fleet: Fleet, jobs: StandIn
) -> None:
    """HOUMAO_REQUIRE_TOKEN demands it where only this machine can call."""
    strict = load({"HOME": str(settings.runtime_root), "HOUMAO_REQUIRE_TOKEN": "yes"})
    token.ensure(strict.token_file)

    client = create_app(strict, fleet.redis, jobs).test_client()

    assert client.get("/houmao/agents").status_code == 401
