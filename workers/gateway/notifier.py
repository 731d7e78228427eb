"""Looks for an agent's unread mail now and then, and queues one prompt for each new set.

It decides by `houmao.gateway.notice`, writes every look down, and types nothing.
"""

import sqlite3
import sys
import threading
from collections.abc import Sequence

from houmao import clock
from houmao.errors import HoumaoError, UsageError
from houmao.gateway.notice import (
    NoticeDecision,
    NoticeOutcome,
    UnreadMessage,
    decide,
    notice_text,
)
from houmao.gateway.notifier_store import MailLook, NotifierStore
from houmao.gateway_files.status import QueueLoad, RequestAdmission, SurfaceEligibility, admission
from houmao.mailbox.fields import harmless, reference
from houmao.mailbox.reading import InboxFilter, MailEntry
from houmao.mailbox.skill import SKILL, own_command
from workers.gateway.dispatcher import RequestDispatcher
from workers.gateway.mail import GatewayMail


class MailNotifier:
    """The notifier of one gateway; off until somebody asks for it."""

    def __init__(
        self, store: NotifierStore, dispatcher: RequestDispatcher, mail: GatewayMail
    ) -> None:
        self._store, self._dispatcher, self._mail = store, dispatcher, mail
        self._changed = threading.Condition()

    def start(self) -> None:
        """Begin to look, if it was on when the gateway ended."""
        threading.Thread(target=self._run, daemon=True).start()

    def status(self) -> dict[str, object]:
        """Whether it is on, and how it goes."""
        settings, problem = self._store.settings(), self._mail.support_error()
        return {
            "schema_version": 1,
            "enabled": settings.enabled,
            "interval_seconds": settings.interval_seconds,
            "supported": problem is None,
            "support_error": problem,
            "last_poll_at_utc": settings.last_poll_at_utc,
            "last_notification_at_utc": settings.last_notification_at_utc,
            "last_error": settings.last_error,
        }

    def switch(self, interval_seconds: int | None) -> dict[str, object]:
        """Look that often from now on, or no more (None). Raises UsageError without a mailbox."""
        problem = self._mail.support_error()
        if interval_seconds is not None and problem is not None:
            raise UsageError(f"mail cannot be looked for: {problem}")
        self._store.switch(interval_seconds, clock.now())
        with self._changed:
            self._changed.notify_all()
        return self.status()

    def look(self) -> NoticeOutcome:
        """Look once, and have the agent told if it is time to."""
        load, admitted = QueueLoad(), RequestAdmission.BLOCKED_UNAVAILABLE
        found: Sequence[MailEntry] = ()
        request_id = None
        try:
            found = self._mail.box().check(InboxFilter(unread_only=True))
            presence, load = self._dispatcher.seen()
            admitted = admission(presence, self._dispatcher.instance.epoch)
            ready = presence.eligibility is SurfaceEligibility.READY
            free = admitted is RequestAdmission.OPEN and load.depth == 0 and ready
            references = [it.message_id for it in found]
            decision = decide(references, self._store.history(), clock.now(), free=free)
            if decision.outcome is NoticeOutcome.ENQUEUED:
                request_id = self._dispatcher.accept_notice(self._text(found))
        except HoumaoError as error:
            decision = NoticeDecision(NoticeOutcome.POLL_ERROR, error.message)
        names = [it.message_id for it in found]
        self._store.note(MailLook(names, decision, admitted, load, request_id), clock.now())
        return decision.outcome

    def _text(self, found: Sequence[MailEntry]) -> str:
        oldest = min(found, key=lambda it: (it.created_at_utc, it.message_id))
        told = UnreadMessage(
            reference=reference(oldest.message_id),
            thread=reference(oldest.thread_id),
            sender=oldest.sender.address,
            subject=harmless(oldest.subject),
            created_at_utc=oldest.created_at_utc,
        )
        instance = self._dispatcher.instance
        url = f"http://{instance.host}:{instance.port}"
        return notice_text(told, len(found) - 1, url, str(SKILL), own_command(sys.executable))

    def _run(self) -> None:
        while True:
            with self._changed:
                settings = self._store.settings()
                changed = self._changed.wait(settings.interval_seconds)
            # A new interval begins anew; a look right then would come at a moment nobody chose.
            if not changed and settings.enabled:
                try:
                    self.look()
                except sqlite3.Error:
                    continue
