"""A watched host in one process: real tmux, real Redis, the watch loop on its own thread.

Tests publish records, paint in panes and read what the API would read. Knows no HTTP and
starts none of the server's processes; `serving.py` does.
"""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis

from houmao import config
from houmao.config import Settings
from houmao.demo.stub_agent import command
from houmao.errors import NotFound, Unavailable
from houmao.ids import AgentKey
from houmao.registry.files import Registry
from houmao.registry.record import LEASE_SECONDS, AgentRecord
from houmao.state import keys
from houmao.state.read import StateReader
from houmao.state.values import AgentState, History
from houmao.tmux.panes import KEEPER_SESSION
from tests.services import RedisServer, TmuxServer, wait_until
from workers.loop import Loop
from workers.watch.__main__ import build_fleet
from workers.watch.fleet import Fleet

#: Runs under the tool's name, paints nothing, costs nothing.
SILENT = "exec -a {tool} sleep 1000"


@dataclass(slots=True)
class Host:
    """One host: where its things are, how to add agents, and what is told of them."""

    settings: Settings
    tmux: TmuxServer
    redis: Redis
    registry: Registry = field(init=False)

    def __post_init__(self) -> None:
        self.registry = Registry(self.settings.registry_root)

    def publish(self, agent_id: str, tool: str = "claude", **changes: object) -> AgentRecord:
        """Publish a fresh record whose session has the agent's id as its name."""
        now = time.time()
        values: dict[str, object] = {
            "agent_name": f"name-{agent_id}",
            "agent_id": agent_id,
            "generation_id": "gen-1",
            "published_at": now,
            "lease_expires_at": now + LEASE_SECONDS,
            "backend": "local_interactive",
            "tool": tool,
            "manifest_path": "/nowhere/manifest.json",
            "session_name": agent_id,
        }
        record = AgentRecord(**(values | changes))  # type: ignore[arg-type]
        self.registry.publish(record, now)
        return record

    def open(self, agent_id: str, line: str, tool: str = "claude") -> str:
        """A session that runs a bash line, with its record; the pane's id."""
        pane = self.tmux.new_session(agent_id, shlex.join(["bash", "-c", line]))
        self.publish(agent_id, tool)
        return pane

    def silent(self, agent_id: str, tool: str = "claude") -> str:
        """An agent that runs and never paints."""
        return self.open(agent_id, SILENT.format(tool=tool), tool)

    def stub(self, agent_id: str, *options: str, tool: str = "claude") -> str:
        """An agent that looks and behaves like the tool."""
        return self.open(agent_id, "exec " + shlex.join(command(tool, *options)), tool)

    def state(self, agent_id: str) -> AgentState | None:
        """What readers are told of the agent now; None while nobody knows it."""
        try:
            return StateReader(self.redis).observe(agent_id, time.time()).state
        except (NotFound, Unavailable):
            return None

    def screen(self, agent_id: str) -> str:
        """The captured text as readers see it, empty while nobody knows it."""
        try:
            probe = StateReader(self.redis).detail(agent_id, time.time()).probe
        except (NotFound, Unavailable):
            return ""
        return probe.captured_text_excerpt if probe else ""

    def shows(self, agent_id: str, text: str) -> None:
        wait_until(lambda: text in self.screen(agent_id), f"{agent_id} shows {text!r}")

    def history(self, agent_id: str) -> History:
        return StateReader(self.redis).history(agent_id, 50)

    def listed(self) -> list[str]:
        """Ids of the agents readers see."""
        return sorted(
            str(it) for it in self.redis.smembers(keys.host_agents(self.settings.host_id))
        )

    def availability(self, agent_id: str) -> str:
        """The agent's availability, `absent` when nobody lists it or it was never seen."""
        state = self.state(agent_id)
        return state.availability.value if state else "absent"

    def await_availability(self, agent_id: str, wanted: str, seconds: float = 10.0) -> None:
        wait_until(
            lambda: self.availability(agent_id) == wanted, f"{agent_id} is {wanted}", seconds
        )

    def result(self, agent_id: str) -> str:
        state = self.state(agent_id)
        return state.tracked.last_turn.result.value if state else "absent"

    def phase(self, agent_id: str) -> str:
        state = self.state(agent_id)
        return state.tracked.phase.value if state else "absent"

    def take_turn(self, agent_id: str) -> None:
        """Have a stub agent do a short turn, and wait until it is told as a success."""
        self.await_phase(agent_id, "ready")
        self.tmux.run("send-keys", "-t", f"={agent_id}:", "go", "Enter")
        wait_until(lambda: self.result(agent_id) == "success", "the turn succeeds")

    def await_phase(self, agent_id: str, wanted: str) -> None:
        wait_until(lambda: self.phase(agent_id) == wanted, f"{agent_id} is {wanted}")

    def epoch(self, agent_id: str) -> int:
        """The fencing number under which the agent was last published, 0 for never."""
        return int(
            self.redis.hget(keys.state(AgentKey(self.settings.host_id, agent_id)), "epoch") or 0
        )

    def owner(self) -> int:
        """Process id of the watch process that owns the host, 0 for none."""
        held = str(self.redis.get(keys.lease(self.settings.host_id)) or "::")
        return int(held.split(":")[1] or 0)

    def last_event(self) -> str:
        return StateReader(self.redis).last_event_id()

    def await_heartbeat(self) -> None:
        """Until the owner has looked at everything once more."""
        before = self.redis.hgetall(keys.HOSTS)
        wait_until(lambda: self.redis.hgetall(keys.HOSTS) != before, "the heart beats")

    @contextmanager
    def watch_process(self) -> Iterator[subprocess.Popen[bytes]]:
        """The host watched by the real watch process, without a clock; killed on leaving."""
        environ = {**os.environ, **self.settings.as_environ()}
        process = subprocess.Popen([sys.executable, "-m", "workers.watch"], env=environ)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    @contextmanager
    def watched(self, fleet: Fleet | None = None) -> Iterator[Loop[Fleet]]:
        """The host watched by a loop of this process; as after a clean end on leaving."""
        loop = Loop(fleet or build_fleet(self.settings, os.environ), "watch-loop")
        loop.start()
        try:
            yield loop
        finally:
            loop.stop()
            assert not loop.alive
            wait_until(lambda: KEEPER_SESSION not in self.tmux.sessions(), "the keeper is gone")


def settings_for(root: Path, tmux: TmuxServer, redis: RedisServer | None) -> Settings:
    """Settings of a host that has everything below `root`; embedded Redis when None."""
    environ = {"HOUMAO_TMUX_SOCKET": str(tmux.socket), "HOUMAO_HOST_ID": "here"}
    if redis is not None:
        environ["HOUMAO_REDIS_URL"] = redis.url
    return config.load(environ, runtime_root=root / "runtime")
