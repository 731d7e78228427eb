"""A plan says everything that will be written, and its manifest no secret."""

from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
import yaml

from houmao.agents.adapter import Projection
from houmao.agents.assemble import load_parts
from houmao.agents.brain import (
    BrainPlan,
    FileCopy,
    FileLink,
    NewHome,
    ScriptFile,
    new_home_id,
    plan_brain,
)
from houmao.agents.choice import BrainChoice
from houmao.agents.folder import DefinitionFolder
from houmao.agents.overrides import ArgsOverride, LaunchOverrides
from houmao.agents.parts import Parts
from houmao.errors import DefinitionError
from tests.unit.agents.definitions import NOW, SECRET

NEW_HOME = NewHome(Path("/rt"), Path("/rt/homes"), "h-1", NOW, "/usr/bin/python3")
SKILLS = ("openspec-apply-change", "openspec-verify-change")


def choice(tool: str = "codex", **more: object) -> BrainChoice:
    base = BrainChoice(tool, SKILLS, "default", "personal-a-default")
    return replace(base, **more)  # type: ignore[arg-type]


def planned(folder: DefinitionFolder, chosen: BrainChoice) -> BrainPlan:
    return plan_brain(chosen, load_parts(folder, chosen), NEW_HOME)


def places(plan: BrainPlan) -> dict[str, str]:
    """Place in the home to the kind of entry there."""
    return {str(it.destination): type(it).__name__ for it in plan.entries}


def test_codex_home(folder: DefinitionFolder) -> None:
    plan = planned(folder, choice())
    assert places(plan) == {
        "config.toml": "FileCopy",
        "skills/openspec-apply-change": "FileLink",
        "skills/openspec-verify-change": "FileLink",
        "skills/mailbox/email-via-filesystem/SKILL.md": "SkillFile",
        "auth.json": "FileLink",
        ".env": "FileLink",
        "launch.sh": "ScriptFile",
    }
    assert plan.variable_names == ("OPENAI_API_KEY",)
    assert plan.argv == ("codex",)


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        (
            "claude",
            {
                "settings.json",
                "skills/openspec-apply-change",
                "skills/mailbox/email-via-filesystem/SKILL.md",
                "launch.sh",
            },
        ),
        (
            "gemini",
            {
                ".gemini/settings.json",
                ".gemini/skills/openspec-apply-change",
                ".gemini/skills/mailbox/email-via-filesystem/SKILL.md",
                ".gemini/oauth_creds.json",
                "launch.sh",
            },
        ),
    ],
)
def test_other_homes(folder: DefinitionFolder, tool: str, expected: set[str]) -> None:
    assert set(places(planned(folder, choice(tool, skills=SKILLS[:1])))) == expected


def test_links_are_relative_and_lead_home(folder: DefinitionFolder, root: Path) -> None:
    links = {str(it.destination): it for it in planned(folder, choice()).entries}
    link = links["skills/openspec-apply-change"]
    assert isinstance(link, FileLink)
    assert not link.target.startswith("/")
    home = Path("/rt/homes/h-1/skills")
    target = (home / link.target).resolve()
    assert target == root / "brains/skills/openspec-apply-change"


def test_skills_may_be_copied(folder: DefinitionFolder) -> None:
    chosen = choice(skills=SKILLS[:1])
    parts = load_parts(folder, chosen)
    adapter = replace(parts.adapter, skills_mode=Projection.COPY)
    plan = plan_brain(chosen, replace(parts, adapter=adapter), NEW_HOME)
    assert places(plan)["skills/openspec-apply-change/SKILL.md"] == "FileCopy"
    assert plan.units == {PurePosixPath("skills/openspec-apply-change")}


def test_a_later_entry_takes_the_place(folder: DefinitionFolder, root: Path) -> None:
    """A helper of the config profile gives way to ours; so does what lies below a skill's link."""
    config = root / "brains/cli-configs/codex/default"
    (config / "launch.sh").write_text("rm -rf /")
    (config / "skills/openspec-apply-change").mkdir(parents=True)
    (config / "skills/openspec-apply-change/old.md").touch()
    found = places(planned(folder, choice()))
    assert found["launch.sh"] == "ScriptFile"
    assert found["skills/openspec-apply-change"] == "FileLink"
    assert "skills/openspec-apply-change/old.md" not in found


