"""`build-brain` prints where everything is, or says in one sentence what is wrong."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from houmao.cli.main import main
from tests.unit.agents.definitions import SECRET, definitions

RECIPE = "brains/brain-recipes/codex/gpu-kernel-coder-default.yaml"
BLUEPRINT = "blueprints/gpu-kernel-coder.yaml"

Build = Callable[..., Result]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Definitions where a project has them, the working directory being the project."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return definitions(tmp_path / ".agentsys/agents")


@pytest.fixture
def build(root: Path, tmp_path: Path) -> Build:
    """Runs `houmao-mgr build-brain` with a runtime root of this test's own."""

    def run(*words: str, command: tuple[str, ...] = ("build-brain",)) -> Result:
        fixed = {"HOME": str(tmp_path), "HOUMAO_GLOBAL_RUNTIME_DIR": str(tmp_path / "rt")}
        clear = ("HOUMAO_AGENT_DEF_DIR", "AGENTSYS_AGENT_DEF_DIR")
        env = {**dict.fromkeys(clear), **fixed}
        return CliRunner().invoke(main, [*command, *words], env=env, prog_name="houmao-mgr")

    return run


def refused(result: Result, said: str) -> None:
    """Exit 1, one line on standard error, nothing on standard output, no secret."""
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert said in result.stderr
    assert SECRET not in result.stderr


@pytest.mark.parametrize("command", [("build-brain",), ("brains", "build")])
@pytest.mark.parametrize("preset", [("--recipe", RECIPE), ("--blueprint", BLUEPRINT)])
def test_prints_where_everything_is(
    build: Build, command: tuple[str, ...], preset: tuple[str, ...]
) -> None:
    """Both spellings and both presets: four absolute places, and no secret among them."""
    result = build(*preset, command=command)
    assert result.exit_code == 0, result.stderr
    assert SECRET not in result.output
    answer = json.loads(result.stdout)
    assert result.stdout == json.dumps(answer, indent=2, sort_keys=True) + "\n"
    assert list(answer) == ["home_id", "home_path", "launch_helper_path", "manifest_path"]
    for key in ("home_path", "launch_helper_path", "manifest_path"):
        assert os.path.isabs(answer[key])
        assert os.path.exists(answer[key])


def test_options_alone_are_enough(build: Build) -> None:
    words = ("--tool", "claude", "--config-profile", "default")
    result = build(*words, "--cred-profile", "personal-a-default", "--home-id", "h")
    assert json.loads(result.stdout)["home_id"] == "h"


def test_runtime_root_is_relative_to_here(build: Build, tmp_path: Path) -> None:
    result = build("--recipe", RECIPE, "--runtime-root", "tmp/rt")
    assert json.loads(result.stdout)["home_path"].startswith(f"{tmp_path}/tmp/rt/homes/")


def test_the_definitions_can_be_elsewhere(build: Build, root: Path, tmp_path: Path) -> None:
    """The option wins over the variable, the variable over `.agentsys/agents`."""
    moved = root.rename(tmp_path / "moved")
    refused(build("--recipe", RECIPE), "is no agent definition directory")
    assert build("--recipe", RECIPE, "--agent-def-dir", "moved").exit_code == 0
    for name in ("AGENTSYS_AGENT_DEF_DIR", "HOUMAO_AGENT_DEF_DIR"):
        env = {"HOUMAO_GLOBAL_RUNTIME_DIR": str(tmp_path / "rt"), name: str(moved)}
        assert CliRunner().invoke(main, ["build-brain", "--recipe", RECIPE], env=env).exit_code == 0


def test_a_home_is_built_once_unless_reused(build: Build) -> None:
    first = build("--recipe", RECIPE, "--home-id", "h")
    refused(build("--recipe", RECIPE, "--home-id", "h"), "exists already; build it again with --r")
    assert build("--recipe", RECIPE, "--home-id", "h", "--reuse-home").stdout == first.stdout


def test_overrides_and_identity_are_recorded(build: Build) -> None:
    overrides = '{"args": {"mode": "append", "values": ["--search"]}}'
    words = ("--launch-overrides", overrides, "--agent-name", "gpu", "--agent-id", "id-1")
    answer = json.loads(build("--recipe", RECIPE, *words).stdout)
    manifest = Path(answer["manifest_path"]).read_text()
    assert "canonical_agent_name: gpu\n  agent_id: id-1\n" in manifest
    assert "- --search\n" in manifest
    assert 'exec codex --search "$@"\n' in Path(answer["launch_helper_path"]).read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "a brain needs tool, config profile, credential profile"),
        (("--recipe", "gone.yaml"), "there is no file gone.yaml"),
        (("--recipe", RECIPE, "--tool", "aider"), "expected "),
        (("--recipe", RECIPE, "--skill", "fly"), "there is no skill 'fly'"),
        (("--recipe", RECIPE, "--config-profile", "x"), "there is no config profile 'x'"),
        (("--recipe", RECIPE, "--cred-profile", "x"), "there is no credential profile 'x'"),
        (("--recipe", RECIPE, "--home-id", "a/b"), "home id: found 'a/b'"),
        (("--recipe", RECIPE, "--launch-overrides", "{}"), "found no overrides"),
        (
            ("--recipe", RECIPE, "--launch-overrides", '{"tool_params": {"x": true}}'),
            "found x, expected a parameter of this tool: none at all",
        ),
    ],
)
def test_refusals(build: Build, words: tuple[str, ...], said: str) -> None:
    refused(build(*words), said)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("brains/tool-adapters/codex.yaml", "a: [", "codex.yaml, line 1: found no valid YAML"),
        ("brains/tool-adapters/codex.yaml", "schema_version: 9", "found a number (9), expected 1"),
        (
            "brains/tool-adapters/codex.yaml",
            "schema_version: 1\ntool: claude",
            "line 2: tool: found claude, expected codex",
        ),
        (RECIPE, "schema_version: 1\nname: x\n", "tool: found nothing"),
        (BLUEPRINT, "schema_version: 1\nname: x\nbrain_recipe: /x\nrole: r\n", "stays in"),
    ],
)
def test_broken_files_are_named(build: Build, root: Path, file: str, text: str, said: str) -> None:
    (root / file).write_text(text)
    refused(build("--blueprint", BLUEPRINT), said)


def test_missing_credentials(build: Build, root: Path) -> None:
    """A required file and the variables file are missed; nothing is built."""
    creds = root / "brains/api-creds"
    (creds / "gemini/personal-a-default/files/oauth_creds.json").unlink()
    gemini = RECIPE.replace("codex", "gemini")
    refused(build("--recipe", gemini), "oauth_creds.json")
    (creds / "codex/personal-a-default/env/vars.env").unlink()
    refused(build("--recipe", RECIPE), "vars.env")
    assert not (root.parent.parent / "rt").exists()


def test_wrong_usage(build: Build) -> None:
    """What click refuses by itself ends with 2."""
    assert build("--operator-prompt-mode", "maybe").exit_code == 2
    assert build("--no-such-option").exit_code == 2
    assert build("--recipe", RECIPE, "--agent-name", "AGENTSYS-x").exit_code == 2


def test_help_names_every_option(build: Build) -> None:
    shown = build("--help").stdout
    for option in ("agent-def-dir", "runtime-root", "recipe", "blueprint", "tool", "skill"):
        assert f"--{option}" in shown
    for option in ("config-profile", "cred-profile", "launch-overrides", "operator-prompt-mode"):
        assert f"--{option}" in shown
    for option in ("home-id", "reuse-home", "agent-name", "agent-id"):
        assert f"--{option}" in shown
