"""Log lines of the web processes: one JSON object a line, for people with `jq` and for machines.

A successful read is not logged: clients poll, and the line would cost as much as the answer.
Queries, headers and bodies are never logged, and of an exception only its type and its place,
for its text may quote a prompt or a screen.
"""

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gunicorn.glogging import Logger

from houmao.clock import iso_ms

#: A read slower than this is worth a line even when it succeeded, unless it is a stream.
SLOW_MS = 500.0

_STREAMS = ("/houmao/events",)


class JsonLine(logging.Formatter):
    """A record as one JSON object; `extra={"fields": {...}}` adds to it."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the record holds."""
        line: dict[str, object] = {
            "at": iso_ms(record.created),
            "level": record.levelname.lower(),
            "pid": record.process,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["where"] = where(traceback.extract_tb(record.exc_info[2]))
        return json.dumps(line, ensure_ascii=False, default=str)


def where(frames: traceback.StackSummary) -> list[str]:
    """The innermost places of a traceback, innermost first."""
    return [f"{f.filename}:{f.lineno} {f.name}" for f in reversed(frames[-6:])]


class WebLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's logger with our lines; our own records join it."""

    def setup(self, cfg: Any) -> None:
        """Give gunicorn's two loggers and ours the same form."""
        super().setup(cfg)
        ours = logging.getLogger("houmao")
        ours.handlers = list(self.error_log.handlers)
        ours.setLevel(self.loglevel)
        ours.propagate = False
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(JsonLine())

    def access(
        self, resp: Any, req: Any, environ: Mapping[str, Any], request_time: timedelta
    ) -> None:
        """One line for a request that somebody may ask about later."""
        fields = request_fields(environ, resp.status_code, request_time.total_seconds() * 1000)
        if is_notable(fields):
            self.access_log.info("request", extra={"fields": fields})


def request_fields(environ: Mapping[str, Any], status: int, ms: float) -> dict[str, Any]:
    """What may be told about a request."""
    return {
        "method": environ.get("REQUEST_METHOD", "-"),
        "path": environ.get("PATH_INFO", "-"),
        "status": status,
        "ms": round(ms, 1),
    }


def is_notable(fields: Mapping[str, Any]) -> bool:
    """True for writes, failures and slow reads."""
    slow = fields["ms"] >= SLOW_MS and fields["path"] not in _STREAMS
    return fields["method"] != "GET" or fields["status"] >= 400 or slow
