"""A person's machine for session commands: stub tools on the PATH, a home, a tmux of its own."""

import json
import os
import shlex
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from houmao.demo.stub_agent import command
from tests.services import TmuxServer, private_tmux, wait_until

SCRIPTS = Path(sysconfig.get_path("scripts"))
DEFINITIONS = Path(__file__).parents[1] / "fixtures" / "agents"
PATIENCE_SECONDS = 60.0
RECIPE = "brains/brain-recipes/{tool}/gpu-kernel-coder-default.yaml"
#: What the credential variables of every tool are set to: it may be seen nowhere.
SECRET = "sk-acceptance-0123456789"


@dataclass(frozen=True, slots=True)
class Machine:
    """Where commands are run; `folder` holds home, work and everything else."""

    folder: Path
    tmux: TmuxServer
    environ: dict[str, str]

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def registry(self) -> Path:
        return self.folder / "home" / ".houmao" / "registry"

    def mgr(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """`houmao-mgr` run to its end, without a terminal."""
        return subprocess.run(
            [str(SCRIPTS / "houmao-mgr"), *words],
            env=self.environ,
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def begin(self, *words: str) -> "subprocess.Popen[str]":
        """`houmao-mgr` in the background, its output in pipes."""
        pipe = subprocess.PIPE
        argv = [str(SCRIPTS / "houmao-mgr"), *words]
        return subprocess.Popen(
            argv, env=self.environ, cwd=self.work, stdout=pipe, stderr=pipe, text=True
        )

    def ask(self, *words: str) -> Any:
        """The JSON object that a command prints; fails when the command fails."""
        done = self.mgr(*words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def build(self, tool: str = "codex", *more: str) -> Any:
        """What build-brain says of a new home."""
        return self.ask("build-brain", "--recipe", RECIPE.format(tool=tool), *more)

    def start(self, name: str, tool: str = "codex", *more: str) -> Any:
        """What start-session says of a new agent."""
        manifest = self.build(tool)["manifest_path"]
        words = ("--brain-manifest", manifest, "--role", "gpu-kernel-coder")
        return self.ask("start-session", *words, "--agent-identity", name, *more)

    def prompt(self, name: str, text: str, *more: str) -> "tuple[int, list[Any], str]":
        """Exit code, events and standard error of a prompt."""
        done = self.mgr("send-prompt", "--agent-identity", name, "--prompt", text, *more)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def await_answer(self, started: Any, turn: int = 1) -> None:
        """Return once its turn of that number answers: to interrupt it before is another story."""
        pane = ("-p", "-t", f"={started['tmux_session_name']}:")
        wait_until(
            lambda: self.tmux.run("capture-pane", *pane).count("stub agent") >= turn,
            "the stub's first words",
        )

    def got(self) -> list[str]:
        """The prompts that the tools were given, each as one piece."""
        lines = (self.folder / "prompts.jsonl").read_text().splitlines()
        return [it["prompt"] for it in map(json.loads, lines) if it["mark"] == "turn_begin"]

    def record(self, agent_id: str) -> Path:
        return self.registry / "live_agents" / agent_id / "record.json"

    def variables(self, session: str) -> dict[str, str]:
        """What the tmux session publishes."""
        lines = self.tmux.run("show-environment", "-t", f"={session}").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """A machine whose tools are stubs with turns of one second."""
    for name in ("home", "work", "bin"):
        (folder / name).mkdir()
    _copy_definitions(folder / "agents")
    for tool in ("claude", "codex", "gemini"):
        _write_tool(folder / "bin" / tool, tool)
    with private_tmux() as tmux:
        yield Machine(folder, tmux, _environ(folder, tmux))


@contextmanager
def served(plain: Machine) -> Iterator[Machine]:
    """The machine with a server on it that its commands find."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    ports = {"HOUMAO_PORT": port, "HOUMAO_PASSIVE_SERVER_PORT": port}
    found = replace(plain, environ={**plain.environ, **ports})
    serve = [str(SCRIPTS / "houmao-passive-server"), "serve"]
    with (plain.folder / "server.log").open("w") as log:
        process = subprocess.Popen(serve, env=found.environ, stdout=log, stderr=log)
    try:
        wait_until(lambda: found.mgr("agents", "list").returncode == 0, "it serves", 20)
        yield found
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _copy_definitions(target: Path) -> None:
    subprocess.run(["cp", "-a", str(DEFINITIONS), str(target)], check=True)
    for path in target.rglob("vars.env"):
        path.write_text("".join(f"{it}_API_KEY={SECRET}\n" for it in ("OPENAI", "ANTHROPIC")))


def _write_tool(path: Path, tool: str) -> None:
    # Turns of one second, and a note of every prompt that began one.
    log = str(path.parent.parent / "prompts.jsonl")
    stub = shlex.join(command(tool, "--turn-seconds", "1", "--truth", log))
    version = f'[ "$1" = --version ] && echo "{tool} 9.9.9" && exit'
    path.write_text(f"#!/bin/sh\n{version}\nexec {stub}\n")
    path.chmod(0o755)


def _environ(folder: Path, tmux: TmuxServer) -> dict[str, str]:
    reserved = ("HOUMAO_", "AGENTSYS_", "TMUX", "CAO_")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(reserved)}
    return inherited | {
        "HOME": str(folder / "home"),
        "PATH": f"{folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SHELL": "/bin/sh",
        "AGENTSYS_AGENT_DEF_DIR": str(folder / "agents"),
        "HOUMAO_TMUX_SOCKET": str(tmux.socket),
        # Nobody listens there: these commands must not need a server.
        "HOUMAO_PASSIVE_SERVER_PORT": "1",
    }
