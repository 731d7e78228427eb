"""Record documents in both readable versions, complete and valid, to be bent by tests."""

from typing import Any

from houmao.registry.record import AgentRecord

NOW = 1_774_602_000.0  # 2026-03-27T09:00:00+00:00
DAY = 86_400.0


def version_2() -> dict[str, Any]:
    return {
        "schema_version": 2,
        "agent_name": "alpha",
        "agent_id": "2c1743a391305fbf367df8e4f069f9f9",
        "generation_id": "gen-1",
        "published_at": "2026-03-27T09:00:00+00:00",
        "lease_expires_at": "2026-03-28T09:00:00Z",
        "identity": {"backend": "local_interactive", "tool": "claude"},
        "runtime": {
            "manifest_path": "/srv/rt/manifest.json",
            "session_root": "/srv/rt",
            "agent_def_dir": None,
        },
        "terminal": {"kind": "tmux", "session_name": "HOUMAO-alpha-1"},
        "gateway": {
            "host": "127.0.0.1",
            "port": 43123,
            "state_path": "/srv/rt/gateway/state.json",
            "protocol_version": "v1",
        },
        "mailbox": {
            "transport": "filesystem",
            "principal_id": "alpha",
            "address": "alpha@agents.localhost",
            "filesystem_root": "/srv/mail",
            "bindings_version": "1",
        },
    }


def version_3(state: str = "active") -> dict[str, Any]:
    document = version_2()
    ended = state in ("stopped", "retired")
    stamp, session = document.pop("published_at"), document["terminal"]["session_name"]
    liveness = {"published_at": stamp, "lease_expires_at": document.pop("lease_expires_at")}
    return document | {
        "schema_version": 3,
        "lifecycle": {
            "state": state,
            "relaunchable": state != "retired",
            "state_updated_at": stamp,
            "stopped_at": stamp if ended else None,
            "stop_reason": "asked" if ended else None,
        },
        "terminal": {
            "kind": "tmux",
            "current_session_name": None if ended else session,
            "last_session_name": session,
        },
        "liveness": None if ended else liveness,
        "gateway": None if ended else document["gateway"],
    }


def record(agent_id: str = "a1", **changes: Any) -> AgentRecord:
    """A fresh record published at NOW for a day, in session `s-<agent id>`."""
    values: dict[str, Any] = {
        "agent_name": f"name-{agent_id}",
        "agent_id": agent_id,
        "generation_id": "gen-1",
        "published_at": NOW,
        "lease_expires_at": NOW + DAY,
        "backend": "local_interactive",
        "tool": "claude",
        "manifest_path": "/srv/rt/manifest.json",
        "session_name": f"s-{agent_id}",
    }
    return AgentRecord(**(values | changes))