def test_a_file_in_the_way_of_a_folder_is_refused(folder: DefinitionFolder, root: Path) -> None:
    (root / "brains/cli-configs/codex/default/skills").write_text("in the way")
    with pytest.raises(DefinitionError, match="skills is a file or link"):
        planned(folder, choice())


def test_manifest(folder: DefinitionFolder, root: Path) -> None:
    """The manifest says what was chosen, and of credentials where they are and their names."""
    manifest = dict(planned(folder, choice(agent_name="gpu", agent_id="1")).manifest)
    del manifest["runtime"]
    profile = root / "brains/api-creds/codex/personal-a-default"
    assert SECRET not in yaml.safe_dump(manifest)
    assert manifest == {
        "schema_version": 2,
        "built_at_utc": "2026-03-27T07:05:00Z",
        "inputs": {
            "tool": "codex",
            "skills": list(SKILLS),
            "config_profile": "default",
            "credential_profile": "personal-a-default",
            "adapter_path": f"{root}/brains/tool-adapters/codex.yaml",
            "recipe_path": None,
        },
        "launch_policy": {"operator_prompt_mode": "interactive"},
        "credentials": {
            "profile_path": str(profile),
            "projected_files": [
                {
                    "source": str(profile / "files/auth.json"),
                    "destination": "auth.json",
                    "mode": "symlink",
                    "required": False,
                }
            ],
            "env_contract": {
                "source_file": str(profile / "env/vars.env"),
                "allowlisted_env_vars": ["OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID"],
                "selected_env_vars": ["OPENAI_API_KEY"],
                "injection_mode": "home_dotenv",
            },
        },
        "identity": {"canonical_agent_name": "gpu", "agent_id": "1"},
    }


def test_manifest_of_the_runtime(folder: DefinitionFolder, root: Path) -> None:
    """The manifest says how the tool is to be launched, and who decided what about that."""
    overrides = LaunchOverrides(ArgsOverride(False, ("--x",)))
    manifest = planned(folder, choice(direct_overrides=overrides)).manifest
    assert manifest["runtime"] == {
        "runtime_root": "/rt",
        "home_id": "h-1",
        "home_path": "/rt/homes/h-1",
        "launch_helper": "/rt/homes/h-1/launch.sh",
        "launch_home_selector": {"env_var": "CODEX_HOME", "value": "/rt/homes/h-1"},
        "launch_executable": "codex",
        "launch_contract": {
            "adapter_defaults": {"args": [], "tool_params": {}},
            "requested_overrides": {
                "recipe": None,
                "direct": {"args": {"mode": "append", "values": ["--x"]}},
            },
            "tool_metadata": {"tool_params": {}},
            "construction_provenance": {
                "adapter_path": f"{root}/brains/tool-adapters/codex.yaml",
                "recipe_path": None,
                "recipe_overrides_present": False,
                "direct_overrides_present": True,
            },
        },
    }


def test_mailbox_only_when_declared(folder: DefinitionFolder) -> None:
    mailbox = {"transport": "filesystem"}
    assert planned(folder, choice(mailbox=mailbox)).manifest["mailbox"] == mailbox
    assert "mailbox" not in planned(folder, choice()).manifest


def test_the_secret_is_only_in_the_helper(folder: DefinitionFolder) -> None:
    for entry in planned(folder, choice()).entries:
        holds = isinstance(entry, ScriptFile) and SECRET in entry.text
        assert holds == (str(entry.destination) == "launch.sh")
        assert not isinstance(entry, FileCopy) or SECRET not in entry.source.read_text("utf-8")


@pytest.mark.parametrize("home_id", ["", "a/b", "..", ".x", "a\\b"])
def test_home_ids_are_checked(folder: DefinitionFolder, home_id: str) -> None:
    parts: Parts = load_parts(folder, choice())
    with pytest.raises(DefinitionError, match="home id: found"):
        plan_brain(choice(), parts, replace(NEW_HOME, home_id=home_id))


def test_unknown_parameters_are_found_at_build_time(folder: DefinitionFolder) -> None:
    with pytest.raises(DefinitionError, match="found turbo, expected a parameter of this tool"):
        planned(folder, choice(direct_overrides=LaunchOverrides(tool_params={"turbo": True})))


def test_new_home_id() -> None:
    assert new_home_id("codex", NOW, "1a2b3c4d") == "codex-brain-20260327-070500Z-1a2b3c"
