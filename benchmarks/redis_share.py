"""What one shared Redis costs an agent, a change and a read: `python benchmarks/redis_share.py`.

Publishes for many made-up hosts as their watch processes do, under leases and in batches, and
reads as their APIs do. Times are processor time of the Redis server, so that other load on the
machine changes little; prints one table and leaves nothing behind.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from redis import Redis

# As a script this file sees only its own folder; the rest is found from the project's root.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from houmao.clock import iso_ms
from houmao.state import keys
from houmao.state.read import StateReader
from houmao.state.redis_clock import RedisClock
from houmao.state.values import AgentIdentity
from houmao.state.write import AgentUpdate, Lease, Publisher, agent_writes, index_writes
from tests.services import private_redis

#: Changes that are told in one round trip.
_BATCH = 20
#: Characters of a screen with its parsed text, as agents of 80x24 have them.
_SCREEN = 3_500


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--agents", type=int, default=50, help="on each host")
    parser.add_argument("--changes", type=int, default=20_000)
    options = parser.parse_args()
    with private_redis() as server, server.client() as redis:
        for row in rows(redis, psutil.Process(server.pid), options):
            print(row, flush=True)


def rows(redis: Redis, server: psutil.Process, options: argparse.Namespace) -> Iterator[str]:
    """The table's lines."""
    empty = _memory(redis)
    hosts = [MadeUpHost(redis, f"host{number}", options.agents) for number in range(options.hosts)]
    count = options.hosts * options.agents
    yield "| what | figure |\n| --- | ---: |"
    each = (_memory(redis) - empty) / count
    yield f"| memory of an agent, right after it was listed | {each:.0f} B |"
    before, began, spent = _cpu(server), time.monotonic(), 0
    while spent < options.changes:
        for host in hosts:
            host.change(_BATCH)
            spent += _BATCH
    took, cpu = time.monotonic() - began, _cpu(server) - before
    yield f"| Redis's processor time a change | {cpu / spent * 1e6:.0f} µs |"
    yield f"| changes a second from one publisher here | {spent / took:.0f} |"
    yield f"| memory of everything, {count} agents, {spent} changes | {_memory(redis) >> 20} MiB |"
    reader = StateReader(redis)
    for what, read in (
        (f"all {count} states", lambda: reader.observe_all(time.time())),
        ("one agent's state by its name", lambda: reader.observe("name-1-host0", time.time())),
    ):
        before = _cpu(server)
        times = 20 if what.startswith("all") else 500
        for _ in range(times):
            read()
        spent_ms = (_cpu(server) - before) / times * 1e3
        yield f"| Redis's processor time to read {what} | {spent_ms:.2f} ms |"


class MadeUpHost:
    """One made-up host that publishes as a watch process does."""

    def __init__(self, redis: Redis, name: str, agents: int) -> None:
        self._name = name
        lease = Lease(redis, name, f"bench:{name}:0")
        lease.acquire()
        self._publisher = Publisher(redis, name, lease, RedisClock())
        self._agents = [f"{number:032x}" for number in range(agents)]
        self._told = 0
        listed = [_identity(name, it, number) for number, it in enumerate(self._agents)]
        redis.hset(keys.HOSTS, name, iso_ms(time.time()))
        self._publisher.write([(self._next(), index_writes(name, {}, listed, {}, time.time()))])
        self.change(agents)

    def change(self, count: int) -> None:
        """Tell changes of so many agents in turn, in one round trip."""
        chosen = [self._agents[(self._told + at) % len(self._agents)] for at in range(count)]
        self._publisher.write(
            [(self._next(), agent_writes(self._name, _update(it, self._told))) for it in chosen]
        )

    def _next(self) -> int:
        self._told += 1
        return self._told


def _identity(host: str, agent_id: str, number: int) -> AgentIdentity:
    return AgentIdentity(
        host=host,
        agent_id=agent_id,
        agent_name=f"name-{number}-{host}",
        generation_id="0b9d2c5e-9d5f-4a55-b1ab-0d7f7b1f3c11",
        tool="claude",
        backend="local_interactive",
        tmux_session_name=f"HOUMAO-name-{number}",
        tmux_socket="/tmp/tmux-1000/default",
        manifest_path=f"/srv/houmao/runtime/sessions/{agent_id}/manifest.json",
        published_at="2026-11-29T00:00:00+00:00",
        lease_expires_at="2026-11-30T00:00:00+00:00",
    )


def _update(agent_id: str, number: int) -> AgentUpdate:
    now = iso_ms(time.time())
    phase = ("ready", "active")[number % 2]
    public = {
        "availability": "available",
        "turn_phase": phase,
        "accepting_input": "yes",
        "editing_input": "no",
        "ready_posture": "yes",
        "pending_input": "no",
        "last_turn_result": "success",
        "last_turn_source": "explicit_input",
        "transport_state": "tmux_up",
        "process_state": "tui_up",
        "parse_status": "parsed",
    }
    who = {"agent_id": agent_id, "agent_name": f"name-{agent_id[-4:]}", "tool": "claude"}
    more = {"captured_at": now, "stable_since": now, "phase_since": now, "signature": agent_id}
    why = {"detector": "claude/2.1", "active_reasons": "spinner", "evidence": "spinner 21 working"}
    entry = {**who, "host": "host", "recorded_at": now, "summary": "parsed", **public}
    screen = {"captured_text_hash": agent_id, "captured_text_excerpt": "x" * _SCREEN}
    return AgentUpdate(agent_id, {**who, **public, **more, **why}, screen, entry, entry)


def _memory(redis: Redis) -> int:
    told: dict[str, int] = redis.info("memory")
    return int(told["used_memory"])


def _cpu(server: psutil.Process) -> float:
    times = server.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
