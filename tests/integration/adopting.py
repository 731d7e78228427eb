"""Stub agents on screens of their own, adopted by a server that runs."""

import shlex
import subprocess
import sys
from pathlib import Path

from houmao import token
from houmao.demo.stub_agent import command
from tests.integration.headless import Crew
from tests.integration.serving import environment
from tests.services import wait_until


def open_stub(
    found: Crew, name: str, folder: Path, script: str = "idle 1", tool: str = "claude"
) -> None:
    """A stub agent in a session of its name, in a folder that may be written to."""
    stub = command(tool, "--name", name, "--script", script)
    found.tmux.new_session(name, f"cd {shlex.quote(str(folder))} && exec {shlex.join(stub)}")


def holder(found: Crew) -> dict[str, str]:
    """What proves that a caller may use that server."""
    return {"Authorization": f"Bearer {token.read(found.server.settings.token_file)}"}


def adopted(found: Crew, name: str) -> str:
    """Adopt the agent in the session of that name, and wait until it is watched."""
    words = ("agents", "join", "--session-name", name, "--agent-name", name)
    mgr = [str(Path(sys.executable).with_name("houmao-mgr")), *words]
    settings = found.server.settings
    environ = environment(settings)

    def joins() -> bool:
        return not subprocess.run(mgr, env=environ, capture_output=True, check=False).returncode

    wait_until(joins, f"{name} can be joined")
    shows = holder(found)
    path = f"/houmao/agents/{name}/state"
    wait_until(lambda: found.call("GET", path, **shows)[0] == 200, f"{name} is observed")
    return name
