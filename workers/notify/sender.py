"""Sends what has to go out, several at a time, so that a dead receiver holds nobody up.

A webhook that fails is tried again, ever later, for a day; whoever gets one twice knows by its id.
Everything else is tried once: what half ran must not run again.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from houmao import logs
from houmao.notices.notice import Notice
from houmao.notices.rules import Channel, NotifyRule, NotifySettings
from houmao.state.connect import RedisAway
from houmao.state.notices import NoticeDelivery, NoticeStore
from workers.notify.channels import NotSent

#: Seconds before the second try, the longest between two, and those after which it is given up.
FIRST_PAUSE, LONGEST_PAUSE, GIVE_UP_AFTER = 1.0, 300.0, 86_400.0
AT_ONCE = 8

Send = Callable[[Channel, Notice, NotifyRule], None]


@dataclass(slots=True)
class Sender:
    """`send` raises NotSent."""

    store: NoticeStore
    send: Send
    now: Callable[[], float]
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE))
    _going: set[str] = field(default_factory=set)

    def step(self, settings: NotifySettings) -> None:
        """Begin to send whatever is due."""
        for delivery in self.store.due(self.now()):
            if delivery.delivery_id not in self._going:
                self._going.add(delivery.delivery_id)
                self._pool.submit(self._see_through, delivery, settings.rule(delivery.rule))

    def close(self) -> None:
        """Wait for what is being sent, and begin nothing more."""
        self._pool.shutdown(cancel_futures=True)

    def _see_through(self, delivery: NoticeDelivery, rule: NotifyRule | None) -> None:
        try:
            # A delivery that is not taken off is due again: Redis was away.
            with suppress(RedisAway):
                self._deliver(delivery, rule)
        finally:
            self._going.discard(delivery.delivery_id)

    def _deliver(self, delivery: NoticeDelivery, rule: NotifyRule | None) -> None:
        repeatable = delivery.channel is Channel.WEBHOOK
        if rule is None or delivery.channel not in rule.channels:
            # The person has changed their mind.
            self.store.take(delivery)
        elif repeatable:
            # It may have gone out between the look at what is due and now.
            if self.store.is_due(delivery, self.now()):
                self._try(delivery, rule, repeatable)
        elif self.store.take(delivery):
            self._try(delivery, rule, repeatable)

    def _try(self, delivery: NoticeDelivery, rule: NotifyRule, repeatable: bool) -> None:
        about = {"notice": delivery.notice.notice_id, "rule": rule.name, "by": delivery.channel}
        log = logs.get("notices")
        try:
            self.send(delivery.channel, delivery.notice, rule)
        except NotSent as error:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**delivery.tries)
            now = self.now()
            if repeatable and now - delivery.notice.at < GIVE_UP_AFTER:
                self.store.postpone(delivery, now + pause)
            else:
                self.store.take(delivery)
            log.warning("not_sent", **about, tries=delivery.tries + 1, reason=str(error))
        else:
            self.store.take(delivery)
            log.info("sent", **about)
