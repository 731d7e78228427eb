"""The web process alone, as the server starts it: on a socket that was opened for it."""

import http.client
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from houmao.config import Settings
from houmao.serve.instance import open_listener, prepare_runtime_root
from houmao.serve.programs import program
from tests.services import wait_until


@dataclass(frozen=True, slots=True)
class Web:
    """A running web process and how to talk to it."""

    settings: Settings
    process: subprocess.Popen[bytes]

    def connect(self, timeout: float = 10.0) -> http.client.HTTPConnection:
        """A new connection; the caller closes it."""
        return http.client.HTTPConnection("127.0.0.1", self.settings.port, timeout=timeout)

    def ask(self, path: str, method: str = "GET") -> tuple[int, dict[str, str], Any]:
        """Status, headers and JSON of one request on a connection of its own."""
        with closing(self.connect()) as connection:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), json.loads(answer.read())

    def status(self, path: str) -> int:
        return self.ask(path)[0]


@contextmanager
def web_process(settings: Settings) -> Iterator[Web]:
    """gunicorn with these settings, from its first answer to its end."""
    prepare_runtime_root(settings)
    with open_listener(settings, time.monotonic) as listener:
        plan = program("web", settings, listener.fileno())
        assert plan.argv is not None
        process = subprocess.Popen(
            plan.argv, env={**os.environ, **plan.environ}, pass_fds=plan.pass_fds
        )
    found = Web(settings, process)
    try:
        wait_until(lambda: found.status("/health") == 200, "the web process answers")
        yield found
    finally:
        process.terminate()
        process.wait(10)
