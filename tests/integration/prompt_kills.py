"""Prompts to stub agents while the host's processes, Redis and tmux itself are killed.

The witness is each agent's own log of the prompts that began its turns.
"""

import json
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.integration.careful_caller import deliver, is_right
from tests.integration.serving import WORDS
from tests.integration.serving import Server as Serving
from tests.integration.watching import Host
from tests.services import is_running, wait_until

AGENTS = {"alpha": "claude", "beta": "codex", "gamma": "gemini"}
TMUX = "tmux"
VICTIMS = (*WORDS, TMUX)


@dataclass(slots=True)
class Delivery:
    """One prompt: what was killed meanwhile, what was told of it, how often it arrived."""

    agent_id: str
    prompt: str
    victim: str
    told: str | None = None
    arrived: int = 0

    @property
    def right(self) -> bool:
        """It ended, and what was told is what happened."""
        return is_right(self.told, self.arrived)


@dataclass(slots=True)
class Series:
    """A served host with three stub agents; `folder` keeps their logs."""

    host: Host
    server: Serving
    folder: Path
    dice: random.Random
    deliveries: list[Delivery] = field(default_factory=list)

    def round(self, number: int, victim: str) -> Iterator[Delivery]:
        """A prompt to each agent, one kill at a random moment, and what became of it all."""
        self._see_to_agents()
        sent = [Delivery(it, f"prompt {number} for {it}", victim) for it in AGENTS]
        callers = [threading.Thread(target=self._deliver, args=(each,)) for each in sent]
        for caller in callers:
            caller.start()
        time.sleep(self.dice.random() * 2.5)
        self._kill(victim)
        for caller in callers:
            caller.join()
        self.deliveries += sent
        yield from sent

    def settle(self) -> None:
        """Count, at the very end, what each agent got."""
        got = Counter(self._got())
        for each in self.deliveries:
            each.arrived = got[each.agent_id, each.prompt]

    def _see_to_agents(self) -> None:
        """Every agent runs and is watched, anew where its tmux was killed."""
        alive = set(self.host.tmux.sessions())
        for agent_id, tool in AGENTS.items():
            if agent_id not in alive:
                truth = str(self._log(agent_id))
                self.host.stub(agent_id, "--truth", truth, "--turn-seconds", "0.4", tool=tool)
        for agent_id in AGENTS:
            self.server.await_availability(agent_id, "available", 30)

    def _kill(self, victim: str) -> None:
        pid = self.host.tmux.pid if victim == TMUX else None
        process = psutil.Process(pid) if pid else self.server.child(victim)
        if process is None:
            return
        family = process.children(recursive=True) if victim == TMUX else []
        process.send_signal(signal.SIGKILL)
        wait_until(lambda: not is_running(process.pid), f"{victim} is dead")
        wait_until(lambda: not any(is_running(it.pid) for it in family), "its panes are empty")

    def _deliver(self, delivery: Delivery) -> None:
        port = self.server.settings.port
        delivery.told = deliver(port, delivery.agent_id, delivery.prompt)

    def _got(self) -> Iterator[tuple[str, str]]:
        for agent_id in AGENTS:
            log = self._log(agent_id)
            for line in log.read_text().splitlines() if log.exists() else ():
                entry = json.loads(line)
                if entry["mark"] == "turn_begin":
                    yield agent_id, entry["prompt"]

    def _log(self, agent_id: str) -> Path:
        return self.folder / f"{agent_id}.jsonl"


def table(deliveries: list[Delivery]) -> str:
    """Outcomes by what was killed, and a line for each wrong delivery."""
    right = sum(it.right for it in deliveries)
    rows = [f"{right}/{len(deliveries)} right"]
    counts = Counter((it.victim, str(it.told), it.arrived) for it in deliveries)
    rows += [f"  {v:7} {told:14} arrived {n}: {c}" for (v, told, n), c in sorted(counts.items())]
    rows += [f"  WRONG {it}" for it in deliveries if not it.right]
    return "\n".join(rows)
