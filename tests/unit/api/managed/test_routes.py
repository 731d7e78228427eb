"""Managed-agent routes over agents that are watched through their screen."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from houmao.api.http.answers import ErrorSchema
from houmao.api.managed.schemas import ManagedDetailSchema, ManagedHistorySchema, ManagedStateSchema
from houmao.track.diagnostics import (
    Diagnostics,
    ParseStatus,
    Problem,
    ProcessState,
    TransportState,
)
from houmao.track.state import LastTurn, LastTurnResult, LastTurnSource, TrackedState, TurnPhase
from tests.http_server import served
from tests.unit.api.world import ALPHA, HEALTHY, NOW, PROBE, Api, Fleet, agent, state

ACTIVE = TrackedState(
    phase=TurnPhase.ACTIVE,
    last_turn=LastTurn(LastTurnResult.SUCCESS, LastTurnSource.SURFACE_INFERENCE),
)
GATEWAY = {
    "schema_version": 1,
    "gateway_health": "healthy",
    "managed_agent_connectivity": "connected",
    "managed_agent_recovery": "idle",
    "request_admission": "open",
    "active_execution": "idle",
    "queue_depth": 0,
    "gateway_host": "127.0.0.1",
    "gateway_port": 43123,
    "execution_mode": "detached_process",
}


@contextmanager
def gateway(status: int, body: bytes) -> Iterator[int]:
    """Port of a gateway that gives this answer to `GET /v1/status` and 404 to all else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/v1/status" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield server.server_port


def test_managed_state(api: Api, fleet: Fleet) -> None:
    """The whole object of a working agent with a mailbox and without a gateway."""
    who = agent(
        mailbox_transport="filesystem",
        mailbox_principal_id="HOUMAO-alpha",
        mailbox_address="HOUMAO-alpha@agents.localhost",
    )
    fleet.show(who, state(ACTIVE))
    assert api.read("/houmao/agents/alpha/managed-state", ManagedStateSchema) == {
        "tracked_agent_id": ALPHA,
        "identity": {
            "tracked_agent_id": ALPHA,
            "transport": "tui",
            "tool": "claude",
            "session_name": "HOUMAO-alpha-1774602000000",
            "terminal_id": ALPHA,
            "runtime_session_id": ALPHA,
            "tmux_session_name": "HOUMAO-alpha-1774602000000",
            "tmux_window_name": "agent",
            "manifest_path": "/srv/s1/manifest.json",
            "session_root": "/srv/s1",
            "agent_name": "HOUMAO-alpha",
            "agent_id": ALPHA,
            "host": "h1",
        },
        "availability": "available",
        "turn": {"phase": "active", "active_turn_id": f"tui-anchor:{ALPHA}"},
        "last_turn": {
            "result": "success",
            "turn_id": None,
            "turn_index": None,
            "updated_at_utc": None,
        },
        "diagnostics": [],
        "mailbox": {
            "transport": "filesystem",
            "principal_id": "HOUMAO-alpha",
            "address": "HOUMAO-alpha@agents.localhost",
        },
        "gateway": None,
    }


def test_no_turn_id_unless_active(api: Api, fleet: Fleet) -> None:
    """A ready agent has no active turn; times of last turns stay null on this route."""
    ready = TrackedState(phase=TurnPhase.READY)
    fleet.show(agent(), state(ready, last_turn_updated_at=NOW))
    found = api.read("/houmao/agents/alpha/managed-state", ManagedStateSchema)
    assert found["turn"] == {"phase": "ready", "active_turn_id": None}
    assert found["last_turn"]["updated_at_utc"] is None


def test_missing_session_root_is_null(api: Api, fleet: Fleet) -> None:
    """Here an absent session root is null, and another backend has no window name."""
    fleet.show(agent(session_root=None, backend="joined"), state())
    found = api.read("/houmao/agents/alpha/managed-state", ManagedStateSchema)["identity"]
    assert (found["session_root"], found["tmux_window_name"]) == (None, None)


@pytest.mark.parametrize(
    ("diagnostics", "availability"),
    [
        (HEALTHY, "available"),
        (Diagnostics(), "unavailable"),
        (
            Diagnostics(
                TransportState.TMUX_UP, ProcessState.TUI_DOWN, ParseStatus.SKIPPED_TUI_DOWN
            ),
            "unavailable",
        ),
        (
            Diagnostics(TransportState.TMUX_UP, ProcessState.PROBE_ERROR, ParseStatus.PROBE_ERROR),
            "error",
        ),
        (
            Diagnostics(TransportState.TMUX_UP, ProcessState.TUI_UP, ParseStatus.UNSUPPORTED_TOOL),
            "available",
        ),
    ],
)
def test_availability(api: Api, fleet: Fleet, diagnostics: Diagnostics, availability: str) -> None:
    """Down and unreadable are told; not knowing counts as available."""
    fleet.show(agent(), state(diagnostics=diagnostics))
    fleet.tell(agent(), state(diagnostics=diagnostics), "observed")
    found = api.read("/houmao/agents/alpha/managed-state", ManagedStateSchema)
    history = api.read("/houmao/agents/alpha/managed-history", ManagedHistorySchema)
    assert found["availability"] == history["entries"][0]["availability"] == availability


