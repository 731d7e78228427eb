"""From a preset to a home, and what a rebuild takes away."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from houmao.agents.assemble import (
    Preset,
    assemble,
    choose_from,
    load_manifest,
    new_home_below,
    overrides_from,
)
from houmao.agents.choice import BrainOptions
from houmao.agents.folder import DefinitionFolder
from houmao.agents.overrides import ArgsOverride, LaunchOverrides
from houmao.errors import DefinitionError, NotFound
from tests.unit.agents.definitions import NOW

BLUEPRINT = "blueprints/gpu-kernel-coder.yaml"
RECIPE = "brains/brain-recipes/claude/gpu-kernel-coder-default.yaml"


def test_a_blueprint_gives_its_recipe(folder: DefinitionFolder, tmp_path: Path) -> None:
    choice = choose_from(folder, Preset(blueprint=BLUEPRINT), BrainOptions(), tmp_path)
    assert choice.tool == "codex"
    assert choice.recipe_path is not None


def test_the_recipe_wins_and_the_blueprint_is_not_read(
    folder: DefinitionFolder, tmp_path: Path
) -> None:
    choice = choose_from(folder, Preset(RECIPE, "gone.yaml"), BrainOptions(), tmp_path)
    assert choice.tool == "claude"


def test_a_rebuild_takes_dropped_skills_away(folder: DefinitionFolder, tmp_path: Path) -> None:
    """What the last build of the home had and this one has not; the tool's own stay."""
    choice = choose_from(folder, Preset(RECIPE), BrainOptions(), tmp_path)
    new_home = new_home_below(tmp_path / "rt", "h", NOW, "python")
    home = assemble(folder, choice, new_home).home_path
    (home / "skills/own").mkdir()
    fewer = replace(choice, skills=choice.skills[:1])
    plan = assemble(folder, fewer, new_home, reuse=True)
    assert sorted(os.listdir(home / "skills")) == ["mailbox", "openspec-apply-change", "own"]
    assert load_manifest(plan.manifest_path).skills == fewer.skills


def test_a_rebuild_needs_no_readable_manifest(folder: DefinitionFolder, tmp_path: Path) -> None:
    choice = choose_from(folder, Preset(RECIPE), BrainOptions(), tmp_path)
    new_home = new_home_below(tmp_path / "rt", "h", NOW, "python")
    new_home.home_path.mkdir(parents=True)
    assert assemble(folder, choice, new_home, reuse=True).answer() == {
        "home_id": "h",
        "home_path": f"{tmp_path}/rt/homes/h",
        "manifest_path": f"{tmp_path}/rt/manifests/h.yaml",
        "launch_helper_path": f"{tmp_path}/rt/homes/h/launch.sh",
    }


def test_homes_on_another_disk(folder: DefinitionFolder, tmp_path: Path) -> None:
    """Links in a home hold although `homes` is a link itself."""
    (tmp_path / "big/disk").mkdir(parents=True)
    (tmp_path / "rt").mkdir()
    (tmp_path / "rt/homes").symlink_to(tmp_path / "big/disk")
    choice = choose_from(folder, Preset(RECIPE), BrainOptions(), tmp_path)
    new_home = new_home_below(tmp_path / "rt", "h", NOW, "python")
    home = assemble(folder, choice, new_home).home_path
    assert home == tmp_path / "big/disk/h"
    assert (home / "skills/openspec-apply-change/SKILL.md").is_file()


def test_overrides(tmp_path: Path) -> None:
    """Overrides are inline JSON, or a file below the working directory."""
    expected = LaunchOverrides(ArgsOverride(False, ("x",)))
    inline = '{"args": {"mode": "append", "values": ["x"]}}'
    assert overrides_from(inline, tmp_path) == expected
    (tmp_path / "o.json").write_text(inline)
    assert overrides_from("o.json", tmp_path) == expected
    with pytest.raises(DefinitionError, match="--launch-overrides"):
        overrides_from("{}", tmp_path)
    with pytest.raises(NotFound):
        overrides_from("gone.yaml", tmp_path)
