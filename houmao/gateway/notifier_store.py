"""What a gateway's notifier must still know after a restart: its settings, its past, its audit."""

import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from houmao.clock import iso, parse_iso
from houmao.gateway.notice import NoticeDecision, NoticeHistory, NoticeOutcome, digest_of
from houmao.gateway_files.status import QueueLoad

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS gateway_mail_notifier (
    singleton INTEGER PRIMARY KEY CHECK (singleton = 1), enabled INTEGER NOT NULL,
    interval_seconds INTEGER, last_poll_at_utc TEXT, last_notification_at_utc TEXT,
    last_notified_digest TEXT, last_error TEXT, updated_at_utc TEXT
);
INSERT OR IGNORE INTO gateway_mail_notifier (singleton, enabled) VALUES (1, 0);
CREATE TABLE IF NOT EXISTS gateway_notifier_audit (
    audit_id INTEGER PRIMARY KEY, poll_time_utc TEXT NOT NULL, unread_count INTEGER,
    unread_digest TEXT, unread_summary_json TEXT, request_admission TEXT, active_execution TEXT,
    queue_depth INTEGER, outcome TEXT NOT NULL, enqueued_request_id TEXT, detail TEXT
);
"""
#: How many notices are looked back at.
_LATELY = 20


@dataclass(frozen=True, slots=True)
class NotifierSettings:
    """Whether and how often mail is looked for, and how that went last."""

    enabled: bool
    interval_seconds: int | None
    last_poll_at_utc: str | None
    last_notification_at_utc: str | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class MailLook:
    """One look at the mail, as it is written down."""

    references: Sequence[str]
    decision: NoticeDecision
    admission: str
    load: QueueLoad
    request_id: str | None = None


class NotifierStore:
    """The notifier's rows in a gateway's queue file."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript(_TABLES)

    def settings(self) -> NotifierSettings:
        """What is asked for and how it goes."""
        with self._lock:
            row = self._db.execute(
                "SELECT enabled, interval_seconds, last_poll_at_utc, last_notification_at_utc, "
                "last_error FROM gateway_mail_notifier"
            ).fetchone()
        return NotifierSettings(bool(row[0]), *row[1:])

    def switch(self, interval_seconds: int | None, now: float) -> None:
        """Look that often from now on, or not at all (None)."""
        with self._lock:
            self._db.execute(
                "UPDATE gateway_mail_notifier SET enabled = ?, interval_seconds = ?, "
                "last_error = NULL, updated_at_utc = ?",
                (interval_seconds is not None, interval_seconds, iso(now)),
            )

    def history(self) -> NoticeHistory:
        """What was told, and when."""
        with self._lock:
            (digest,) = self._db.execute(
                "SELECT last_notified_digest FROM gateway_mail_notifier"
            ).fetchone()
            rows = self._db.execute(
                "SELECT poll_time_utc FROM gateway_notifier_audit WHERE outcome = ? "
                "ORDER BY audit_id DESC LIMIT ?",
                (NoticeOutcome.ENQUEUED, _LATELY),
            ).fetchall()
        return NoticeHistory(digest, tuple(parse_iso(at) for (at,) in reversed(rows)))

    def note(self, look: MailLook, now: float) -> None:
        """Write a look down; the set that was told is not told again."""
        digest = digest_of(look.references) if look.references else None
        outcome = look.decision.outcome
        running = "running" if look.load.running else "idle"
        row = (
            *(iso(now), len(look.references), digest, json.dumps(list(look.references))),
            *(look.admission, running, look.load.depth),
            *(outcome, look.request_id, look.decision.detail or None),
        )
        with self._lock:
            self._db.execute(
                "INSERT INTO gateway_notifier_audit (poll_time_utc, unread_count, unread_digest, "
                "unread_summary_json, request_admission, active_execution, queue_depth, outcome, "
                "enqueued_request_id, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            told = outcome is NoticeOutcome.ENQUEUED
            storm = look.decision.detail if "storm" in look.decision.detail else None
            failed = look.decision.detail if outcome is NoticeOutcome.POLL_ERROR else storm
            self._db.execute(
                "UPDATE gateway_mail_notifier SET last_poll_at_utc = ?, last_error = ?, "
                "last_notification_at_utc = CASE WHEN ? THEN ? ELSE last_notification_at_utc END, "
                "last_notified_digest = CASE WHEN ? THEN ? WHEN ? THEN NULL "
                "ELSE last_notified_digest END",
                (
                    *(iso(now), failed, told, iso(now), told, digest),
                    outcome is NoticeOutcome.EMPTY,
                ),
            )
