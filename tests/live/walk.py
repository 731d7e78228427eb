"""The README's way from a template to an agent's end, gone with a real CLI as a new user goes it.

A fresh clone, a virtual environment and an empty home. The README's own lines are run; what a
user does beside them is put down with them: fill in credentials, answer a tool's first questions.
"""

import json
import os
import re
import shlex
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.live.lab import scripted_api

CHECKOUT = Path(__file__).parents[2]
KEY = "sk-test-00000000000000000000000000"
#: Seconds for a tool to listen, its first questions answered.
PATIENCE = 40.0
#: Keys of a turn's last payload that a transcript shows.
_TOLD = ("result", "canonical_runtime_status", "output_text", "duration_seconds")
_CODEX = """\
model = "gpt-6.1-sol"
model_provider = "own"
check_for_update_on_startup = false
[model_providers.own]
name = "own"
base_url = "{api}/v1"
wire_api = "responses"
env_key = "OPENAI_API_KEY"
requires_openai_auth = false
"""
_GEMINI = '{"security": {"auth": {"selectedType": "gemini-api-key"}}}\n'


class Stumble(Exception):
    """A line of the README did not do what it promises."""


@dataclass(frozen=True, slots=True)
class Tool:
    """What a user of one tool fills in, below the definitions, and changes of the README."""

    name: str
    variables: str
    configuration: tuple[str, str] | None = None
    build_options: str = ""
    #: What the user's shell exports for it.
    exports: tuple[tuple[str, str], ...] = ()


def tools(api: str) -> dict[str, Tool]:
    """All three, with the model API at `api`."""
    return {
        # Its onboarding looks for its maker's servers, so that nothing may be asked.
        "claude": Tool(
            "claude",
            f"ANTHROPIC_API_KEY={KEY}\nANTHROPIC_BASE_URL={api}\n",
            build_options=" --operator-prompt-mode unattended",
            exports=(("IS_SANDBOX", "1"),),
        ),
        "codex": Tool("codex", f"OPENAI_API_KEY={KEY}\n", ("config.toml", _CODEX.format(api=api))),
        "gemini": Tool(
            "gemini",
            f"GEMINI_API_KEY={KEY}\n",
            ("settings.json", _GEMINI),
            exports=(("GOOGLE_GEMINI_BASE_URL", api),),
        ),
    }


@dataclass(frozen=True, slots=True)
class User:
    """Somebody new: a clone, a home, a project; `environ` is all their shell knows."""

    folder: Path
    tool: Tool
    environ: dict[str, str]

    @property
    def project(self) -> Path:
        return self.folder / "project"

    def shell(self, line: str, where: Path) -> str:
        """What a line prints. Raises Stumble when it fails."""
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=where,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            raise Stumble(f"exit code {done.returncode} of: {line}\n{done.stdout}")
        return done.stdout

    def fill_in(self) -> Iterator[str]:
        """The user's own work: configuration, and a blueprint for this tool."""
        definitions = self.project / ".agentsys" / "agents"
        if self.tool.configuration is not None:
            name, text = self.tool.configuration
            (definitions / "brains/cli-configs" / self.tool.name / "default" / name).write_text(
                text
            )
            yield f"(the user fills in cli-configs/{self.tool.name}/default/{name})"
        blueprint = definitions / "blueprints" / "gpu-kernel-coder.yaml"
        blueprint.write_text(blueprint.read_text().replace("codex", self.tool.name))
        yield f"(the user has the blueprint name {self.tool.name}'s recipe)"

    def answer(self, agent: str) -> Iterator[str]:
        """Answer what the tool asks until it listens, as the documentation tells."""
        until = time.monotonic() + PATIENCE
        keys = f"houmao-mgr send-keys --agent-identity {agent} --sequence '<[Enter]>'"
        while time.monotonic() < until:
            shown = json.loads(self.shell(f"houmao-mgr agents show {agent} --json", self.project))
            if shown["summary_state"]["turn"]["phase"] == "ready":
                return
            if (blocked := shown["detail"]["surface"]["blocked_on"]) is not None:
                yield f"(the agent waits for a person: {blocked})"
                yield from self.told(keys, self.project)
            time.sleep(1)
        raise Stumble(f"{agent} does not listen")

    def told(self, line: str, where: Path) -> Iterator[str]:
        """A line as a terminal shows it, what it prints below it."""
        yield f"$ {line}"
        yield from map(_short, self.shell(line, where).splitlines())


