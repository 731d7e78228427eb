"""Writes down every act: who, which call, how it ended. No text that anybody sent."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from flask import Flask, Response, g, request

from houmao.clock import iso_ms

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
#: Bytes after which a file is put aside for the next one; one is kept besides.
LARGEST = 10 * 1024 * 1024


def install(app: Flask, path: Path, now: Callable[[], float]) -> None:
    """Append a line of JSON to the file for each write that `app` answers, refused ones too."""

    @app.after_request
    def write(answer: Response) -> Response:
        if request.method in WRITES:
            # Who cannot be written down is served all the same: a full disk stops nobody's work.
            with suppress(OSError):
                _append(path, _line(answer, now()))
        return answer


def _line(answer: Response, at: float) -> str:
    caller = getattr(g, "caller", None)
    rule = request.url_rule.rule if request.url_rule else None
    told = {
        "at": iso_ms(at),
        "who": caller.name if caller else None,
        "address": request.remote_addr,
        "act": f"{request.method} {rule}",
        "of": (request.view_args or {}).get("agent_ref"),
        "status": answer.status_code,
    }
    return json.dumps(told, ensure_ascii=True) + "\n"


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        if path.stat().st_size > LARGEST:
            os.replace(path, path.with_name(f"{path.name}.1"))
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        os.write(fd, line.encode())
    finally:
        os.close(fd)
