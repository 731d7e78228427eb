"""What becomes of a call that is handed on to a gateway that is well, away, or talks nonsense."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.http_server import served
from tests.unit.api.world import ALPHA, Fleet, StandIn, agent, state

BASE = f"/houmao/agents/{ALPHA}"
SENT = {"status": "ok", "action": "submit_prompt", "sent": True, "forced": False, "detail": "done"}
PROMPT = {"schema_version": 1, "prompt": "go", "force": False}
REQUEST = {"schema_version": 1, "kind": "submit_prompt", "payload": {"prompt": "go"}}
REFUSAL = {"status": "error", "error_code": "not_ready", "detail": "busy"}

#: Every route that is handed on, with a body that it takes.
ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/gateway", None),
    ("GET", "/gateway/tui/state", None),
    ("GET", "/gateway/tui/history", None),
    ("POST", "/gateway/tui/note-prompt", {"prompt": "go"}),
    ("POST", "/gateway/requests", REQUEST),
    ("POST", "/gateway/control/prompt", PROMPT),
    ("POST", "/gateway/control/send-keys", {"sequence": "x"}),
    ("GET", "/gateway/mail-notifier", None),
    ("PUT", "/gateway/mail-notifier", {"interval_seconds": 5}),
    ("DELETE", "/gateway/mail-notifier", None),
    ("GET", "/mail/status", None),
    ("POST", "/mail/check", {}),
    ("POST", "/mail/send", {"to": ["a@b"], "subject": "s", "body_content": ""}),
    ("POST", "/mail/reply", {"message_ref": "r", "body_content": ""}),
)
#: Those that keep the gateway's own status.
KEEPING = {"/gateway/control/prompt", "/mail/check", "/mail/send", "/mail/reply"}


@contextmanager
def answering(
    status: int, body: bytes, calls: list[Any] | None = None, port: int = 0
) -> Iterator[int]:
    """Port of a gateway that answers everything with this."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if calls is not None:
                calls.append((self.command, self.path, json.loads(sent or b"null")))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    for verb in ("GET", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{verb}", Handler.handle_any)
    with served(ThreadingHTTPServer(("127.0.0.1", port), Handler)) as server:
        # Whatever still answers is waited for when it is closed.
        server.daemon_threads = False
        yield server.server_port


def call(client: FlaskClient, method: str, path: str, body: Any) -> tuple[int, Any]:
    answer = client.open(BASE + path, method=method, json=body)
    return answer.status_code, answer.get_json()


def attach(fleet: Fleet, port: int) -> None:
    fleet.show(agent(gateway_host="0.0.0.0", gateway_port=port), state())


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_without_a_gateway(
    client: FlaskClient, fleet: Fleet, method: str, path: str, body: Any
) -> None:
    fleet.show(agent(), state())
    status, answer = call(client, method, path, body)
    assert status == 502
    assert "No gateway" in answer["detail"]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_refused_by_the_gateway(
    client: FlaskClient, fleet: Fleet, method: str, path: str, body: Any
) -> None:
    """Some routes pass the refusal on with its status; the others tell it in a 502."""
    with answering(409, json.dumps({"detail": REFUSAL}).encode()) as port:
        attach(fleet, port)
        status, answer = call(client, method, path, body)
    if path in KEEPING:
        assert (status, answer["detail"]) == (409, REFUSAL)
    else:
        assert status == 502
        assert "not_ready" in answer["detail"]


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b'{"status": "ok"}'])
@pytest.mark.parametrize(("method", "path", "sent"), ROUTES)
def test_nonsense(
    client: FlaskClient, fleet: Fleet, method: str, path: str, sent: Any, body: bytes
) -> None:
    with answering(200, body) as port:
        attach(fleet, port)
        status, answer = call(client, method, path, sent)
    assert (status, type(answer["detail"])) == (502, str)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_dead_gateway(client: FlaskClient, fleet: Fleet) -> None:
    attach(fleet, free_port())
    status, answer = call(client, "GET", "/gateway", None)
    assert status == 502
    assert "no gateway listens" in answer["detail"]


def test_a_sound_answer_is_passed_on_with_what_it_says_more(
    client: FlaskClient, fleet: Fleet
) -> None:
    """The body is handed on with its defaults filled in."""
    calls: list[Any] = []
    told = {**SENT, "new_in_their_release": 1}
    with answering(200, json.dumps(told).encode(), calls) as port:
        attach(fleet, port)
        status, answer = call(client, "POST", "/gateway/control/prompt", {"prompt": "go"})
    assert (status, answer) == (200, told)
    assert calls == [("POST", "/v1/control/prompt", PROMPT)]


