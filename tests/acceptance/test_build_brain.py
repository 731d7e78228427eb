"""The README's way to a runtime home: copy the template, build, start the tool by hand."""

import json
import os
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

CHECKOUT = Path(__file__).parents[2]
SECRET = "sk-made-up-0123456789abcdefghij"
PATIENCE_SECONDS = 30.0

#: A tool that tells how it was run and what it finds in its home.
STUB = """\
#!/bin/sh
printf '%s\\n' "$0" "$CODEX_HOME" "$OPENAI_API_KEY" "$@"
cat "$CODEX_HOME/skills/openspec-apply-change/SKILL.md" "$CODEX_HOME/.env"
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A folder in which somebody follows the README, in a shell of their own."""

    root: Path

    def shell(self, text: str) -> "subprocess.CompletedProcess[str]":
        """The text run by bash; `$CHECKOUT` is where Houmao's repository is."""
        scripts = sysconfig.get_path("scripts")
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("HOUMAO", "AGENTS"))}
        environ = inherited | {
            "HOME": str(self.root),
            "PATH": f"{self.root}/bin:{scripts}:{os.environ['PATH']}",
            "CHECKOUT": str(CHECKOUT),
        }
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.root,
            env=environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project with stub tools first on the PATH."""
    for tool in ("codex", "claude"):
        stub = tmp_path / "bin" / tool
        stub.parent.mkdir(exist_ok=True)
        stub.write_text(STUB)
        stub.chmod(0o755)
    (tmp_path / ".git").mkdir()
    return Project(tmp_path)


COPY = """
mkdir -p .agentsys
cp -a "$CHECKOUT/tests/fixtures/agents" .agentsys/agents
export AGENTSYS_AGENT_DEF_DIR="$PWD/.agentsys/agents"
"""
KEY = f"""
creds=.agentsys/agents/brains/api-creds/codex/personal-a-default
echo 'OPENAI_API_KEY={SECRET}' > $creds/env/vars.env
"""
BUILD = """
houmao-mgr build-brain \\
  --recipe brains/brain-recipes/codex/gpu-kernel-coder-default.yaml \\
  --runtime-root tmp/agents-runtime
"""


def test_build_from_a_recipe(project: Project) -> None:
    """Four places are printed, and the home has what recipe and adapter say."""
    done = project.shell(COPY + KEY + BUILD)
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    home, manifest = Path(answer["home_path"]), Path(answer["manifest_path"])
    assert home.parent == project.root / "tmp/agents-runtime/homes"
    assert {path.name for path in home.iterdir()} == {
        "config.toml",
        "skills",
        ".env",
        "launch.sh",
    }
    assert Path(answer["launch_helper_path"]) == home / "launch.sh"
    written = manifest.read_text("utf-8")
    assert SECRET not in written + done.stdout
    assert yaml.safe_load(written)["runtime"]["home_path"] == str(home)


def test_the_helper_starts_the_tool(project: Project) -> None:
    """The tool gets its home, its credentials and the caller's words."""
    done = project.shell(COPY + KEY + BUILD)
    helper = json.loads(done.stdout)["launch_helper_path"]
    run = project.shell(f"'{helper}' --model 'a b'")
    lines = run.stdout.splitlines()
    home = str(Path(helper).parent)
    assert lines[:5] == [f"{project.root}/bin/codex", home, SECRET, "--model", "a b"], run.stderr
    assert "name: openspec-apply-change" in lines
    assert lines[-1] == f"OPENAI_API_KEY={SECRET}"


def test_build_from_a_blueprint(project: Project) -> None:
    """Without a runtime root the home is below the user's own folder."""
    build = "houmao-mgr build-brain --blueprint blueprints/gpu-kernel-coder.yaml"
    done = project.shell(COPY + build)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["home_path"].startswith(f"{project.root}/.houmao/runtime/homes/")


def test_build_in_a_new_project(project: Project) -> None:
    """`project init` does for an installed Houmao what the copy does for a checkout."""
    done = project.shell(
        "houmao-mgr project init; diff -r $CHECKOUT/tests/fixtures/agents .agentsys/agents"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.shell(BUILD).returncode == 0


def test_the_same_home_twice(project: Project) -> None:
    """Refused, and fine with --reuse-home."""
    build = BUILD.rstrip() + " --home-id mine"
    assert project.shell(COPY + build).returncode == 0
    again = project.shell(build)
    assert (again.returncode, again.stdout) == (1, "")
    assert "--reuse-home" in again.stderr
    assert project.shell(f"{build} --reuse-home").returncode == 0


def test_without_definitions(project: Project) -> None:
    """One sentence says how to get some."""
    done = project.shell(BUILD)
    assert (done.returncode, done.stdout) == (1, "")
    assert "houmao-mgr project init" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_builds_at_the_same_time(project: Project) -> None:
    """Of many builds of one home exactly one wins, and it is whole."""
    build = BUILD.strip().replace("\\\n", " ") + " --home-id mine"
    crowd = f"{COPY}\nfor i in 1 2 3 4; do ({build} && echo won) & done; wait"
    done = project.shell(crowd)
    assert done.stdout.count("won") == 1, done.stderr
    assert done.stderr.count("exists already") == 3
    homes = project.root / "tmp/agents-runtime/homes"
    assert os.listdir(homes) == ["mine"]
    assert (homes / "mine/launch.sh").is_file()
