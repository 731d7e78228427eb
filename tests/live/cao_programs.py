"""CAO's real programs over real CLIs: launched, asked, assigned, messaged, shut down; a transcript.

`HOUMAO_PEERS_DIR=DIR python -m tests.live cao --api API.py --bin FOLDERS`, whose folders are as in
PATH. The scripted API's log is the witness of what the agents were told.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.integration.serving import PAIR, free_port, started
from tests.live import definitions
from tests.live.headless import PROVIDERS, Bench
from tests.live.lab import came
from tests.live.team import stage
from tests.live.walk import KEY
from tests.live.witness import Witness
from tests.peers.cao import Cao

PROFILE, TOOLS = "reviewer", ("claude", "codex")


def run(api: Path, bin_folders: str) -> int:
    """Print what was run and what came; 1 when something went wrong."""
    with stage(api, bin_folders, {}) as (found, url), _programs(found, url) as cao:
        for tool in TOOLS:
            _live(found, cao, tool)
        _work_together(found, cao)
        _told(cao, "shutdown", "--all")
        found.expect("sessions left", came(lambda: cao.get("/sessions") == [], 30), True)
        return int(bool(found.wrong))


@contextmanager
def _programs(found: Bench, url: str) -> Iterator[Cao]:
    work = found.folder / "work"
    for tool in TOOLS:
        root = work / ".agentsys" / "agents"
        definitions.write(root, tool, url, work, unattended=True, key=KEY)
    settings = replace(found.settings, port=free_port())
    argv = (*PAIR, "serve", "--api-base-url", settings.api_base_url)
    programs = Path(os.environ["HOUMAO_PEERS_DIR"], "cao", "bin")
    with started(settings, argv, **found.environ) as server:
        came(lambda: server.ask("/health").status == 200, 60)
        yield Cao(programs, server, work, PROFILE)


def _live(found: Bench, cao: Cao, tool: str) -> None:
    """One session from its launch with a message to its end."""
    name = f"life-{tool}"
    terminal = cao.launch(name, f"STUB:echo hello {tool}", provider=PROVIDERS[tool])["id"]
    _told(cao, "session", "list")
    status = json.loads(_told(cao, "session", "status", f"cao-{name}", "--json"))
    found.expect("conductor", status["conductor"]["id"], terminal)
    _told(cao, "session", "send", f"cao-{name}", f"STUB:echo more {tool}")
    said = json.loads(_told(cao, "agent", "result", terminal, "--json"))["output"]
    found.expect("the answer", f"more {tool}" in said, True)
    state = json.loads(_told(cao, "agent", "status", terminal, "--json"))["status"]
    found.expect("status", state, "completed")
    _told(cao, "session", "send", f"cao-{name}", "STUB:slow 60", "--async")
    working = came(lambda: cao.get(f"/terminals/{terminal}")["status"] == "processing", 20)
    found.expect("it works", working, True)
    _told(cao, "agent", "cancel", terminal)
    stopped = came(lambda: cao.get(f"/terminals/{terminal}")["status"] != "processing", 20)
    found.expect("cancelled", stopped, True)
    _arrived(found, [f"STUB:echo hello {tool}", f"STUB:echo more {tool}", "STUB:slow 60"])
    _told(cao, "shutdown", "--session", f"cao-{name}")


def _work_together(found: Bench, cao: Cao) -> None:
    """A Claude hands off and assigns, by command and by its tools; workers answer by message."""
    boss = cao.launch("team", provider=PROVIDERS["claude"])["id"]
    step_words = ("agent", "handoff", PROFILE, "STUB:echo handed off", "--timeout", "120")
    handed = json.loads(_told(cao, *step_words, "--json", as_terminal=boss))
    found.expect("handoff", "handed off" in str(handed), True)
    words = ("agent", "assign", PROFILE, "STUB:echo assigned", "--json")
    worker = json.loads(_told(cao, *words, as_terminal=boss))["terminal_id"]
    messages = [f"STUB:echo report {number}" for number in range(3)]
    for text in messages:
        _told(cao, "agent", "send-message", text, "--to", boss, as_terminal=worker)
    step = {"agent_profile": PROFILE, "message": "STUB:echo a step", "timeout": 120}
    task = {"agent_profile": PROFILE, "message": "STUB:echo a task"}
    more = {"receiver_id": "<terminal>", "message": "STUB:echo one more"}
    answers = cao.tools(boss, ("handoff", step), ("assign", task), ("send_message", more))
    print(
        f"$ cao-mcp-server: handoff, assign, send_message\n{json.dumps(answers)[:600]}", flush=True
    )
    found.expect("its tools", [bool(it.get("success", True)) for it in answers], [True] * 3)
    cao.delivered(boss, *messages)
    told = ["STUB:echo handed off", "STUB:echo assigned", "STUB:echo a step", "STUB:echo a task"]
    _arrived(found, [*told, *messages, "STUB:echo one more"])


def _arrived(found: Bench, texts: Sequence[str]) -> None:
    witness = Witness(found.log)

    def counts() -> list[int]:
        # CAO adds a word about the sender to what one agent tells another.
        return [sum(map(witness.arrivals, witness.alike(it))) for it in texts]

    came(lambda: all(counts()), 60)
    found.expect("arrived once each", counts(), [1] * len(texts))


def _told(cao: Cao, *words: str, as_terminal: str | None = None) -> Any:
    print(f"$ cao {' '.join(words)}", flush=True)
    answer = cao.run(*words, terminal_id=as_terminal)
    print(answer.strip()[:400], flush=True)
    return answer
