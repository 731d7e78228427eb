"""Unusable registry records: each is told with its reason, and hides nobody else."""

import json
import os
from pathlib import Path

from houmao.registry.files import MAX_RECORD_BYTES
from houmao.state.read import StateReader
from tests.integration.watching import Host
from tests.services import wait_until


def folder(host: Host, agent_id: str) -> Path:
    path = host.registry.agents / agent_id
    path.mkdir(parents=True)
    return path


def document(host: Host, agent_id: str) -> dict[str, object]:
    """The published record of an agent as JSON."""
    found: dict[str, object] = json.loads(
        (host.registry.agents / agent_id / "record.json").read_text()
    )
    return found


def test_unusable_records_hide_nobody(host: Host, tmp_path: Path) -> None:
    """Every kind of bad record is told with its reason, while the good agent is watched."""
    host.silent("good")
    good = document(host, "good")
    (folder(host, "torn") / "record.json").write_text('{"agent_name": "to')
    (folder(host, "bytes") / "record.json").write_bytes(b"\xff\xfe\x00garbage")
    (folder(host, "deep") / "record.json").write_text("[" * 100_000)
    (folder(host, "huge") / "record.json").write_text(" " * (MAX_RECORD_BYTES + 1))
    (folder(host, "half") / "record.json.0123.tmp").write_text("{")
    (folder(host, "future") / "record.json").write_text(json.dumps(good | {"schema_version": 9}))
    (folder(host, "other") / "record.json").write_text(json.dumps(good))
    os.mkfifo(folder(host, "pipe") / "record.json")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "record.json").write_text(json.dumps(good | {"agent_id": "link"}))
    (host.registry.agents / "link").symlink_to(elsewhere)
    (folder(host, "filelink") / "record.json").symlink_to(elsewhere / "record.json")
    with host.watched():
        host.await_availability("good", "available")
        assert host.listed() == ["good"]
        assert StateReader(host.redis).skipped() == {
            "torn": "record: is not valid JSON",
            "bytes": "record: is not valid JSON",
            "deep": "record: is not valid JSON",
            "huge": f"record.json is larger than {MAX_RECORD_BYTES} bytes",
            "half": "record.json was never completed",
            "future": "schema_version: is newer than 3, the newest one known here; "
            "upgrade Houmao on this host",
            "other": "agent_id: is good but the folder has another name",
            "pipe": "record.json is not a regular file",
            "link": "a symbolic link is in place of the record",
            "filelink": "a symbolic link is in place of the record",
        }


def test_a_mended_record_is_used_at_once(host: Host) -> None:
    """Writing the record anew is all the recovery it takes; the others never noticed."""
    host.silent("good")
    host.silent("torn")
    path = host.registry.agents / "torn" / "record.json"
    whole = path.read_text()
    path.write_text(whole[:100])
    with host.watched():
        host.await_availability("good", "available")
        before = host.state("good")
        assert host.listed() == ["good"]
        path.write_text(whole)
        host.await_availability("torn", "available", 1.0)
        path.write_text(whole[:100])
        wait_until(lambda: host.listed() == ["good"], "the torn record is out", 1.0)
        assert host.state("good") == before


def test_a_record_of_another_generation_is_another_agent(host: Host) -> None:
    """Nothing of the former agent of that id is told of the new one."""
    host.stub("agent", "--turn-seconds", "0.5")
    with host.watched():
        host.take_turn("agent")
        host.registry.remove("agent")
        host.publish("agent", generation_id="gen-2")
        wait_until(lambda: host.result("agent") == "none", "the new agent had no turn yet", 2.0)
        host.await_availability("agent", "available")


def test_an_unreadable_registry_keeps_the_agents(host: Host) -> None:
    """A registry that cannot be listed is not an empty one."""
    host.silent("agent")
    with host.watched() as loop:
        host.await_availability("agent", "available")
        aside = host.registry.root / "aside"
        host.registry.agents.rename(aside)
        host.registry.agents.write_text("in the way")
        loop.call(lambda fleet: fleet.scan(), 5.0)
        assert host.availability("agent") == "available"
        host.registry.agents.unlink()
        aside.rename(host.registry.agents)
        host.silent("second")
        host.await_availability("second", "available", 1.0)
