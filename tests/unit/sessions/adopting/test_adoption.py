"""The manifest of an adopted session is complete, agrees with itself and redacts its plan."""

import json
from typing import Any

from houmao.registry.record import AgentRecord
from houmao.sessions.adopting.adoption import Adoption, brain_manifest, session_facts
from houmao.sessions.adopting.launch_options import LaunchOptions, LaunchVariable
from houmao.sessions.manifest.document import manifest


def adoption(launch: LaunchOptions) -> Adoption:
    backend = "claude_headless" if launch.headless else "local_interactive"
    return Adoption(
        session_id=f"joined-{backend}-20260327-090000Z-5b1e6b5e",
        record=AgentRecord(
            agent_name="alpha",
            agent_id="a1",
            generation_id="5b1e6b5e-6a0f-4c5a-9a57-7d1f4f2f6f10",
            published_at=1_774_602_000.0,
            lease_expires_at=1_777_194_000.0,
            backend=backend,
            tool="claude",
            manifest_path="/rt/s/manifest.json",
            session_name="work",
            session_root="/rt/s",
            agent_def_dir="/rt/s/agent-def",
        ),
        launch=launch,
        working_directory="/srv/demo",
        window_index=1,
        window_name="editor",
        agent_pid=None if launch.headless else 4711,
        home_variable="CLAUDE_CONFIG_DIR",
        home_path="/rt/s/tool-home",
        brain_manifest_path="/rt/s/brain_manifest.json",
    )


def values_of(document: Any, key: str) -> list[Any]:
    """Every value of a key, however deep."""
    if isinstance(document, dict):
        inner = [found for value in document.values() for found in values_of(value, key)]
        return ([document[key]] if key in document else []) + inner
    return (
        [found for item in document for found in values_of(item, key)]
        if isinstance(document, list)
        else []
    )


def test_interactive_manifest() -> None:
    """A running screen has an interactive part and its own backend section."""
    document = manifest(session_facts(adoption(LaunchOptions())))
    assert document["schema_version"] == 4
    assert document["created_at_utc"] == "2026-03-27T09:00:00+00:00"
    assert document["local_interactive"] == {
        "turn_index": 0,
        "role_bootstrap_applied": True,
        "working_directory": "/srv/demo",
    }
    assert "headless" not in document
    assert values_of(document, "posture_kind") == ["unavailable"]
    assert values_of(document, "agent_pid") == [4711]
    assert values_of(document, "primary_window_index") == ["1", "1"]


def test_headless_manifest() -> None:
    """A headless session records its options and which conversation to resume."""
    launch = LaunchOptions(headless=True, args=("-p",), resume_id="conv-1")
    document: Any = manifest(session_facts(adoption(launch)))
    assert document["interactive"] is None
    assert document["headless"]["resume_selection_kind"] == "exact"
    assert document["headless"]["session_id"] == "conv-1"
    assert document["agent_launch_authority"]["posture_kind"] == "headless_launch_options"
    assert document["agent_launch_authority"]["launch_args"] == ["-p"]
    last = LaunchOptions(headless=True, resume_id="last")
    assert manifest(session_facts(adoption(last)))["headless"] == {
        **document["headless"],
        "session_id": None,
        "resume_selection_kind": "last",
        "resume_selection_value": None,
    }


def test_repeated_values_agree() -> None:
    """What several parts repeat is the same everywhere."""
    document = manifest(session_facts(adoption(LaunchOptions(args=("--model", "x")))))
    for key in ("backend", "tool", "working_directory", "registry_generation_id", "session_id"):
        found = values_of(document, key)
        assert len(found) > 1
        assert len(set(found)) == 1, key
    assert values_of(document, "session_origin") == ["joined_tmux"] * 2
    assert values_of(document, "posture_kind") == ["tui_launch_options"]


def test_literal_values_stay_out_of_the_plan() -> None:
    """The launch authority holds a literal's value, the plan only its name."""
    variables = (LaunchVariable("TOKEN", "s3cret"), LaunchVariable("HTTP_PROXY"))
    document = manifest(session_facts(adoption(LaunchOptions(variables=variables))))
    assert values_of(document, "launch_env") == [
        [
            {"mode": "literal", "name": "TOKEN", "value": "s3cret"},
            {"mode": "inherit", "name": "HTTP_PROXY"},
        ]
    ]
    assert values_of(document, "env_var_names") == [["TOKEN", "HTTP_PROXY"]]
    assert json.dumps(document["launch_plan"]).count("s3cret") == 0


def test_brain_manifest_stands_in() -> None:
    """Readers of built homes find tool, home and identity where they look."""
    document: Any = brain_manifest(adoption(LaunchOptions()), "/rt")
    assert document["inputs"]["tool"] == "claude"
    assert document["runtime"]["launch_home_selector"] == {
        "env_var": "CLAUDE_CONFIG_DIR",
        "value": "/rt/s/tool-home",
    }
    assert document["identity"] == {"canonical_agent_name": "alpha", "agent_id": "a1"}
