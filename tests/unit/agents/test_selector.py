"""`--agents NAME --provider P` finds a recipe of that tool, and a role of that name."""

from pathlib import Path

import pytest

from houmao.agents.folder import DefinitionFolder
from houmao.agents.selector import select
from houmao.errors import DefinitionError, NotFound, UsageError

RECIPES = "brains/brain-recipes/codex"


def recipe(root: Path, name: str) -> Path:
    """A copy of the codex recipe under another name."""
    path = root / RECIPES / name
    path.write_text((root / RECIPES / "gpu-kernel-coder-default.yaml").read_text())
    return path


def test_a_name_means_the_default_recipe_and_the_role(folder: DefinitionFolder, root: Path) -> None:
    found = select(folder, "gpu-kernel-coder", "codex")
    assert found.recipe_path == root / RECIPES / "gpu-kernel-coder-default.yaml"
    assert (found.role, found.base_name) == ("gpu-kernel-coder", "gpu-kernel-coder")
    assert select(folder, "gpu-kernel-coder", "claude_code").recipe.tool == "claude"


def test_names_are_tried_in_order(folder: DefinitionFolder, root: Path) -> None:
    """The bare name before its default, `.yaml` before `.yml`; a role is optional."""
    for name in ("x-default.yml", "x-default.yaml", "x.yml", "x.yaml"):
        path = recipe(root, name)
        found = select(folder, "x", "codex")
        assert (found.recipe_path, found.role) == (path, None)


@pytest.mark.parametrize("selector", ["{R}/a.yaml", "{R}/a", "./{R}/a", "{root}/{R}/a.yaml"])
def test_paths_are_below_the_definitions(
    folder: DefinitionFolder, root: Path, selector: str
) -> None:
    path = recipe(root, "a.yaml")
    found = select(folder, selector.format(R=RECIPES, root=root), "codex")
    assert found.recipe_path.resolve() == path
    assert (found.role, found.base_name) == (None, "a")


def test_another_tools_recipe_is_refused(folder: DefinitionFolder) -> None:
    with pytest.raises(DefinitionError, match="tool: found codex, expected claude"):
        select(folder, f"{RECIPES}/gpu-kernel-coder-default", "claude_code")


def test_nothing_found(folder: DefinitionFolder) -> None:
    with pytest.raises(NotFound, match=r"no recipe 'ghost' for codex; tried .*ghost-default\.yml"):
        select(folder, "ghost", "codex")
    with pytest.raises(UsageError, match="unknown provider 'kiro'; known: claude_code, codex"):
        select(folder, "ghost", "kiro")
    with pytest.raises(UsageError, match="--agents needs"):
        select(folder, " ", "codex")
