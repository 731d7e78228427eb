"""A definition directory is known by what it holds; what is missing is named with its path."""

import os
from pathlib import Path, PurePosixPath

import pytest

from houmao.agents.folder import DefinitionFolder, read_text, tree
from houmao.errors import DefinitionError, HoumaoError, NotFound
from tests.unit.agents.definitions import SECRET


def test_needs_brains(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="houmao-mgr project init"):
        DefinitionFolder(tmp_path)


def test_recipe_paths(folder: DefinitionFolder, root: Path, tmp_path: Path) -> None:
    """A path is looked for in the definitions, then in the working directory."""
    inner = "brains/brain-recipes/codex/gpu-kernel-coder-default.yaml"
    assert folder.recipe_path(inner, tmp_path) == root / inner
    (tmp_path / "mine.yaml").write_text("{}")
    assert folder.recipe_path("mine.yaml", tmp_path) == tmp_path / "mine.yaml"
    with pytest.raises(NotFound, match=r"there is no file gone\.yaml, neither in"):
        folder.recipe_path("gone.yaml", tmp_path)


def test_blueprint_leads_to_its_recipe(folder: DefinitionFolder, root: Path) -> None:
    blueprint, recipe = folder.blueprint(root / "blueprints/gpu-kernel-coder.yaml")
    assert blueprint.role == "gpu-kernel-coder"
    assert recipe == root / "brains/brain-recipes/codex/gpu-kernel-coder-default.yaml"


@pytest.mark.parametrize("path", ["../../outside.yaml", "/etc/hostname"])
def test_blueprint_stays_inside(folder: DefinitionFolder, root: Path, path: str) -> None:
    """A recipe outside of the definitions is refused, also when it exists."""
    (root.parent / "outside.yaml").write_text("{}")
    file = root / "blueprints" / "x.yaml"
    file.write_text(f"schema_version: 1\nname: x\nbrain_recipe: {path}\nrole: r\n")
    with pytest.raises(DefinitionError, match="expected a path that stays in"):
        folder.blueprint(file)


def test_json_is_as_good_as_yaml(folder: DefinitionFolder, root: Path) -> None:
    adapters = root / "brains/tool-adapters"
    (adapters / "codex.yaml").unlink()
    with pytest.raises(NotFound, match=r"expected .*tool-adapters/codex\.yaml"):
        folder.adapter("codex")
    (adapters / "codex.json").write_text('{"schema_version": 3}')
    with pytest.raises(DefinitionError, match=r"codex\.json, line 1: schema_version"):
        folder.adapter("codex")


def test_skill_needs_its_page(folder: DefinitionFolder, root: Path) -> None:
    (root / "brains/skills/empty").mkdir()
    for name in ("empty", "gone"):
        with pytest.raises(NotFound, match=rf"no skill '{name}'; expected .*/SKILL\.md"):
            folder.skill(name)


@pytest.mark.parametrize("name", ["../codex", "/etc", "a/b", "", "."])
def test_names_cannot_leave(folder: DefinitionFolder, name: str) -> None:
    """No name, whoever gave it, reaches outside of its folder."""
    rules = folder.adapter("codex")[0].credentials
    for ask in (folder.adapter, folder.skill, folder.role, folder.recipes_of):
        with pytest.raises(HoumaoError, match="expected a name without"):
            ask(name)
    with pytest.raises(HoumaoError, match="expected a name without"):
        folder.credential_profile("codex", name, rules)


def test_missing_profiles(folder: DefinitionFolder) -> None:
    with pytest.raises(NotFound, match=r"no config profile 'x' for codex; expected the folder"):
        folder.config_profile("codex", "x")
    with pytest.raises(NotFound, match=r"no credential profile 'x' for codex"):
        folder.credential_profile("codex", "x", folder.adapter("codex")[0].credentials)


def test_credentials(folder: DefinitionFolder, root: Path) -> None:
    """Allowed variables and present files; a missing required file or variables file is named."""
    rules = folder.adapter("gemini")[0].credentials
    profile = folder.credential_profile("gemini", "personal-a-default", rules)
    assert profile.variables == {"GEMINI_API_KEY": SECRET}
    ((source, _),) = profile.files
    source.unlink()
    with pytest.raises(NotFound, match=r"lacks a file; expected .*oauth_creds\.json"):
        folder.credential_profile("gemini", "personal-a-default", rules)
    source.write_text("{}")
    profile.env_file.unlink()
    with pytest.raises(NotFound, match=r"has no variables; expected .*vars\.env"):
        folder.credential_profile("gemini", "personal-a-default", rules)


def test_optional_credential_files_may_lack(folder: DefinitionFolder, root: Path) -> None:
    profile = folder.credential_profile(
        "claude", "personal-a-default", folder.adapter("claude")[0].credentials
    )
    assert profile.files == ()


def test_role(folder: DefinitionFolder, root: Path) -> None:
    role = folder.role("gpu-kernel-coder")
    assert role.prompt.startswith("# SYSTEM PROMPT: GPU KERNEL CODER\n")
    assert role.prompt.endswith("results.")
    folder.role_path("gpu-kernel-coder").write_text(" \n")
    with pytest.raises(DefinitionError, match="found no text, expected the role's prompt"):
        folder.role("gpu-kernel-coder")
    with pytest.raises(NotFound, match="there is no role 'x'"):
        folder.role("x")


def test_tree_lists_files(tmp_path: Path) -> None:
    """Links to files are files; a link to a folder could lead anywhere and is refused."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / ".c").touch()
    (tmp_path / "a").symlink_to(tmp_path / "b" / ".c")
    assert tree(tmp_path).files == (PurePosixPath("a"), PurePosixPath("b/.c"))
    (tmp_path / "loop").symlink_to(tmp_path)
    with pytest.raises(DefinitionError, match="neither a file nor a folder"):
        tree(tmp_path)


def test_texts_that_are_none(tmp_path: Path) -> None:
    """Bytes, pipes, folders and names of nothing end in a sentence and never hang."""
    (tmp_path / "bytes").write_bytes(b"\xff")
    os.mkfifo(tmp_path / "pipe")
    for name in ("bytes", "pipe", ".", "gone", "\0"):
        with pytest.raises(HoumaoError):
            read_text(tmp_path / name)
