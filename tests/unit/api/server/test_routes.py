"""Routes about the server itself."""

import json
import os
import threading

import psutil
import pytest

from houmao.api.hosts.routes import HostsSchema
from houmao.api.http.answers import ErrorSchema, OkSchema
from houmao.api.server import process as shutdown
from houmao.api.server.routes import HealthSchema, InstanceSchema
from houmao.config import Settings
from tests.unit.api.world import NOW, Api, Fleet


def write_marker(settings: Settings, pid: object) -> None:
    """The marker as the server writes it at its start."""
    settings.marker_path.parent.mkdir(parents=True)
    settings.marker_path.write_text(
        json.dumps(
            {
                "schema_version": 1,
                "status": "ok",
                "pid": pid,
                "api_base_url": settings.api_base_url,
                "server_root": str(settings.server_root),
                "started_at_utc": "2026-03-27T09:00:00+00:00",
            }
        )
    )


def test_health(api: Api) -> None:
    """Two fields and no others: clients recognise the server by the second."""
    assert api.read("/health", HealthSchema) == {
        "status": "ok",
        "houmao_service": "houmao-passive-server",
    }


def test_current_instance(api: Api, settings: Settings) -> None:
    """The marker's own content, with both roots."""
    write_marker(settings, 41823)
    assert api.read("/houmao/server/current-instance", InstanceSchema) == {
        "schema_version": 1,
        "status": "ok",
        "pid": 41823,
        "api_base_url": "http://127.0.0.1:9891",
        "server_root": str(settings.server_root),
        "runtime_root": str(settings.runtime_root),
        "started_at_utc": "2026-03-27T09:00:00+00:00",
    }


def test_current_instance_without_marker(api: Api) -> None:
    """503 while the marker is not written."""
    assert "marker" in api.read("/houmao/server/current-instance", ErrorSchema, 503)["detail"]


@pytest.mark.parametrize("text", ["", "{", "[1]", "\x00"])
def test_current_instance_with_a_broken_marker(api: Api, settings: Settings, text: str) -> None:
    """503 and not 500 when the marker is no JSON object."""
    settings.marker_path.parent.mkdir(parents=True)
    settings.marker_path.write_text(text)
    api.read("/houmao/server/current-instance", ErrorSchema, 503)


@pytest.mark.parametrize("pid", [os.getpid(), os.getppid()], ids=["itself", "ancestor"])
def test_shutdown_ends_the_marked_process(
    api: Api, settings: Settings, ended: list[int], pid: int
) -> None:
    """The process of the marker is told to end when it is this one or owns it."""
    write_marker(settings, pid)
    assert api.write("/houmao/server/shutdown", OkSchema) == {"status": "ok"}
    assert ended == [pid]


def test_shutdown_spares_strangers(api: Api, settings: Settings, ended: list[int]) -> None:
    """A process that is alive but does not own this server is never signalled."""
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    write_marker(settings, max(pid for pid in psutil.pids() if pid not in ours))
    assert "by hand" in api.write("/houmao/server/shutdown", ErrorSchema, 503)["detail"]
    assert ended == []


@pytest.mark.parametrize("pid", [None, "12", True, 0, -1, 2**40])
def test_shutdown_refuses_a_senseless_marker(
    api: Api, settings: Settings, ended: list[int], pid: object
) -> None:
    """What is no id of a live process of ours is not signalled; 0 and -1 would mean many."""
    write_marker(settings, pid)
    api.write("/houmao/server/shutdown", ErrorSchema, 503)
    assert ended == []


def test_shutdown_without_marker(api: Api, ended: list[int]) -> None:
    """Nobody is signalled when nobody is named."""
    api.write("/houmao/server/shutdown", ErrorSchema, 503)
    assert ended == []


def test_the_signal_waits_for_the_answer() -> None:
    """The timer that signals is armed, not fired, when the answer goes out."""
    shutdown.terminate_soon(2**40)
    (timer,) = [t for t in threading.enumerate() if isinstance(t, threading.Timer)]
    assert (timer.interval, timer.daemon) == (0.1, True)
    timer.join()


def test_hosts(api: Api, fleet: Fleet) -> None:
    """Which hosts are watched, since when one is not, and which records nobody uses."""
    fleet.report("h1", NOW - 1, skipped={"b2": "its lease expired 2 h ago", "a1": "gone"})
    fleet.report("h2", NOW - 60)
    found = api.read("/houmao/hosts", HostsSchema)
    assert [(it["host"], it["watched"]) for it in found["hosts"]] == [("h1", True), ("h2", False)]
    assert found["hosts"][1]["heartbeat_at"] == "2026-03-27T09:04:22.000+00:00"
    assert found["unused_records"] == [
        {"agent_id": "a1", "reason": "gone"},
        {"agent_id": "b2", "reason": "its lease expired 2 h ago"},
    ]
