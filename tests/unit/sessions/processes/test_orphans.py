"""Which daemons of tools are nobody's any more."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from houmao.sessions.processes.orphans import RunningTool, orphans, unused

DAEMON = RunningTool(10, "codex", ("a",), detached=True)


def test_a_daemon_is_used_by_whoever_shares_its_home() -> None:
    """Another tool, or the same with another home, does not use it."""
    at_work = RunningTool(11, "codex", ("a",), detached=False)
    elsewhere = RunningTool(12, "codex", ("b",), detached=False)
    another = RunningTool(13, "claude", ("a",), detached=False)
    assert unused([DAEMON, at_work]) == []
    assert unused([DAEMON, elsewhere, another]) == [DAEMON]


def test_a_daemon_whose_tool_has_ended(tmp_path: Path) -> None:
    """A process called codex leaves another one behind, as the real one does."""
    child = "import time; time.sleep(60)"
    parent = (
        "import subprocess, sys; print(subprocess.Popen(['codex', '-S', '-c', sys.argv[1]], "
        "executable=sys.argv[2], start_new_session=True, stdin=-3, stdout=-3, stderr=-3).pid)"
    )
    started = subprocess.run(
        ["codex", "-S", "-c", parent, child, sys.executable],
        executable=sys.executable,
        env={"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    pid = int(started.stdout)
    try:
        assert pid in {it.pid for it in orphans()}
    finally:
        os.kill(pid, signal.SIGKILL)
