"""What is written into a manifest is what is read from it; what disagrees is refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from houmao.errors import ManifestError
from houmao.registry.record import AgentRecord
from houmao.sessions.manifest.document import JOINED, Conversation, Posture, SessionFacts, manifest
from houmao.sessions.manifest.stored import ManifestChanges, StoredManifest, changed, stored

PATH = Path("/rt/s/manifest.json")
RECORD = AgentRecord(
    agent_name="gpu",
    agent_id="g1",
    generation_id="gen-1",
    published_at=1_774_602_000.0,
    lease_expires_at=1_774_688_400.0,
    backend="local_interactive",
    tool="codex",
    manifest_path=str(PATH),
    session_name="HOUMAO-gpu-1",
    session_root="/rt/s",
    agent_def_dir="/defs",
)
FACTS = SessionFacts(
    session_id="s",
    record=RECORD,
    working_directory="/w",
    window_index=0,
    window_name="agent",
    agent_pid=7,
    brain_manifest_path="/rt/m.yaml",
    posture=Posture("runtime_launch_plan"),
    launch_plan={"backend": "local_interactive", "tool": "codex"},
    role_name="coder",
    role_applied=False,
)


def document() -> Any:
    return json.loads(json.dumps(manifest(FACTS)))


def read(found: Any) -> StoredManifest:
    return stored(json.dumps(found), PATH)


def test_a_written_manifest_is_read_back() -> None:
    found = read(document())
    assert (found.agent_name, found.agent_id, found.tool) == ("gpu", "g1", "codex")
    assert (found.session_name, found.generation_id) == ("HOUMAO-gpu-1", "gen-1")
    assert (found.turn_index, found.role_applied, found.role_name) == (0, False, "coder")
    assert (found.root, found.agent_def_dir) == (PATH.parent, "/defs")
    assert found.origin is None


@pytest.mark.parametrize(
    "place",
    [
        ("tmux", "session_name"),
        ("runtime", "registry_generation_id"),
        ("agent_launch_authority", "working_directory"),
        ("local_interactive", "turn_index"),
        ("launch_plan", "tool"),
        ("runtime", "job_dir"),
    ],
)
def test_parts_that_disagree_are_refused(place: tuple[str, str]) -> None:
    """The message names the place."""
    found = document()
    found["job_dir"] = "/jobs/s"
    found[place[0]][place[1]] = 5 if place[1] == "turn_index" else "other"
    with pytest.raises(ManifestError, match=".".join(place)):
        read(found)


def test_unknown_fields_are_refused_in_the_newest_version_only() -> None:
    with pytest.raises(ManifestError, match="surprise"):
        read(document() | {"surprise": 1})
    assert read(document() | {"surprise": 1, "schema_version": 3}).agent_name == "gpu"


@pytest.mark.parametrize("version", [1, 5, "4", None])
def test_other_versions_are_refused(version: object) -> None:
    with pytest.raises(ManifestError, match="schema_version"):
        read(document() | {"schema_version": version})


@pytest.mark.parametrize("text", ["", "[]", "{", "nonsense"])
def test_what_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(ManifestError, match=r"manifest\.json"):
        stored(text, PATH)


def test_an_older_version_may_lack_whole_parts() -> None:
    found = document() | {"schema_version": 2}
    for part in ("runtime", "tmux", "interactive", "agent_launch_authority", "local_interactive"):
        del found[part]
    assert read(found).turn_index == 0


def test_a_missing_name_is_refused() -> None:
    with pytest.raises(ManifestError, match="agent_name"):
        read(document() | {"agent_name": None})


def test_changes_reach_every_place_that_repeats_a_value() -> None:
    new = changed(document(), ManifestChanges(turn_index=3, role_applied=True, agent_pid=9))
    assert read(new).turn_index == 3
    assert read(new).role_applied
    assert new["runtime"]["agent_pid"] == 9
    assert changed(document(), ManifestChanges()) == document()


def test_recorded_variables_are_those_of_the_caller_where_they_have_no_value() -> None:
    """One that the caller lacks is left to whatever the session has."""
    names = ({"name": "A", "value": "1"}, {"name": "B"}, {"name": "C"})
    posture = Posture("headless_launch_options", JOINED, ("exec",), names)
    found = read(manifest(replace(FACTS, posture=posture)))
    assert (found.joined, found.launch_variables({"B": "2"})) == (True, {"A": "1", "B": "2"})


@pytest.mark.parametrize(
    ("conversation", "named"),
    [
        (Conversation("none"), None),
        (Conversation("last"), "last"),
        (Conversation("exact", "c1"), "c1"),
    ],
)
def test_what_the_next_turn_resumes(conversation: Conversation, named: str | None) -> None:
    record = replace(RECORD, backend="codex_headless")
    plan = {**FACTS.launch_plan, "backend": "codex_headless"}
    facts = replace(FACTS, record=record, launch_plan=plan, conversation=conversation)
    told = read(manifest(facts)).conversation
    assert told is not None
    assert told.resume_id == named