STATUS = {
    "schema_version": 1,
    "protocol_version": "v1",
    "attach_identity": "alpha",
    "backend": "local_interactive",
    "tmux_session_name": "HOUMAO-alpha-1",
    "gateway_health": "healthy",
    "managed_agent_connectivity": "connected",
    "managed_agent_recovery": "idle",
    "request_admission": "open",
    "terminal_surface_eligibility": "ready",
    "active_execution": "idle",
    "execution_mode": "detached_process",
    "queue_depth": 0,
    "gateway_host": "127.0.0.1",
    "gateway_port": 1,
    "gateway_tmux_window_id": None,
    "gateway_tmux_window_index": None,
    "gateway_tmux_pane_id": None,
    "managed_agent_instance_epoch": 1,
    "managed_agent_instance_id": None,
}


@pytest.mark.parametrize(("version", "status"), [("v1", 200), ("v2", 502)])
def test_a_gateway_of_another_protocol(
    client: FlaskClient, fleet: Fleet, version: str, status: int
) -> None:
    told = json.dumps(STATUS | {"protocol_version": version}).encode()
    with answering(200, told) as port:
        attach(fleet, port)
        found, answer = call(client, "GET", "/gateway", None)
    assert found == status
    assert status == 200 or "protocol_version" in answer["detail"]


#: The calls that a live gateway gets in place of the host, and what it is asked then.
THROUGH = {
    "/requests": {"kind": "submit_prompt", "payload": {"prompt": "go"}},
    "/interrupt": {"kind": "interrupt", "payload": {}},
}
ACCEPTED = {
    "request_id": "gwreq-42",
    "request_kind": "x",
    "state": "accepted",
    "accepted_at_utc": "2026-03-27T07:05:00Z",
    "queue_depth": 1,
    "managed_agent_instance_epoch": 1,
}


@pytest.mark.parametrize("path", THROUGH)
def test_plain_requests_go_through_the_gateway(
    client: FlaskClient, fleet: Fleet, path: str
) -> None:
    calls: list[Any] = []
    body = {"prompt": "go"} if path == "/requests" else None
    with answering(200, json.dumps(ACCEPTED).encode(), calls) as port:
        attach(fleet, port)
        status, answer = call(client, "POST", path, body)
    told = {"request_id": "gwreq-42"} if path == "/requests" else {"agent_id": ALPHA}
    told |= {"status": "ok", "detail": "queued at the agent's gateway"}
    assert (status, answer) == (200, told)
    assert calls == [("POST", "/v1/requests", {"schema_version": 1, **THROUGH[path]})]


@pytest.mark.parametrize("path", THROUGH)
def test_a_gateway_that_refuses_is_the_last_word(
    client: FlaskClient, fleet: Fleet, path: str
) -> None:
    body = {"prompt": "go"} if path == "/requests" else None
    with answering(503, b'{"detail": "unavailable"}') as port:
        attach(fleet, port)
        status, answer = call(client, "POST", path, body)
    assert status == 502
    assert "unavailable" in answer["detail"]


@pytest.mark.parametrize("path", ["/requests", "/requests?extended=true", "/requests?wait=0.01"])
def test_what_a_gateway_cannot_do_the_host_does(
    client: FlaskClient, fleet: Fleet, jobs: StandIn, path: str
) -> None:
    """Where nothing listens any more, nobody has got it; and gateways know no waiting."""
    attach(fleet, free_port())
    status, _ = call(client, "POST", path, {"prompt": "go"})
    assert (status, len(jobs.asked)) == (200, 1)


@pytest.mark.parametrize("what", ["attach", "detach"])
def test_attaching_is_not_done_from_afar(client: FlaskClient, what: str) -> None:
    """Before any look-up: also for an agent that is not there."""
    answer = client.post(f"/houmao/agents/nobody/gateway/{what}")
    assert answer.status_code == 501
    assert "houmao-mgr" in answer.get_json()["detail"]
    assert "nobody" in answer.get_json()["detail"]


def test_bad_bodies_are_refused_before_the_agent_is_looked_up(client: FlaskClient) -> None:
    bad = {**REQUEST, "payload": {"prompt": "go", "model": "x"}}
    assert client.post("/houmao/agents/nobody/gateway/requests", json=bad).status_code == 422
    assert client.post("/houmao/agents/nobody/gateway/requests", json=REQUEST).status_code == 404


@pytest.mark.parametrize("path", THROUGH)
def test_another_hosts_gateway_is_not_looked_for_here(
    client: FlaskClient, fleet: Fleet, path: str
) -> None:
    """At its port of this machine somebody else's may listen: the host itself takes the prompt."""
    calls: list[Any] = []
    body = {"prompt": "go"} if path == "/requests" else None
    with answering(200, json.dumps(ACCEPTED).encode(), calls) as port:
        fleet.show(agent(host="h2", gateway_host="127.0.0.1", gateway_port=port), state())
        status, _ = call(client, "POST", path, body)
        refused, told = call(client, "GET", "/gateway", None)
    assert (status, calls) == (200, [])
    assert (refused, "serves its own host h2 alone" in told["detail"]) == (502, True)
