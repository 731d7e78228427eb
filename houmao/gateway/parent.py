"""Asks the warm parent of a runtime root for a gateway, and starts the parent where none runs.

The parent has everything imported; a gateway is a fork of it, which answers by itself as soon as
it listens.
"""

import json
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from houmao import socket_paths
from houmao.clock import monotonic
from houmao.config import Settings, environment
from houmao.errors import HoumaoError, Unavailable
from houmao.files import is_anothers
from houmao.serve.programs import PYTHON

#: The program of the parent, and with options of one gateway.
MODULE = "workers.gateway"
#: Seconds until a gateway listens, its parent's start included.
START_SECONDS = 10.0
#: Seconds without a call after which a gateway sleeps.
SLEEPS_AFTER = 60.0

_PAUSE = 0.02


class NotStarted(HoumaoError):
    """A gateway could not be started; the message says why."""

    http_status = 503


@dataclass(frozen=True, slots=True)
class GatewayOrder:
    """Which gateway is wanted: beside which session, and where it shall listen (0: any port).

    When nobody calls for `sleeps_after` seconds it gives its memory back until the next call.
    """

    manifest_path: str
    host: str
    port: int
    sleeps_after: float = SLEEPS_AFTER


def order_gateway(settings: Settings, order: GatewayOrder) -> int:
    """The new gateway's process id, once it listens. Raises NotStarted and Unavailable."""
    message = {"environ": settings.as_environ(), "order": asdict(order)}
    with _parent(settings) as parent:
        parent.sendall(json.dumps(message).encode() + b"\n")
        answer = _answer(parent)
    if "error" in answer:
        raise NotStarted(str(answer["error"]))
    return int(str(answer["pid"]))


def _answer(parent: socket.socket) -> Mapping[str, object]:
    try:
        with parent.makefile("rb") as lines:
            found = json.loads(lines.readline())
    except (OSError, ValueError) as error:
        raise NotStarted(
            "the gateway ended before it listened; see its logs/gateway.log"
        ) from error
    return found if isinstance(found, dict) else {"error": "the gateway's parent makes no sense"}


def _parent(settings: Settings) -> socket.socket:
    """A connection to the parent, which is started when there is none. Raises Unavailable."""
    path = socket_paths.gateways(settings.runtime_root)
    deadline = monotonic() + START_SECONDS
    started = False
    while monotonic() < deadline:
        found = _connected(path)
        if found is not None:
            return found
        if not started:
            _start(settings)
            started = True
        time.sleep(_PAUSE)
    raise Unavailable(f"the gateways' parent does not answer at {path}")


def _connected(path: Path) -> socket.socket | None:
    if is_anothers(path):
        raise Unavailable(f"the folder of {path} belongs to another user; have it removed")
    found = socket.socket(socket.AF_UNIX)
    found.settimeout(START_SECONDS)
    with suppress(OSError):
        found.connect(str(path))
        return found
    found.close()
    return None


def _start(settings: Settings) -> None:
    """Start a parent; of several that are started at once, one stays."""
    logs = settings.runtime_root / "gateways"
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (logs / "parent.log").open("ab") as log:
        # It goes into the background by itself, once it listens.
        subprocess.run(
            [*PYTHON, MODULE],
            cwd="/",
            # Each thread's own heap would cost every gateway more than its data does.
            env={**environment(), **settings.as_environ(), "MALLOC_ARENA_MAX": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            check=False,
        )
