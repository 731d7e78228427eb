"""Notices in Redis: what was told of each agent, and what still has to go out. Raises RedisError.

How far the fleet's events were read, what they brought and what is to go out are written at once.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from redis import Redis
from redis.exceptions import WatchError

from houmao.notices.attention import Attention, NoticeCause
from houmao.notices.notice import Notice, NoticeKind, notice_from
from houmao.notices.rules import Channel
from houmao.state import keys


@dataclass(frozen=True, slots=True)
class NoticeDelivery:
    """A notice on its way by one channel of one rule; `tries` have failed so far."""

    notice: Notice
    rule: str
    channel: Channel
    tries: int = 0

    @property
    def delivery_id(self) -> str:
        """The same for the same notice, rule and channel."""
        return f"{self.notice.notice_id} {self.rule} {self.channel.value}"


class NoticeStore:
    """One host's notices."""

    def __init__(self, redis: Redis, host: str) -> None:
        self._redis = redis
        self._position = keys.notices_position(host)
        self._attention = keys.notices_attention(host)
        self._deliveries = keys.notices_deliveries(host)
        self._due = keys.notices_due(host)

    def position(self) -> str | None:
        """Id of the last event that was read, None before the first."""
        found = self._redis.get(self._position)
        return None if found is None else str(found)

    def forget(self) -> None:
        """Begin anew with the next that is read; what has to go out stays."""
        self._redis.delete(self._position, self._attention)

    def attention(self) -> dict[str, Attention]:
        """What was told of each agent, by id."""
        found = self._redis.hgetall(self._attention)
        return {str(it): _attention(json.loads(text)) for it, text in found.items()}

    def advance(
        self,
        before: str | None,
        after: str,
        attention: Mapping[str, Attention],
        deliveries: Sequence[NoticeDelivery],
        at: float,
    ) -> bool:
        """Note that events were read up to `after`, with all that they brought.

        False when somebody else has read on from `before`; nothing is written then.
        """
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.watch(self._position)  # type: ignore[no-untyped-call]  # redis-py's own
            # A Redis that was emptied is no other reader.
            if pipe.get(self._position) not in (before, None):
                return False
            pipe.multi()
            pipe.set(self._position, after)
            for agent_id, found in attention.items():
                pipe.hset(self._attention, agent_id, _attention_text(found))
            for each in deliveries:
                self._put(pipe, each, at)
            try:
                pipe.execute()
            except WatchError:
                return False
        return True

    def due(self, now: float) -> list[NoticeDelivery]:
        """What is to go out by now."""
        found = self._redis.zrangebyscore(self._due, "-inf", now, start=0, num=100)
        texts = self._redis.hmget(self._deliveries, list(map(str, found))) if found else []
        return [_delivery(json.loads(text)) for text in texts if text]

    def take(self, delivery: NoticeDelivery) -> bool:
        """Take it off for good; True for the one who did."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.zrem(self._due, delivery.delivery_id)
            pipe.hdel(self._deliveries, delivery.delivery_id)
            return bool(pipe.execute()[0])

    def is_due(self, delivery: NoticeDelivery, now: float) -> bool:
        """Whether it still has to go out now; it may have gone out meanwhile."""
        due = self._redis.zscore(self._due, delivery.delivery_id)
        return due is not None and float(due) <= now

    def postpone(self, delivery: NoticeDelivery, until: float) -> None:
        """One try has failed; the next is due then."""
        with self._redis.pipeline(transaction=True) as pipe:
            self._put(pipe, replace(delivery, tries=delivery.tries + 1), until)
            pipe.execute()

    def _put(self, pipe: Any, delivery: NoticeDelivery, due: float) -> None:
        pipe.zadd(self._due, {delivery.delivery_id: due})
        pipe.hset(self._deliveries, delivery.delivery_id, _delivery_text(delivery))


def _attention_text(found: Attention) -> str:
    told = sorted([cause.kind.value, cause.reason] for cause in found.told)
    return json.dumps({"told": told, "idle_since": found.idle_since})


def _attention(found: Mapping[str, Any]) -> Attention:
    told = frozenset(NoticeCause(NoticeKind(kind), reason) for kind, reason in found["told"])
    return Attention(told, found["idle_since"])


def _delivery_text(found: NoticeDelivery) -> str:
    more = {"rule": found.rule, "channel": found.channel.value, "tries": found.tries}
    return json.dumps({"notice": found.notice.fields, **more})


def _delivery(found: Mapping[str, Any]) -> NoticeDelivery:
    notice = notice_from(found["notice"])
    return NoticeDelivery(notice, found["rule"], Channel(found["channel"]), found["tries"])
