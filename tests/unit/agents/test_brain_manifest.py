"""What the builder writes is what a launch reads."""

from pathlib import Path

import pytest
import yaml

from houmao.agents.assemble import load_manifest, load_parts
from houmao.agents.brain import launch_contract, plan_brain
from houmao.agents.brain_manifest import read_manifest
from houmao.agents.choice import BrainChoice
from houmao.agents.folder import DefinitionFolder
from houmao.agents.overrides import ArgsOverride, LaunchOverrides
from houmao.errors import DefinitionError
from tests.unit.agents.definitions import section
from tests.unit.agents.test_brain import NEW_HOME

CHOICE = BrainChoice(
    tool="claude",
    skills=("openspec-apply-change",),
    config_profile="default",
    credential_profile="personal-a-default",
    prompt_mode="unattended",
    recipe_overrides=LaunchOverrides(ArgsOverride(True, ("--x", ""))),
    direct_overrides=LaunchOverrides(tool_params={"include_partial_messages": True}),
    mailbox={"transport": "filesystem"},
    agent_name="gpu",
    agent_id="id-1",
)


def written(folder: DefinitionFolder, choice: BrainChoice = CHOICE) -> str:
    manifest = plan_brain(choice, load_parts(folder, choice), NEW_HOME).manifest
    return yaml.safe_dump(dict(manifest), sort_keys=False)


def test_round_trip(folder: DefinitionFolder, root: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(written(folder), "utf-8")
    brain = load_manifest(path)
    assert (brain.path, brain.tool, brain.skills) == (path, "claude", CHOICE.skills)
    assert (brain.home_path, brain.home_variable) == (NEW_HOME.home_path, "CLAUDE_CONFIG_DIR")
    assert (brain.executable, brain.prompt_mode) == ("claude", "unattended")
    assert brain.contract == launch_contract(CHOICE, folder.adapter("claude")[0])
    profile = root / "brains/api-creds/claude/personal-a-default"
    assert (brain.env_file, brain.env_selected) == (
        profile / "env/vars.env",
        ("ANTHROPIC_API_KEY",),
    )
    assert (brain.mailbox, brain.agent_name, brain.agent_id) == (CHOICE.mailbox, "gpu", "id-1")


def test_an_old_manifest_says_build_again(folder: DefinitionFolder) -> None:
    old = written(folder).replace("schema_version: 2", "schema_version: 1")
    with pytest.raises(DefinitionError, match=r"found a number \(1\), expected 2; build the brain"):
        read_manifest(section(old), Path("m.yaml"))


def test_homes_are_absolute(folder: DefinitionFolder) -> None:
    text = written(folder).replace("home_path: /rt", "home_path: rt")
    with pytest.raises(DefinitionError, match=r"runtime\.home_path: found a relative path"):
        read_manifest(section(text), Path("m.yaml"))


def test_a_manifest_without_credentials_is_fine(folder: DefinitionFolder) -> None:
    """Adopted sessions have such manifests."""
    document = yaml.safe_load(written(folder))
    document["credentials"] = {}
    del document["runtime"]["launch_contract"]
    brain = read_manifest(section(yaml.safe_dump(document)), Path("m.yaml"))
    assert (brain.env_file, brain.contract.args) == (None, ())
