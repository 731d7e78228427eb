"""Who ends when the server is told to stop: the process its marker file names, if it is ours.

The marker is a file that a crash leaves behind, so its process id may long belong to somebody
else. Only this process or one of its ancestors is ever signalled.
"""

import json
import os
import signal
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from houmao.errors import Unavailable

#: Seconds between the answer and the signal.
DELAY_SECONDS = 0.1


def read_marker(path: Path) -> Mapping[str, object]:
    """The marker's object. Raises Unavailable when it is absent or no JSON object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise Unavailable(f"the server's marker {path} is missing or unreadable")
    return found


def marked_process(path: Path) -> int:
    """Id of the process to end. Raises Unavailable when the marker names none of ours."""
    pid = read_marker(path).get("pid")
    if type(pid) is not int or not _is_ours(pid):
        raise Unavailable(
            f"the server's marker {path} does not name the process that owns this server; "
            "stop it by hand"
        )
    return pid


def terminate_soon(pid: int) -> None:
    """Send SIGTERM after a moment, for the answer to get out first."""
    timer = threading.Timer(DELAY_SECONDS, _terminate, [pid])
    timer.daemon = True
    timer.start()


def _terminate(pid: int) -> None:
    if _is_ours(pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def _is_ours(pid: int) -> bool:
    return pid == os.getpid() or pid in {parent.pid for parent in psutil.Process().parents()}
