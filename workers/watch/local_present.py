"""What the watch process sees, told to the other processes of its host without Redis.

Hashes and streams are named as in Redis; `houmao/state/local.py` asks, one JSON line at a time.
"""

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingMixIn, UnixStreamServer
from typing import Any

from houmao.clock import iso_ms
from houmao.files import is_anothers
from houmao.ids import AgentKey
from houmao.state import keys
from houmao.state.codec import flat_fields
from houmao.state.local import PATIENCE
from houmao.state.present import Found
from houmao.state.values import AgentIdentity, HostStatus
from houmao.state.write import HISTORY_LENGTH, AgentUpdate, agent_keys

#: Seconds between two tries to listen where another process still does.
RETRY_EVERY = 2.0

#: Answers what another process asks.
Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class LocalPresent:
    """What readers may know of one host; any thread may call it."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._lock = threading.Lock()
        self._hashes: dict[str, Found] = {}
        self._streams: dict[str, deque[Found]] = {}

    def index(self, agents: Iterable[AgentIdentity], skipped: Mapping[str, str]) -> None:
        """These are the host's agents now, and none else."""
        live = {str(it.key): it for it in agents}
        with self._lock:
            for gone in self._hashes.get(keys.AGENTS, {}).keys() - live.keys():
                self._drop(gone)
            for key, identity in live.items():
                self._hashes[keys.agent(key)] = flat_fields(identity)
            self._hashes[keys.AGENTS] = {key: it.agent_name for key, it in live.items()}
            self._hashes[keys.host_skipped(self._host)] = dict(skipped)

    def publish(self, changes: Iterable[AgentUpdate]) -> None:
        """Agents have changed."""
        with self._lock:
            for change in changes:
                agent = AgentKey(self._host, change.agent_id)
                hashes = {keys.state(agent): change.state, keys.screen(agent): change.screen}
                self._hashes |= {name: found for name, found in hashes.items() if found}
                if change.transition:
                    stream = keys.transitions(agent)
                    known = self._streams.setdefault(stream, deque(maxlen=HISTORY_LENGTH))
                    known.appendleft(change.transition)

    def beat(self, status: HostStatus) -> None:
        """All agents were looked at."""
        with self._lock:
            self._hashes[keys.HOSTS] = {self._host: iso_ms(status.heartbeat_at)}
            self._hashes[keys.host(self._host)] = flat_fields(status)

    def answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """What is asked for: `hashes` of these names, or the entries of a `stream`."""
        told: dict[str, Any] = {}
        with self._lock:
            if "hashes" in question:
                told["hashes"] = [self._hashes.get(name, {}) for name in question["hashes"]]
            if "stream" in question:
                told["stream"] = list(self._streams.get(question["stream"], ()))
        return told

    def _drop(self, agent: str) -> None:
        for name in agent_keys(AgentKey(self._host, agent.rpartition("@")[0])):
            self._hashes.pop(name, None)
            self._streams.pop(name, None)


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    answer: Answer


class _Handler(StreamRequestHandler):
    timeout = PATIENCE

    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        # A process that was ended while it asked is nobody's concern.
        with suppress(OSError, ValueError):
            told = self.server.answer(json.loads(self.rfile.readline()))
            self.wfile.write(json.dumps(told).encode() + b"\n")


def serve(path: Path, answer: Answer) -> None:
    """Answer on this socket for as long as the process lives, on a thread of its own."""
    threading.Thread(target=_serve, args=(path, answer), name="local-present", daemon=True).start()


def _serve(path: Path, answer: Answer) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    while is_anothers(path) or _is_served(path):
        time.sleep(RETRY_EVERY)
    path.unlink(missing_ok=True)
    with _Server(str(path), _Handler) as server:
        path.chmod(0o600)
        server.answer = answer
        server.serve_forever()


def _is_served(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as there, suppress(OSError):
        there.connect(str(path))
        return True
    return False