def test_diagnostics_list_probe_then_parse_error(api: Api, fleet: Fleet) -> None:
    """Problems come in the order in which they are met."""
    wrong = Diagnostics(
        TransportState.TMUX_UP,
        ProcessState.TUI_UP,
        ParseStatus.PARSE_ERROR,
        probe_error=Problem("tmux_capture_error", "tmux did not answer"),
        parse_error=Problem("parse_error", "no preset fits"),
    )
    fleet.show(agent(), state(diagnostics=wrong))
    found = api.read("/houmao/agents/alpha/managed-state", ManagedStateSchema)["diagnostics"]
    assert [each["kind"] for each in found] == ["tmux_capture_error", "parse_error"]


def test_detail(api: Api, fleet: Fleet) -> None:
    """The detail names the canonical routes and carries the whole summary state."""
    fleet.show(agent(), state(ACTIVE))
    fleet.capture(agent(), PROBE)
    found = api.read("/houmao/agents/alpha/managed-state/detail", ManagedDetailSchema)
    assert found["summary_state"] == api.read(
        "/houmao/agents/alpha/managed-state", ManagedStateSchema
    )
    detail = found["detail"]
    assert detail["canonical_terminal_state_route"] == f"/houmao/agents/{ALPHA}/state"
    assert detail["canonical_terminal_history_route"] == f"/houmao/agents/{ALPHA}/history"
    assert (detail["transport"], detail["terminal_id"]) == ("tui", ALPHA)
    assert detail["probe_snapshot"]["pane_id"] == "%4"
    assert detail["parsed_surface"] is None


def test_history(api: Api, fleet: Fleet) -> None:
    """Entries in managed words, newest first, without turn ids."""
    fleet.show(agent(), state(ACTIVE))
    fleet.tell(agent(), state(ACTIVE), "active_signal")
    assert api.read("/houmao/agents/alpha/managed-history", ManagedHistorySchema) == {
        "tracked_agent_id": ALPHA,
        "entries": [
            {
                "recorded_at_utc": "2026-03-27T09:05:22+00:00",
                "summary": "active_signal",
                "availability": "available",
                "turn_phase": "active",
                "last_turn_result": "success",
                "turn_id": None,
            }
        ],
    }


@pytest.mark.parametrize("backend", ["claude_headless", "codex_headless", "gemini_headless"])
@pytest.mark.parametrize("route", ["managed-state", "managed-state/detail", "managed-history"])
def test_headless_agent_of_somebody_else(api: Api, fleet: Fleet, backend: str, route: str) -> None:
    """503: only the server that owns a headless agent can tell its managed state."""
    fleet.show(agent(backend=backend), state())
    found = api.read(f"/houmao/agents/alpha/{route}", ErrorSchema, 503)
    assert "not owned by the current passive server" in found["detail"]


def test_gateway_summary(api: Api, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight fields of the gateway's own answer; proxy variables are not obeyed."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with gateway(200, json.dumps(GATEWAY).encode()) as port:
        fleet.show(agent(gateway_host="0.0.0.0", gateway_port=port), state())
        found = api.read("/houmao/agents/alpha/managed-state", ManagedStateSchema)["gateway"]
    assert found == {
        name: value
        for name, value in GATEWAY.items()
        if name not in ("schema_version", "execution_mode")
    }


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, json.dumps(GATEWAY).encode()),
        (200, b"not json"),
        (200, b"[]"),
        (200, b"[" * 60_000),
        (200, json.dumps(GATEWAY | {"queue_depth": "0"}).encode()),
        (200, json.dumps(GATEWAY | {"gateway_health": "fine"}).encode()),
        (200, b" " * 70_000 + json.dumps(GATEWAY).encode()),
    ],
    ids=["status", "no-json", "no-object", "too-deep", "wrong-type", "unknown-word", "too-long"],
)
def test_unsound_gateway_is_null(api: Api, fleet: Fleet, status: int, body: bytes) -> None:
    """Whatever the gateway answers, the agent's own state is told."""
    with gateway(status, body) as port:
        fleet.show(agent(gateway_host="127.0.0.1", gateway_port=port), state())
        found = api.read("/houmao/agents/alpha/managed-state", ManagedStateSchema)
    assert found["gateway"] is None


def test_absent_gateway_is_null(api: Api, fleet: Fleet) -> None:
    """A gateway that refuses the connection is no error of the agent."""
    with gateway(200, b"{}") as port:
        pass
    fleet.show(agent(gateway_host="127.0.0.1", gateway_port=port), state())
    found = api.read("/houmao/agents/alpha/managed-state", ManagedStateSchema)
    assert found["gateway"] is None
