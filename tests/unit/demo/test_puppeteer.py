"""Plans are files, and puppets run under the name of their tool."""

import subprocess
from pathlib import Path

from houmao.demo.puppeteer import PuppetSpec, put_puppet, read_plan, write_plan
from tests.services import wait_until


def test_plan_survives_its_file(tmp_path: Path) -> None:
    parts = [
        PuppetSpec("one", "claude", "/dev/pts/7", "idle 1, turn 2, again"),
        PuppetSpec("2", "codex", "x", ""),
    ]
    write_plan(tmp_path / "plan.json", parts)
    assert read_plan(tmp_path / "plan.json") == parts


def test_puppet_runs_under_its_tools_name(tmp_path: Path) -> None:
    puppet = put_puppet(tmp_path, "claude")
    with subprocess.Popen([puppet, "infinity"]) as process:
        command = Path(f"/proc/{process.pid}/cmdline")
        # The kernel fills the arguments in a moment after the program has begun.
        wait_until(lambda: bool(command.read_bytes()), "the puppet runs")
        name = Path(command.read_bytes().split(b"\0")[0].decode()).name
        process.kill()
    assert name == "claude"
