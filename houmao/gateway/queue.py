"""The durable queue of one agent's gateway: what was accepted stays until it has its end.

A row is on disk before its caller hears of it. What was running when the process ended is failed,
never run again. It carries nothing out.
"""

import json
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from houmao.clock import iso
from houmao.errors import QueueFull, UsageError
from houmao.gateway_files.status import QueueLoad

PROMPT, INTERRUPT, NOTICE = "submit_prompt", "interrupt", "mail_notifier_prompt"
ACCEPTED, RUNNING, COMPLETED, FAILED = "accepted", "running", "completed", "failed"

#: Requests that may wait for one agent; beyond them an interrupt is still taken.
MOST_WAITING: Final = 1000

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS gateway_requests (
    request_id TEXT PRIMARY KEY, request_kind TEXT NOT NULL, payload_json TEXT NOT NULL,
    state TEXT NOT NULL, accepted_at_utc TEXT NOT NULL, started_at_utc TEXT, finished_at_utc TEXT,
    managed_agent_instance_epoch INTEGER NOT NULL, error_detail TEXT, result_json TEXT,
    idempotency_key TEXT UNIQUE
);
CREATE INDEX IF NOT EXISTS gateway_requests_by_state ON gateway_requests (state);
"""
_COLUMNS: Final = (
    "request_id, request_kind, payload_json, state, accepted_at_utc, managed_agent_instance_epoch"
)


@dataclass(frozen=True, slots=True)
class GatewayRequest:
    """One row; `payload` holds the prompt, if it is one."""

    request_id: str
    kind: str
    payload: Mapping[str, Any]
    state: str
    accepted_at: str
    epoch: int


class GatewayQueue:
    """The rows of one gateway. Raises sqlite3.Error when the disk refuses."""

    def __init__(self, path: Path, most_waiting: int = MOST_WAITING) -> None:
        self._lock = threading.Lock()
        self._most_waiting = most_waiting
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript(_TABLE)

    def accept(self, request: GatewayRequest, key: str | None = None) -> GatewayRequest:
        """The request once it is on disk, or the one that its idempotency key made before.

        Raises UsageError for a key that means another request, and QueueFull.
        """
        row = (
            *(request.request_id, request.kind, json.dumps(request.payload), ACCEPTED),
            *(request.accepted_at, request.epoch, key),
        )
        with self._lock:
            found = self._first("idempotency_key = ?", key)
            if found is None:
                self._check_room(request)
                self._db.execute(
                    f"INSERT INTO gateway_requests ({_COLUMNS}, idempotency_key) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    row,
                )
                found = self._first("request_id = ?", request.request_id)
        if found is None or (found.kind, found.payload) != (request.kind, request.payload):
            raise UsageError(
                "this Idempotency-Key was used for another request before; use a new one"
            )
        return found

    def take(self, *kinds: str, now: float) -> GatewayRequest | None:
        """The oldest accepted request of these kinds, running from now on."""
        marks = ", ".join("?" * len(kinds))
        with self._lock:
            found = self._first(f"state = ? AND request_kind IN ({marks})", ACCEPTED, *kinds)
            if found is not None:
                self._db.execute(
                    "UPDATE gateway_requests SET state = ?, started_at_utc = ? "
                    "WHERE request_id = ?",
                    (RUNNING, iso(now), found.request_id),
                )
        return found

    def waits(self, *kinds: str) -> bool:
        """Whether a request of these kinds is accepted and not taken."""
        marks = ", ".join("?" * len(kinds))
        with self._lock:
            found = self._first(f"state = ? AND request_kind IN ({marks})", ACCEPTED, *kinds)
        return found is not None

    def finish(
        self, request_id: str, error: str | None, result: Mapping[str, object], now: float
    ) -> None:
        """A request's end; `error` says why it failed."""
        state = COMPLETED if error is None else FAILED
        with self._lock:
            self._db.execute(
                "UPDATE gateway_requests SET state = ?, finished_at_utc = ?, error_detail = ?, "
                "result_json = ? WHERE request_id = ? AND state = ?",
                (state, iso(now), error, json.dumps(result), request_id, RUNNING),
            )

    def fail_running(self, error: str, now: float) -> list[str]:
        """Fail what another process was carrying out when it ended; their ids."""
        with self._lock:
            rows = self._db.execute(
                "UPDATE gateway_requests SET state = ?, finished_at_utc = ?, error_detail = ? "
                "WHERE state = ? RETURNING request_id",
                (FAILED, iso(now), error, RUNNING),
            )
            return [str(row[0]) for row in rows.fetchall()]

    def load(self) -> QueueLoad:
        """How much there is to do."""
        with self._lock:
            row = self._db.execute(
                "SELECT COUNT(*), COALESCE(SUM(state = ?), 0) FROM gateway_requests "
                "WHERE state IN (?, ?)",
                (RUNNING, ACCEPTED, RUNNING),
            ).fetchone()
        return QueueLoad(int(row[0]), bool(row[1]))

    def _check_room(self, request: GatewayRequest) -> None:
        if request.kind == INTERRUPT:
            return
        (waiting,) = self._db.execute(
            "SELECT COUNT(*) FROM gateway_requests WHERE state = ? AND request_kind != ?",
            (ACCEPTED, INTERRUPT),
        ).fetchone()
        if waiting >= self._most_waiting:
            raise QueueFull(f"{waiting} requests wait for this agent already; ask again later")

    def _first(self, condition: str, *values: object) -> GatewayRequest | None:
        row = self._db.execute(
            f"SELECT {_COLUMNS} FROM gateway_requests WHERE {condition} ORDER BY rowid LIMIT 1",
            values,
        ).fetchone()
        if row is None:
            return None
        request_id, kind, payload, state, accepted_at, epoch = row
        return GatewayRequest(request_id, kind, json.loads(payload), state, accepted_at, epoch)
