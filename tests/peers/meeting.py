"""How a published release meets our server: its commands, run as its users would run them."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from houmao.demo.stub_agent import command
from tests.integration.adopting import adopted, open_stub
from tests.integration.headless import Crew
from tests.integration.launching import DEFINITIONS
from tests.integration.serving import environment
from tests.services import wait_until


@dataclass(frozen=True, slots=True)
class Peer:
    """A published release, set up to meet our server as its users would."""

    folder: Path
    crew: Crew

    @property
    def home(self) -> Path:
        """Its own: a project that one release makes there may be of no use to the next."""
        found = self.crew.folder / "homes" / self.folder.name
        found.mkdir(parents=True, exist_ok=True)
        return found

    @property
    def environ(self) -> dict[str, str]:
        """What its processes get: our registry, and our tmux server as the one they are in."""
        crew = self.crew
        return environment(crew.server.settings) | {
            "HOME": str(self.home),
            "PATH": f"{crew.folder / 'bin'}:{os.environ['PATH']}",
            "AGENTSYS_GLOBAL_REGISTRY_DIR": str(crew.server.settings.registry_root),
            "TMUX": f"{crew.tmux.socket},1,0",
        }

    def run(self, program: str, *words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.folder / "bin" / program), *words],
            env=self.environ | environ,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def mgr(self, words: str) -> "subprocess.CompletedProcess[str]":
        port = str(self.crew.server.settings.port)
        return self.run("houmao-mgr", *words.split(), "--port", port)

    def join(self, words: str, name: str) -> str:
        """Open a stub agent and adopt it."""
        open_stub(self.crew, name, self.home)
        return self.adopt(words, name, "claude_code")

    def adopt(self, words: str, name: str, provider: str) -> str:
        """Adopt an agent the way its own users do, from a second window of its session."""
        told = self.crew.folder / f"{name}.told"
        program = [str(self.folder / "bin" / "houmao-mgr"), *words.split()]
        line = shlex.join([*program, "--agent-name", name, "--provider", provider])
        names = ("HOME", "PATH", "AGENTSYS_GLOBAL_REGISTRY_DIR", "HOUMAO_GLOBAL_REGISTRY_DIR")
        given = [word for it in names for word in ("-e", f"{it}={self.environ[it]}")]
        shell = f"{line} >{told} 2>&1; mv {told} {told}.done"
        at = ("-c", str(self.home))
        self.crew.tmux.run("new-window", "-d", "-t", f"={name}:", *at, *given, shell)
        done = told.with_name(f"{told.name}.done")
        wait_until(done.exists, f"{name} is joined", 30)
        return done.read_text()


def joined(found: Crew, name: str) -> str:
    """A stub agent on a screen of its own that the server watches."""
    open_stub(found, name, found.folder)
    return adopted(found, name)


def launched(peer: Peer, name: str, commands: Iterable[str]) -> str:
    """What a release says, command by command, that launches a stub Codex of that name.

    `{manifest}` in a command is the file that the launch named.
    In a tmux server's pane it runs a login shell, which finds its programs anew.
    """
    tool = peer.home / "bin" / "codex"
    tool.parent.mkdir(exist_ok=True)
    stub = shlex.join(command("codex", "--name", name, "--script", "idle 1"))
    tool.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo 0.98.0 && exit\nexec {stub}\n')
    tool.chmod(0o755)
    (peer.home / ".profile").write_text(f"PATH={tool.parent}:$PATH\n")
    tmux = peer.crew.tmux
    for variable, value in {"HOME": str(peer.home), "SHELL": "/bin/sh"}.items():
        tmux.run("set-environment", "-g", variable, value)
    tmux.run("set-option", "-g", "default-shell", "/bin/sh")
    environ = {
        "PATH": f"{tool.parent}:{peer.environ['PATH']}",
        "AGENTSYS_AGENT_DEF_DIR": str(DEFINITIONS),
    }
    told: list[str] = []
    for words in commands:
        manifest = re.findall(r"manifest_path=(.+)", "\n".join(told))
        known = {"name": name, "manifest": manifest[0] if manifest else ""}
        done = peer.run("houmao-mgr", *shlex.split(words.format(**known)), **environ)
        told.append(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}")
    tmux.opened.update(it for it in tmux.sessions() if name in it)
    return "\n".join(told)
