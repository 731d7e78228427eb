"""What attached gateways cost and how fast they answer, beside the published original's.

`python -m benchmarks.gateways --agents 50`: a server of its own, that many stub agents with a
gateway each. With HOUMAO_PEERS_DIR, which names a folder with `houmao-0.1.0`, one agent of that
release with its gateway is measured the same way in the same run.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.machine import this_machine
from benchmarks.processes import descendants, proportional_bytes, usage
from benchmarks.report import describe
from benchmarks.stats import spread
from houmao.clock import monotonic, now
from houmao.config import Settings
from houmao.gateway.attaching import AttachOptions, attach, detach
from houmao.gateway.client import GatewayClient
from houmao.gateway.parent import SLEEPS_AFTER
from houmao.gateway_files.folder import GatewayFolder
from houmao.sessions.gateway_offer import folder_of
from houmao.sessions.target import resolve
from tests.integration.attaching import end_gateways
from tests.integration.headless import Crew
from tests.integration.launching import Machine, machine
from tests.integration.serving import free_port, serving
from tests.peers.meeting import Peer
from tests.services import private_tmux, wait_until

#: Seconds after which a gateway that nobody calls has fallen asleep.
ASLEEP_SECONDS = SLEEPS_AFTER + 5.0
#: Seconds over which idle gateways are looked at, and calls of each kind.
IDLE_SECONDS, STATUS_CALLS, PROMPTS = 20.0, 100, 20
#: Seconds between two looks for a keystroke.
_LOOK_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class AttachedGateway:
    """A gateway, its process, and the pane of its agent."""

    client: GatewayClient
    pid: int
    pane: str


@dataclass(frozen=True, slots=True)
class GatewayCost:
    """Times in seconds, memory in bytes, processor in cores of one gateway; the median of all.

    `memory_used` is of one that was called lately; the others are of gateways nobody has called for
    a while, and `woken` is what the first call then takes.
    """

    gateways: int
    attached: Sequence[float]
    detached: Sequence[float]
    memory_used: float
    memory: float
    cores: float
    woken: Sequence[float]
    status: Sequence[float]
    keystroke: Sequence[float]


@dataclass(frozen=True, slots=True)
class Bench:
    """A server that watches the agents of a machine of its own."""

    host: Machine
    crew: Crew

    @property
    def settings(self) -> Settings:
        return self.host.settings

    def ours(self, count: int) -> GatewayCost:
        """Agents with a gateway each."""
        names = [f"agent{number}" for number in range(count)]
        for name in names:
            self.host.start(name, tool="codex")
        attaching = [_timed(partial(self._attach, name)) for name in names]
        found = [self._found(name) for name in names]
        cost = self._measured(found, attaching)
        detaching = [_timed(partial(self._detach, name)) for name in names]
        return replace(cost, detached=detaching)

    def original(self, folder: Path) -> GatewayCost:
        """One agent that the original has adopted, and its gateway."""
        peer = Peer(folder, self.crew)
        peer.join("agents join", "theirs")
        took = _timed(lambda: peer.run("houmao-mgr", *_WORDS, "attach", "--agent-name", "theirs"))
        cost = self._measured([self._found("theirs")], [took])
        took = _timed(lambda: peer.run("houmao-mgr", *_WORDS, "detach", "--agent-name", "theirs"))
        return replace(cost, detached=[took])

    def _measured(self, found: Sequence[AttachedGateway], attached: Sequence[float]) -> GatewayCost:
        # What starting costs is over.
        time.sleep(3)
        memory_used = median(_memory(it.pid) for it in found)
        time.sleep(ASLEEP_SECONDS)
        before = [_cpu(it.pid) for it in found]
        time.sleep(IDLE_SECONDS)
        used = [_cpu(it.pid) - one for it, one in zip(found, before, strict=True)]
        memory = median(_memory(it.pid) for it in found)
        woken = [_timed(partial(_ask_status, it)) for it in found]
        status = [_timed(partial(_ask_status, found[0])) for _ in range(STATUS_CALLS)]
        typed = [self._keystroke(found[at % len(found)], at) for at in range(PROMPTS)]
        return GatewayCost(
            gateways=len(found),
            attached=attached,
            detached=(),
            memory_used=memory_used,
            memory=memory,
            cores=median(used) / IDLE_SECONDS,
            woken=woken,
            status=status,
            keystroke=typed,
        )

    def _keystroke(self, gateway: AttachedGateway, number: int) -> float:
        """Seconds until a prompt for an idle agent stands on its screen."""
        words = f"word{number}x{gateway.pid}"

        def ready() -> bool:
            told = gateway.client.call("GET", "/v1/status")
            return (told["queue_depth"], told["terminal_surface_eligibility"]) == (0, "ready")

        wait_until(ready, "the agent is ready", 60)
        body = {"schema_version": 1, "kind": "submit_prompt", "payload": {"prompt": words}}
        began = monotonic()
        gateway.client.call("POST", "/v1/requests", body)
        while words not in self.host.tmux.screen(gateway.pane):
            time.sleep(_LOOK_SECONDS)
        return monotonic() - began

    def _attach(self, name: str) -> None:
        attach(resolve(name, self.settings, now()), self.settings, AttachOptions())

    def _detach(self, name: str) -> None:
        detach(resolve(name, self.settings, now()), self.settings)

    def _found(self, name: str) -> AttachedGateway:
        target = resolve(name, self.settings, now())
        instance = GatewayFolder(folder_of(target.stored).root).instance()
        assert instance is not None, f"no gateway is attached to {name}"
        client = GatewayClient("127.0.0.1", instance.port, timeout_seconds=30)
        return AttachedGateway(client, instance.pid, target.panes[0].pane_id)


_WORDS = ("agents", "gateway")
_HEADS = (
    *("idle: MB each", "lately called: MB each", "idle: % of a core each"),
    *("attach p95 ms", "detach p95 ms", "status p50 ms", "first status when idle p95 ms"),
    "to first keystroke p95 ms",
)


def _ask_status(gateway: AttachedGateway) -> None:
    gateway.client.call("GET", "/v1/status")


def _memory(pid: int) -> int:
    """Proportional bytes of a gateway and of what it has forked."""
    return sum(proportional_bytes(each) for each in descendants(pid))


def _cpu(pid: int) -> float:
    return sum(usage(each).cpu for each in descendants(pid))


def _timed(act: Callable[[], object]) -> float:
    began = monotonic()
    act()
    return monotonic() - began


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """Everything running; all gone afterwards."""
    with ExitStack() as stack:
        tmux = stack.enter_context(private_tmux())
        host = machine(folder, tmux)
        settings = replace(host.settings, port=free_port(), redis_url=None)
        server = stack.enter_context(serving(settings))
        stack.callback(end_gateways, settings)
        yield Bench(replace(host, settings=settings), Crew(server, folder, tmux))


def _row(name: str, cost: GatewayCost) -> str:
    def p95(values: Sequence[float]) -> str:
        found = spread(list(values))
        return f"{found.p95 * 1e3:.0f}" if found else "-"

    cells = [
        *(name, f"{cost.memory / 2**20:.1f}", f"{cost.memory_used / 2**20:.1f}"),
        *(f"{cost.cores * 100:.2f}", p95(cost.attached), p95(cost.detached)),
        *(f"{median(cost.status) * 1e3:.1f}", p95(cost.woken), p95(cost.keystroke)),
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=50)
    given = parser.parse_args()
    print(f"{describe(this_machine())}\n\nload average {os.getloadavg()[0]:.1f}\n")
    print("| | " + " | ".join(_HEADS) + " |")
    print("|---|" + "---:|" * len(_HEADS), flush=True)
    with tempfile.TemporaryDirectory(prefix="houmao-bench-") as name, bench(Path(name)) as found:
        print(_row(f"Houmao, {given.agents} attached", found.ours(given.agents)), flush=True)
        peer = Path(os.environ.get("HOUMAO_PEERS_DIR", "/"), "houmao-0.1.0")
        if (peer / "bin" / "python").exists():
            print(_row("houmao 0.1.0, 1 attached", found.original(peer)))


if __name__ == "__main__":
    main()
