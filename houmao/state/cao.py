"""CAO's terminals and inboxes in Redis. Raises redis.RedisError.

What became of a message is never written here: it is what became of the request that types it.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import cast

from redis import Redis
from redis.client import Pipeline

from houmao.state import keys
from houmao.state.codec import pairs
from houmao.terminals.cao import CaoTerminal, InboxMessage

#: Seconds for which a message can be read.
KEEP_SECONDS = 7 * 86_400


class CaoStore:
    """Reads and writes both."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def put(self, terminal: CaoTerminal) -> None:
        """Know this terminal from now on."""
        with self._redis.pipeline(transaction=True) as pipe:
            _put(pipe, terminal)
            pipe.execute()

    def claim(self, terminal: CaoTerminal) -> bool:
        """Know this terminal; False, with nothing changed, where one of its id is known."""
        name = keys.cao_terminal(terminal.terminal_id)

        def step(pipe: Pipeline) -> None:
            is_known = pipe.exists(name)
            pipe.multi()
            if not is_known:
                _put(pipe, terminal)

        return bool(self._redis.transaction(step, name))

    def drop(self, terminal_id: str) -> None:
        """Know it no longer; its inbox can still be read for a while."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(keys.cao_terminal(terminal_id))
            pipe.zrem(keys.CAO_TERMINALS, terminal_id)
            pipe.execute()

    def get(self, terminal_id: str) -> CaoTerminal | None:
        """The terminal of that id."""
        found = cast(Mapping[str, str], self._redis.hgetall(keys.cao_terminal(terminal_id)))
        if not found:
            return None
        return CaoTerminal(**{**found, "created_at": float(found["created_at"])})  # type: ignore[arg-type]

    def all(self) -> list[CaoTerminal]:
        """Every terminal, oldest first."""
        ids = map(str, self._redis.zrange(keys.CAO_TERMINALS, 0, -1))
        return [found for found in map(self.get, ids) if found]

    def next_message_id(self) -> int:
        """A number that no other message has."""
        return int(self._redis.incr(keys.CAO_MESSAGE_COUNT))

    def add(self, message: InboxMessage) -> None:
        """Keep a message for readers."""
        name, listing = keys.cao_message(message.message_id), keys.cao_inbox(message.receiver_id)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(name, items=list(pairs(_fields(asdict(message)))))
            pipe.expire(name, KEEP_SECONDS)
            pipe.zadd(listing, {str(message.message_id): message.created_at})
            pipe.zremrangebyscore(listing, "-inf", message.created_at - KEEP_SECONDS)
            pipe.expire(listing, KEEP_SECONDS)
            pipe.execute()

    def take_out(self, message: InboxMessage) -> None:
        """Know a message no longer that nobody ever got."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(keys.cao_message(message.message_id))
            pipe.zrem(keys.cao_inbox(message.receiver_id), str(message.message_id))
            pipe.execute()

    def inbox(self, receiver_id: str) -> list[InboxMessage]:
        """The terminal's messages, newest first."""
        ids = [int(str(i)) for i in self._redis.zrevrange(keys.cao_inbox(receiver_id), 0, -1)]
        with self._redis.pipeline(transaction=False) as pipe:
            for message_id in ids:
                pipe.hgetall(keys.cao_message(message_id))
            return [_message(found) for found in pipe.execute() if found]


def _put(pipe: Pipeline, terminal: CaoTerminal) -> None:
    name = keys.cao_terminal(terminal.terminal_id)
    pipe.hset(name, items=list(pairs(_fields(asdict(terminal)))))
    pipe.zadd(keys.CAO_TERMINALS, {terminal.terminal_id: terminal.created_at})


def _fields(found: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in found.items()}


def _message(found: Mapping[str, str]) -> InboxMessage:
    return InboxMessage(
        message_id=int(found["message_id"]),
        sender_id=found["sender_id"],
        receiver_id=found["receiver_id"],
        message=found["message"],
        created_at=float(found["created_at"]),
        request_id=found["request_id"],
    )
