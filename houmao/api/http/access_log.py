"""What the web processes log, in the form all processes share.

A successful read is not logged: clients poll, and the line would cost as much as the answer.
Queries, headers and bodies are never logged, and of an unplanned exception only its type and
its place, for its text may quote a prompt or a screen.
"""

import traceback
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from gunicorn.glogging import Logger

from houmao import logs

#: A read slower than this is worth a line even when it succeeded.
SLOW_MS = 500.0


class WebLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's logger in our form."""

    def setup(self, cfg: Any) -> None:
        """Hand gunicorn's own lines to the shared handler."""
        super().setup(cfg)
        logs.configure("web")
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def access(
        self, resp: Any, req: Any, environ: Mapping[str, Any], request_time: timedelta
    ) -> None:
        """One line for a request that somebody may ask about later."""
        fields = request_fields(environ, resp.status_code, request_time.total_seconds() * 1000)
        if is_notable(fields, waits=asked_to_wait(environ)):
            logs.get("api").info("request", **fields)


def request_fields(environ: Mapping[str, Any], status: int, ms: float) -> dict[str, Any]:
    """What may be told about a request."""
    return {
        "method": environ.get("REQUEST_METHOD", "-"),
        "path": environ.get("PATH_INFO", "-"),
        "status": status,
        "ms": round(ms, 1),
    }


def asked_to_wait(environ: Mapping[str, Any]) -> bool:
    """Whether the client itself wants no answer before something happens."""
    return any(name == "wait" and value for name, value in parse_qsl(environ.get("QUERY_STRING")))


def is_notable(fields: Mapping[str, Any], *, waits: bool = False) -> bool:
    """True for writes, failures and reads that are slow without having been asked to wait."""
    slow = fields["ms"] >= SLOW_MS and not waits
    return bool(fields["method"] != "GET" or fields["status"] >= 400 or slow)


def log_unplanned(error: Exception, method: str, path: str) -> None:
    """Say that `error` escaped from a request, and from where in the code."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{f.filename}:{f.lineno} {f.name}" for f in reversed(frames[-6:]))
    fields = {"error": type(error).__name__, "method": method, "path": path, "where": where}
    logs.get("api").error("unplanned_error", **fields)
