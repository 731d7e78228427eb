"""`project init` writes definitions that build at once."""

import json
from pathlib import Path

from click.testing import CliRunner

from houmao.cli.main import main


def test_init_then_build(tmp_path: Path) -> None:
    """Every tool's example agent is built of what was written, without any change."""
    done = CliRunner().invoke(main, ["project", "init", str(tmp_path / "new")])
    assert done.exit_code == 0, done.output
    agents = tmp_path / "new/.agentsys/agents"
    assert done.stdout.splitlines()[0] == f"wrote {agents}"
    for tool in ("codex", "claude", "gemini"):
        recipe = f"brains/brain-recipes/{tool}/gpu-kernel-coder-default.yaml"
        words = ["build-brain", "--recipe", recipe, "--agent-def-dir", str(agents)]
        built = CliRunner().invoke(main, [*words, "--runtime-root", str(tmp_path / "rt")])
        assert built.exit_code == 0, built.output


def test_init_twice(tmp_path: Path) -> None:
    """The second time nothing is touched; JSON is there for programs."""
    first = CliRunner().invoke(main, ["project", "init", str(tmp_path), "--json"])
    assert json.loads(first.stdout) == {"agent_def_dir": f"{tmp_path}/.agentsys/agents"}
    role = tmp_path / ".agentsys/agents/roles/gpu-kernel-coder/system-prompt.md"
    role.write_text("mine")
    second = CliRunner().invoke(main, ["project", "init", str(tmp_path)])
    assert (second.exit_code, second.stdout) == (1, "")
    assert "exists already and stays as it is" in second.stderr
    assert role.read_text() == "mine"
