"""How many states the API serves per second: raw keep-alive clients, each its own process.

`python -m benchmarks.reads PORT PATH SECONDS` is one client; it prints its latencies as JSON.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.stats import Spread, spread
from houmao.clock import monotonic

CLIENTS = 4


@dataclass(frozen=True, slots=True)
class Reads:
    """All clients together; `latency` in seconds."""

    per_second: float
    latency: Spread | None
    failures: int


def measure(port: int, paths: Sequence[str], seconds: float, clients: int = CLIENTS) -> Reads:
    """Let the clients read for some seconds, the paths shared out among them."""
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "benchmarks.reads",
                str(port),
                paths[at % len(paths)],
                str(seconds),
            ],
            stdout=subprocess.PIPE,
        )
        for at in range(clients)
    ]
    outputs = [process.communicate(timeout=seconds + 30)[0] for process in processes]
    answers = [json.loads(output) for output in outputs]
    latencies = [value for answer in answers for value in answer["latencies"]]
    rate = sum(len(answer["latencies"]) / answer["seconds"] for answer in answers)
    return Reads(rate, spread(latencies), sum(answer["failures"] for answer in answers))


def read_for(port: int, path: str, seconds: float) -> dict[str, object]:
    """One client: ask again and again on one connection; a reopened one counts as a failure."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    latencies: list[float] = []
    failures, began = 0, monotonic()
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    while monotonic() - began < seconds:
        asked = monotonic()
        connection.sendall(request)
        if _take_answer(connection):
            latencies.append(monotonic() - asked)
        else:
            failures += 1
            connection.close()
            connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.close()
    return {"latencies": latencies, "failures": failures, "seconds": monotonic() - began}


def _take_answer(connection: socket.socket) -> bool:
    data = b""
    while b"\r\n\r\n" not in data:
        data += (more := connection.recv(65536))
        if not more:
            return False
    head, _, body = data.partition(b"\r\n\r\n")
    length = content_length(head)
    while len(body) < length:
        body += (more := connection.recv(65536))
        if not more:
            return False
    return head.startswith(b"HTTP/1.1 200 ") and b"connection: close" not in head.lower()


def content_length(head: bytes) -> int:
    """Length of the body that the head of an answer announces, 0 when it does not."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


if __name__ == "__main__":
    print(json.dumps(read_for(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))))
