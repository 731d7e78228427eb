"""Several agents of real CLIs on one server, each with a mailbox and a gateway."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.integration.attaching import end_gateways
from tests.live import definitions
from tests.live.headless import PROVIDERS, Bench
from tests.live.lab import came, scripted_api, serving
from tests.live.walk import KEY
from tests.services import private_tmux

#: Seconds for an agent to take prompts.
READY_SECONDS = 60.0


@contextmanager
def team(
    api: Path, bin_folders: str, agents: Mapping[str, str], variables: Mapping[str, str]
) -> Iterator[Bench]:
    """Agents by name and tool, unattended; all gone afterwards. Folders are as in PATH."""
    with stage(api, bin_folders, variables) as (found, url):
        for tool in {*agents.values()}:
            root, work = found.folder / f"agents-{tool}", found.folder / "work"
            definitions.write(root, tool, url, work, unattended=True, key=KEY)
        for name, tool in agents.items():
            _open(found, name, tool)
        yield found


@contextmanager
def stage(api: Path, bin_folders: str, variables: Mapping[str, str]) -> Iterator[tuple[Bench, str]]:
    """A server without agents, and the scripted API's address."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="houmao-team-")))
        for name in ("work", "home"):
            (folder / name).mkdir()
        subprocess.run(["git", "init", "-q", str(folder / "work")], check=True)
        url = stack.enter_context(scripted_api(api, folder / "api.jsonl"))
        tmux = stack.enter_context(private_tmux())
        environ = {
            "PATH": os.pathsep.join((bin_folders, os.environ["PATH"])),
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "SHELL": "/bin/sh",
            "IS_SANDBOX": "1",
            **variables,
        }
        settings = stack.enter_context(serving(folder, tmux, environ))
        found = Bench("all", folder, settings, tmux, folder / "api.jsonl", environ)
        stack.callback(end_gateways, settings)
        yield found, url


def _open(found: Bench, name: str, tool: str) -> None:
    found.manager(
        *("agents", "launch", "--agents", "reviewer", "--provider", PROVIDERS[tool], "--yolo"),
        *("--agent-name", name, "--agent-def-dir", str(found.folder / f"agents-{tool}")),
        *("--mailbox-root", str(found.folder / "mail")),
    )
    found.manager("agents", "gateway", "attach", name)
    found.expect(f"{name} takes prompts", came(lambda: _ready(found, name), READY_SECONDS), True)


def _ready(found: Bench, name: str) -> bool:
    told = json.loads(found.quiet("agents", "gateway", "status", name, "--json").stdout or "{}")
    return bool(told.get("terminal_surface_eligibility") == "ready")
