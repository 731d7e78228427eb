"""An unattended home's launch helper settles the questions, then becomes the tool."""

import os
import subprocess
import sys
from pathlib import Path

from houmao.agents.assemble import assemble, new_home_below
from houmao.agents.choice import BrainChoice
from houmao.agents.folder import DefinitionFolder
from tests.unit.agents.definitions import NOW, SECRET

#: Tells its version, else how it was run.
STUB = """\
#!/bin/sh
[ "$1" = --version ] && { echo VERSION; exit; }
printf '%s\\n' "$ANTHROPIC_API_KEY" "$CLAUDE_CONFIG_DIR" "$@"
"""


def launched(
    folder: DefinitionFolder, work: Path, version: str
) -> "subprocess.CompletedProcess[str]":
    """Build an unattended claude, then run its helper in `work` with two words."""
    choice = BrainChoice("claude", (), "default", "personal-a-default", "unattended")
    plan = assemble(folder, choice, new_home_below(work / "rt", "h", NOW, sys.executable))
    stub = work / "bin/claude"
    stub.parent.mkdir()
    stub.write_text(STUB.replace("VERSION", version))
    stub.chmod(0o700)
    # A trap: the agent's folder must not provide our modules.
    (work / "houmao.py").write_text("raise SystemExit('taken from the working directory')")
    environ = {**os.environ, "PATH": f"{stub.parent}:{os.environ['PATH']}"}
    command = [str(plan.home_path / "launch.sh"), "--model", "a b"]
    return subprocess.run(command, env=environ, cwd=work, capture_output=True, text=True)


def test_becomes_the_tool(folder: DefinitionFolder, tmp_path: Path) -> None:
    done = launched(folder, tmp_path, "2.1.100")
    assert done.stdout.splitlines() == [
        SECRET,
        f"{tmp_path}/rt/homes/h",
        "--dangerously-skip-permissions",
        "--model",
        "a b",
    ], done.stderr
    assert str(tmp_path) in (tmp_path / "rt/homes/h/.claude.json").read_text()


def test_an_unknown_version_is_not_started(folder: DefinitionFolder, tmp_path: Path) -> None:
    done = launched(folder, tmp_path, "1.0.0")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: claude 1.0.0 cannot be started unattended")
    assert not (tmp_path / "rt/homes/h/.claude.json").exists()