def run(tool: str, api: Path, bin_folder: str) -> int:
    """Go it and print the transcript; 1 when the user stumbled."""
    with TemporaryDirectory() as folder, scripted_api(api, Path(folder, "api.jsonl")) as url:
        try:
            for line in play(tools(url)[tool], bin_folder):
                print(line, flush=True)
        except Stumble as stumble:
            print(f"STUMBLE {stumble}")
            return 1
    return 0


def play(tool: Tool, bin_folder: str) -> Iterator[str]:
    """Go all the way; the transcript, line by line. Raises Stumble where it ends early."""
    with _newcomer(tool, bin_folder) as user:
        clone = user.folder / "houmao"
        yield from user.told(f"git clone -q {CHECKOUT} houmao", user.folder)
        install = commands("Two commands")[0].removesuffix(" && houmao-passive-server serve")
        yield from user.told(install, clone)
        yield from user.told("git init -q .", user.project)
        for line in commands("Build your own"):
            yield from _step(user, line.replace("codex", tool.name))
        left = user.shell("tmux ls 2>&1 || true", user.project)
        if "HOUMAO-" in left:
            raise Stumble(f"left behind: {left}")


def _step(user: User, line: str) -> Iterator[str]:
    words = shlex.split(line)
    line += user.tool.build_options if "build-brain" in words else ""
    answer = user.shell(line, user.project) if "send-prompt" in words else ""
    if answer:
        yield f"$ {line}"
        yield from map(_short, answer.splitlines())
        payload = json.loads(answer.splitlines()[-1])["payload"]
        if payload["result"] != "success" or not payload["output_text"]:
            raise Stumble(f"the turn: {answer}")
        return
    yield from user.told(line, user.project)
    if "init" in words:
        yield from user.fill_in()
    if "start-session" in words:
        yield from user.answer(words[words.index("--agent-identity") + 1])


def commands(heading: str) -> list[str]:
    """The shell lines of a section of the README."""
    text = (CHECKOUT / "README.md").read_text("utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    joined = "".join(blocks).replace("\\\n  ", "")
    return [line for line in joined.splitlines() if line]


@contextmanager
def _newcomer(tool: Tool, bin_folder: str) -> Iterator[User]:
    with TemporaryDirectory(prefix="houmao-walk-") as name:
        folder = Path(name)
        for part in ("home", "project", "tmux", "bin"):
            (folder / part).mkdir()
        editor = folder / "bin" / "editor"
        editor.write_text(f"#!/bin/sh\nprintf '%s' {shlex.quote(tool.variables)} > \"$1\"\n")
        editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
        user = User(folder, tool, _environ(folder, tool, bin_folder, str(editor)))
        try:
            yield user
        finally:
            subprocess.run(
                ["tmux", "kill-server"], env=user.environ, capture_output=True, check=False
            )


def _environ(folder: Path, tool: Tool, bin_folder: str, editor: str) -> dict[str, str]:
    own = str(Path(sys.prefix) / "bin")
    usual = [it for it in os.environ["PATH"].split(os.pathsep) if it != own]
    first = (folder / "houmao/.venv/bin", bin_folder, Path(sys.base_prefix) / "bin")
    found = {
        "PATH": os.pathsep.join([*map(str, filter(None, first)), *usual]),
        "HOME": str(folder / "home"),
        "TMUX_TMPDIR": str(folder / "tmux"),
        "TERM": "screen-256color",
        "LANG": "C.UTF-8",
        "SHELL": "/bin/bash",
        "EDITOR": editor,
    }
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return {**pip, **found, **dict(tool.exports)}


def _short(line: str) -> str:
    """A line without the bulk of an event's payload."""
    try:
        event = json.loads(line)
        payload = {name: event["payload"][name] for name in _TOLD if name in event["payload"]}
    except (ValueError, KeyError, TypeError):
        return line
    return json.dumps({"kind": event["kind"], "message": event["message"], "payload": payload})
