"""CAO's own server in place of ours, with the real CLIs on the scripted API, and killed as ours is.

It is one process, `cao-server` of `HOUMAO_PEERS_DIR`. Who kills it starts it again at once.
"""

import os
import random
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from tests.integration.serving import free_port
from tests.live.clis import clis
from tests.live.crew_calls import CrewCalls, CrewServer
from tests.live.lab import came, scripted_api
from tests.services import TmuxServer

#: One of the profiles that come with it.
_PROFILE = "developer"
_NAME = "cao-server"


@contextmanager
def cao_server(api: Path, bin_folders: str) -> Iterator[CrewServer]:
    """Its server, in a home of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="houmao-cao-")))
        url = stack.enter_context(scripted_api(api, folder / "api.jsonl"))
        work = folder / "work"
        subprocess.run(["git", "init", "-q", str(work)], check=True)
        environ = _environ(folder / "home", bin_folders, url, work)
        # It asks the default tmux server of this folder.
        stack.callback(TmuxServer(folder / f"tmux-{os.getuid()}" / "default").kill)
        running = _Process(free_port(), {**environ, "TMUX_TMPDIR": str(folder)}, work)
        stack.callback(running.end)
        running.begin()
        yield CrewServer(CrewCalls(running.url, _PROFILE), work, folder / "api.jsonl", running.kill)


def _environ(home: Path, bin_folders: str, url: str, work: Path) -> Mapping[str, str]:
    programs = str(Path(os.environ["HOUMAO_PEERS_DIR"], "cao", "bin"))
    path = os.pathsep.join((programs, bin_folders, "/usr/local/bin:/usr/bin:/bin"))
    environ = {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "IS_SANDBOX": "1"}
    for cli in (clis(url, work)[tool] for tool in ("claude", "codex")):
        environ |= cli.environ
        for name, text in cli.files.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(text)
    # It types its commands into login shells.
    (home / ".bash_profile").write_text(f"export PATH={path}\n")
    return {**environ, "SHELL": "/bin/bash"}


@dataclass(slots=True)
class _Process:
    """Its process, while it lives."""

    port: int
    environ: Mapping[str, str]
    work: Path
    _popen: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Start it and wait until it answers."""
        self._popen = subprocess.Popen(
            [_NAME, "--port", str(self.port), "--terminal", "tmux"],
            executable=str(Path(os.environ["HOUMAO_PEERS_DIR"], "cao", "bin", _NAME)),
            env=self.environ,
            cwd=self.work,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert came(self._answers, 60), "cao-server does not answer"

    def kill(self, _: random.Random) -> str:
        """End it at once, and start it again."""
        self.end()
        self.begin()
        return _NAME

    def end(self) -> None:
        if self._popen is not None:
            self._popen.kill()
            self._popen.wait()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health").status_code == 200
        except httpx.HTTPError:
            return False
