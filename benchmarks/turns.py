"""Measures headless turns of a tool that does nothing: `python benchmarks/turns.py --agents 50`.

From the POST to the moment at which the tool runs, and to the moment at which its turn is over;
how many turns a second go through the queue; and what many turns at once cost. Ends by itself
and leaves nothing behind.
"""

import argparse
import http.client
import json
import os
import queue
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# As a script this file sees only its own folder; the rest is found from the project's root.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import this_machine
from benchmarks.processes import proportional_bytes, roles, usage
from benchmarks.report import describe
from benchmarks.stats import Spread, spread
from houmao.config import load
from houmao.demo.host import DemoHost, private_host

ROOT = Path(__file__).resolve().parents[1]
#: Seconds for which each of many turns at once lasts, and threads that ask for turns.
LONG, CLIENTS = 6, 8
#: Says what Claude Code says of a turn in which nothing happens, and when it was started.
TOOL = """#!/bin/bash
echo "$HOUMAO_TURN_ID $EPOCHREALTIME" >> "$BENCH_LOG"
echo '{"type":"system","subtype":"init","session_id":"s-1"}'
[[ "$*" == *long* ]] && sleep %d
echo '{"type":"result","subtype":"success","is_error":false,"result":"done","session_id":"s-1"}'
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One turn: its id, when it was asked for, and when the answer to that had come."""

    turn_id: str
    at: float
    answered: float


@dataclass(slots=True)
class Bench:
    """A server with headless agents, and the log of their tool."""

    host: DemoHost
    folder: Path

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The answer of a route that works."""
        port = self.host.settings.port
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {text}")
        return json.loads(text)

    def launch(self, name: str) -> None:
        """A headless agent of that name."""
        body = {
            "agents": "gpu-kernel-coder",
            "agent_name": name,
            "working_directory": str(self.folder),
            "agent_def_dir": str(ROOT / "tests" / "fixtures" / "agents"),
            "headless": True,
        }
        told = self.call("POST", "/houmao/agents/launches?wait=60", body)
        if told["outcome"] != "launched":
            raise RuntimeError(told["detail"])

    def ask(self, name: str, prompt: str = "nothing") -> Asked:
        """A turn that was accepted."""
        at = time.time()
        told = self.call("POST", f"/houmao/agents/{name}/turns", {"prompt": prompt})
        return Asked(told["turn_id"], at, time.time())

    def ended(self, name: str, turn_id: str) -> Any:
        """The turn at its end."""
        return self.call("GET", f"/houmao/agents/{name}/turns/{turn_id}?wait=60")

    def starts(self) -> Mapping[str, float]:
        """When each turn's tool was started."""
        lines = (line.split() for line in (self.folder / "log").read_text().splitlines())
        return {turn_id: float(at) for turn_id, at in lines}


@contextmanager
def bench() -> Iterator[Bench]:
    """A private server whose Claude does nothing."""
    with tempfile.TemporaryDirectory(prefix="houmao-bench-") as name:
        folder = Path(name)
        (folder / "claude").write_text(TOOL % LONG)
        (folder / "claude").chmod(0o755)
        os.environ |= {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "HOME": name,
            "SHELL": "/bin/sh",
            "BENCH_LOG": str(folder / "log"),
        }
        host = private_host(load(), time.sleep)
        try:
            yield Bench(host, folder)
        finally:
            host.end()


def one_by_one(found: Bench, name: str, count: int) -> dict[str, Spread | None]:
    """Turns of one agent on a server that does nothing else; seconds."""
    asked, over = [], []
    for _ in range(count):
        turn = found.ask(name)
        found.ended(name, turn.turn_id)
        over.append(time.time() - turn.at)
        asked.append(turn)
    starts = found.starts()
    return {
        "POST to answer": spread([it.answered - it.at for it in asked]),
        "POST to tool started": spread([starts[it.turn_id] - it.at for it in asked]),
        "POST to turn over": spread(over),
    }


def per_second(found: Bench, names: Sequence[str], seconds: float) -> float:
    """Turns a second when every agent gets the next one as soon as it is free."""
    free: queue.SimpleQueue[str] = queue.SimpleQueue()
    for name in names:
        free.put(name)
    counts, end = [0] * CLIENTS, time.monotonic() + seconds

    def client(number: int) -> None:
        while time.monotonic() < end:
            name = free.get()
            found.ended(name, found.ask(name).turn_id)
            counts[number] += 1
            free.put(name)

    threads = [threading.Thread(target=client, args=(at,)) for at in range(CLIENTS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - began)


def at_once(found: Bench, names: Sequence[str]) -> dict[str, object]:
    """One prompt for all agents: when their tools were started, and what following them costs."""
    at = time.time()
    told = found.call("POST", "/houmao/fan-outs", {"prompt": "long", "agent_refs": list(names)})
    answered = time.time() - at
    running = {pid: role for pid, role in roles(_pid(found.host)).items() if role == "turn"}
    before = {pid: usage(pid).cpu for pid in running}
    time.sleep(2)
    used = sum(usage(pid).cpu - before[pid] for pid in running) / 2
    memory = sum(map(proportional_bytes, running))
    done = found.call("GET", f"/houmao/fan-outs/{told['fan_out_id']}?wait=60")
    starts = found.starts()
    return {
        "answer after": answered,
        "tools started": spread([starts[it["turn_id"]] - at for it in done["turns"]]),
        "completed": done["counts"]["completed"],
        "turn processes": len(running),
        "CPU while they run": used,
        "memory": memory,
    }


def _pid(host: DemoHost) -> int:
    if host.process is None:
        raise RuntimeError("the server has ended")
    return host.process.pid


def _told(value: object) -> str:
    match value:
        case Spread():
            times = (value.p50, value.p95, value.worst)
            return " / ".join(f"{1000 * it:.0f}" for it in times) + " ms"
        case float():
            return f"{value:.3f}"
        case _:
            return str(value)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=50, help="agents of the last two parts")
    parser.add_argument("--turns", type=int, default=60, help="turns one by one")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of the busy part")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with bench() as found:
        names = [f"agent-{at}" for at in range(options.agents)]
        for name in names:
            found.launch(name)
        rows: dict[str, object] = dict(one_by_one(found, names[0], options.turns))
        rows["turns per second"] = per_second(found, names, options.seconds)
        rows |= {f"{options.agents} at once: {k}": v for k, v in at_once(found, names).items()}
    print(f"{describe(this_machine())}\n\n| measure | p50 / p95 / worst |\n| --- | ---: |")
    for name, value in rows.items():
        print(f"| {name} | {_told(value)} |")


if __name__ == "__main__":
    main()
