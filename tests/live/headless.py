"""A headless agent's life with a real CLI, as a user lives it: every step is a command.

What is told is compared with the scripted API's log: which prompts the tool sent, how often, and
with which earlier ones.
"""

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from houmao import config
from houmao.tools.catalog import TOOLS
from tests.live import definitions
from tests.live.lab import conversations, scripted_api, serving
from tests.services import TmuxServer, is_running, private_tmux, wait_until

PROVIDERS = {tool.name: tool.provider for tool in TOOLS}
NAME = "rev"
#: Seconds within which a told turn to end must have ended.
ENDS_WITHIN = 20.0


@dataclass(slots=True)
class Bench:
    """A server, a scripted API, and what was found out."""

    tool: str
    folder: Path
    settings: config.Settings
    tmux: TmuxServer
    log: Path
    environ: Mapping[str, str]
    wrong: list[str] = field(default_factory=list)

    def manager(self, *words: str) -> str:
        """Run `houmao-mgr` with these words, show both, and give what it printed."""
        done = self.quiet(*words)
        print(f"$ houmao-mgr {shlex.join(words)}")
        print((done.stdout + done.stderr).rstrip())
        print(f"[exit code {done.returncode}]\n", flush=True)
        return done.stdout

    def quiet(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """The same without showing it."""
        program = str(Path(sys.executable).with_name("houmao-mgr"))
        return subprocess.run(
            [program, *words],
            env={**self.environ, **self.settings.as_environ()},
            cwd=self.folder / "work",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def turn(self, *words: str) -> dict[str, Any]:
        """The agent's latest turn, or the one that is named, as its route tells it."""
        done = self.quiet("agents", "turn", "status", NAME, *words, "--json")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def expect(self, what: str, fact: object, wanted: object) -> None:
        """Note whether it is so."""
        right = fact == wanted
        print(
            f"{'ok   ' if right else 'WRONG'} {what}: {fact!r}"
            + ("" if right else f", wanted {wanted!r}")
        )
        if not right:
            self.wrong.append(what)

    def requests(self, words: str) -> list[str]:
        """Bodies of the conversation's requests that hold these words, in their order."""
        found = (e for e in conversations(self.log) if e["event"] == "begin")
        bodies = (json.dumps(e.get("body"), ensure_ascii=False) for e in found)
        return [body for body in bodies if words in body]


def run(tool: str, api: Path, bin_folder: str) -> int:
    """Play it; 1 when something was not as it must be."""
    began = time.monotonic()
    with bench(tool, api, bin_folder) as found:
        for act in (_conversation, _api_error, _interrupt, _time_limit, _after_all, _stop):
            print(f"## {act.__name__.strip('_').replace('_', ' ')}\n")
            act(found)
            print()
    print(f"{tool}: {len(found.wrong)} wrong, {time.monotonic() - began:.0f} s")
    return 1 if found.wrong else 0


@contextmanager
def bench(tool: str, api: Path, bin_folder: str) -> Iterator[Bench]:
    """Everything running and the agent launched; all gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="houmao-live-")))
        for name in ("work", "home"):
            (folder / name).mkdir()
        # Codex runs headless in a repository only.
        subprocess.run(["git", "init", "-q", str(folder / "work")], check=True)
        log = folder / "api.jsonl"
        url = stack.enter_context(scripted_api(api, log))
        tmux = stack.enter_context(private_tmux())
        path = os.pathsep.join(filter(None, (bin_folder, os.environ["PATH"])))
        # Nothing of whoever runs this reaches a tool.
        environ = {
            "PATH": path,
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "SHELL": "/bin/sh",
        }
        settings = stack.enter_context(serving(folder, tmux, environ))
        definitions.write(folder / "agents", tool, url, folder / "work")
        found = Bench(tool, folder, settings, tmux, log, environ)
        _launch(found)
        yield found


def _launch(found: Bench) -> None:
    found.manager(
        *("agents", "launch", "--headless", "--agents", "reviewer"),
        *("--provider", PROVIDERS[found.tool], "--agent-name", NAME),
        *("--agent-def-dir", str(found.folder / "agents"), "--yolo"),
    )


def _conversation(found: Bench) -> None:
    """Three turns that remember each other."""
    prompts = ("STUB:echo first alpha", "STUB:slow 2", "STUB:echo third gamma")
    sessions = set()
    for number, prompt in enumerate(prompts, 1):
        found.manager("agents", "turn", "submit", NAME, "--prompt", prompt, "--wait")
        turn = found.turn()
        found.expect(f"turn {number}", (turn["status"], turn["turn_index"]), ("completed", number))
        sessions.add(turn["provider_session_id"])
    found.expect("conversations", (len(sessions), None in sessions), (1, False))
    found.expect("answer", found.turn()["answer"], "third gamma")
    for number, prompt in enumerate(prompts, 1):
        held = [all(p in body for p in prompts[:number]) for body in found.requests(prompt)]
        found.expect(
            f"requests of turns {number} to 3 hold all prompts before", len(held), 4 - number
        )
        found.expect("in order", held[0], True)
    found.expect("the role was given", bool(found.requests(definitions.ROLE)), True)
    found.manager("agents", "turn", "status", NAME)
    found.manager("agents", "turn", "events", NAME)
    found.manager("agents", "list")


def _api_error(found: Bench) -> None:
    found.manager("agents", "turn", "submit", NAME, "--prompt", "STUB:error 400", "--wait")
    turn = found.turn()
    found.expect("status", turn["status"], "failed")
    found.expect("it says why", "stub error 400" in str(turn["error"]), True)


def _interrupt(found: Bench) -> None:
    found.manager("agents", "turn", "submit", NAME, "--prompt", "STUB:slow 60 long words")
    wait_until(lambda: bool(found.requests("STUB:slow 60")), "the API is asked", seconds=30)
    found.manager("agents", "turn", "submit", NAME, "--prompt", "STUB:echo not now")
    found.expect("a second turn is refused", found.requests("not now"), [])
    time.sleep(1.5)
    found.manager("agents", "list")
    asked = time.monotonic()
    found.manager("agents", "interrupt", NAME)
    found.manager("agents", "turn", "status", NAME, "--wait")
    seconds = time.monotonic() - asked
    turn = found.turn()
    found.expect("status", turn["status"], "interrupted")
    found.expect("asked at is on record", turn["interrupt_requested_at_utc"] is not None, True)
    found.expect(f"it ended soon ({seconds:.1f} s)", seconds < ENDS_WITHIN, True)
    _expect_nothing_runs(found, turn["turn_id"])


def _time_limit(found: Bench) -> None:
    began = time.monotonic()
    words = ("--prompt", "STUB:hang", "--time-limit", "8", "--wait")
    found.manager("agents", "turn", "submit", NAME, *words)
    seconds = time.monotonic() - began
    turn = found.turn()
    found.expect("status", turn["status"], "failed")
    found.expect("it says why", "time limit" in str(turn["error"]), True)
    found.expect(f"in time ({seconds:.1f} s)", seconds < 8 + ENDS_WITHIN, True)
    _expect_nothing_runs(found, turn["turn_id"])


def _after_all(found: Bench) -> None:
    """The conversation goes on after an error, an interrupt and a time limit."""
    found.manager("agents", "turn", "submit", NAME, "--prompt", "STUB:echo still here", "--wait")
    turn = found.turn()
    found.expect("status", turn["status"], "completed")
    bodies = found.requests("still here")
    found.expect("it was asked once", len(bodies), 1)
    found.expect("it remembers", all("STUB:echo first alpha" in body for body in bodies), True)
    found.manager("agents", "state", NAME)
    found.manager("agents", "history", NAME)
    found.manager("agents", "turn", "stdout", NAME)
    found.manager("agents", "turn", "stderr", NAME)


def _stop(found: Bench) -> None:
    turn = found.turn()
    path = Path(str(turn["stdout_path"])).with_name("record.json")
    found.manager("agents", "stop", NAME)
    # What is left keeps the tmux server alive and belongs to nobody.
    agents = [name for name in found.tmux.sessions() if NAME in name]
    found.expect("its session is gone", agents, [])
    print(f"$ cat turns/{turn['turn_id']}/record.json")
    print(path.read_text().replace(str(found.folder), "…") if path.exists() else "(gone)")
    _expect_nothing_runs(found, None)
    found.manager("agents", "list")


def _expect_nothing_runs(found: Bench, turn_id: str | None) -> None:
    """No process of that turn, or of any, lives on."""
    wait = time.monotonic() + 5
    while (left := _processes(found.environ["HOME"], turn_id)) and time.monotonic() < wait:
        time.sleep(0.1)
    found.expect("processes that live on", left, [])


def _processes(home: str, turn_id: str | None) -> list[str]:
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        try:
            environ = process.environ()
        except (psutil.Error, OSError):
            continue
        ours = environ.get("HOUMAO_TURN_ID") if environ.get("HOME") == home else None
        if ours and turn_id in (None, ours) and is_running(process.pid):
            found.append(" ".join(process.info["cmdline"] or ())[:80])
    return found
