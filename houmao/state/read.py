"""What the API reads. It writes nothing and never touches tmux.

While Redis is away, the present of the own host is read from its watch process instead, where
there is one to ask; of other hosts nothing is told then.
Raises redis.RedisError when Redis is away and nothing can be told.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import NoScriptError, RedisError

from houmao import clock
from houmao.ids import AgentKey
from houmao.state import keys
from houmao.state.codec import event_from, whole_from
from houmao.state.connect import NO_ANSWER, ask
from houmao.state.faults import AWAY, is_misfit, problem, standing_problem
from houmao.state.host_memory import RememberedHosts
from houmao.state.local import LocalSource
from houmao.state.present import Entry, Found, PresentReader
from houmao.state.scripts import script
from houmao.state.totals import Total, totals_from
from houmao.state.values import FleetEvent

#: The place in the event stream before its first event.
BEFORE_ALL = "0-0"

P = ParamSpec("P")
T = TypeVar("T")

#: Takes Redis's time, and between which moments of the own clock it was told.
NoteTime = Callable[[float, float, float], None]


def _forget(sent: float, received: float, told: float) -> None:
    """Note nothing."""


class RedisSource:
    """Hashes and streams as they are in Redis."""

    partial = ""

    def __init__(self, redis: Redis, note: NoteTime = _forget) -> None:
        """`note` is told Redis's time whenever that of a heartbeat is read."""
        self._redis = redis
        self._note = note
        self._around = redis.register_script(script("around"))

    def newest(self, stream: str, count: int) -> list[Entry]:
        """A stream's latest entries, newest first."""
        return cast(list[Entry], self._redis.xrevrange(stream, count=count) or [])

    def hashes(self, names: list[str]) -> list[Found]:
        """These hashes, empty ones for what is not there, in one round trip."""
        with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hgetall(name)
            if keys.HOSTS in names:
                pipe.time()
            sent = clock.monotonic()
            found = pipe.execute(raise_on_error=False)
        if keys.HOSTS in names:
            self._note(sent, clock.monotonic(), _seconds(_raised(found.pop())))
        return list(map(_hash, found))

    def around(self, text: str, names: list[str]) -> list[Found]:
        """Of the index those whom `text` may mean, the heartbeats, and these hashes."""
        sent = clock.monotonic()
        wanted = [keys.AGENTS, keys.HOSTS, *names]
        time, *found = self._told_around(wanted, text)
        self._note(sent, clock.monotonic(), _seconds(time))
        return [_found(_hash(each)) for each in found]

    def _told_around(self, wanted: list[str], text: str) -> list[Any]:
        try:
            told = ask(self._redis, "EVALSHA", self._around.sha, str(len(wanted)), *wanted, text)
        except NoScriptError:
            told = self._around(wanted, [text])
        return cast(list[Any], told)


class EitherSource:
    """Redis, or, while that is away, what this host's watch process tells of the host."""

    def __init__(self, shared: RedisSource, own: LocalSource) -> None:
        self._shared = shared
        self._own = own
        self._away = ""

    @property
    def partial(self) -> str:
        return self._away

    def hashes(self, names: list[str]) -> list[Found]:
        return self._either(RedisSource.hashes, LocalSource.hashes, names)

    def around(self, text: str, names: list[str]) -> list[Found]:
        return self._either(RedisSource.around, LocalSource.around, text, names)

    def newest(self, stream: str, count: int) -> list[Entry]:
        return self._either(RedisSource.newest, LocalSource.newest, stream, count)

    def _either(
        self,
        shared: Callable[Concatenate[RedisSource, P], T],
        own: Callable[Concatenate[LocalSource, P], T | None],
        *args: P.args,
        **options: P.kwargs,
    ) -> T:
        try:
            answer = shared(self._shared, *args, **options)
        except NO_ANSWER as error:
            found = own(self._own, *args, **options)
            if found is None:
                self._away = ""
                raise
            self._away = problem(error) or AWAY
            return found
        self._away = ""
        return answer


def _hash(found: Any) -> Any:
    """A hash. One bad key hides nothing else; its host makes it anew (`houmao.state.repair`)."""
    return {} if is_misfit(found) else _raised(found)


def _found(told: str | Sequence[str]) -> Found:
    """A hash as `around` tells it: as one text, or its fields and values in turn."""
    if isinstance(told, str):
        return whole_from(told)
    return dict(zip(told[::2], told[1::2], strict=True)) if told else {}


def _seconds(told: Sequence[str | int]) -> float:
    """Seconds since the epoch of an answer to TIME."""
    return int(told[0]) + int(told[1]) / 1e6


def _raised(found: Any) -> Any:
    """An answer. Raises what Redis said instead."""
    if isinstance(found, Exception):
        raise found
    return found


def _entries(answer: Any) -> dict[str, list[Entry]]:
    """Entries by stream of an answer to XREAD."""
    return dict(cast(list[tuple[str, list[Entry]]], answer or []))


def _followed(
    pipe: Pipeline, places: Mapping[str, str], block_ms: int, count: int
) -> tuple[dict[str, list[Entry]], set[str]]:
    """What `follow` gives, in one round trip.

    Whether a place is still held is asked after its stream was read: what is trimmed goes from
    the oldest on, so that nothing after a place that is held was missed.
    """
    streams: Any = dict(places)
    pipe.xread(streams, count=count, block=block_ms or None)
    for stream, place in places.items():
        if place == BEFORE_ALL:
            pipe.xlen(stream)
        else:
            pipe.xrange(stream, place, place, count=1)
    answer, *held = pipe.execute()
    found = _entries(answer)
    return found, {
        stream
        for (stream, place), told in zip(places.items(), held, strict=True)
        if stream in found and not _is_held(place, told)
    }


def _is_held(place: str, told: Any) -> bool:
    """Whether a stream has everything after a place, by its length or the entry there."""
    # A stream that is not full has lost nothing.
    return told < keys.EVENTS_LENGTH if place == BEFORE_ALL else bool(told)


class StateReader(PresentReader):
    """Read access to everything published, for any number of hosts."""

    def __init__(
        self,
        redis: Redis,
        now: Callable[[], float] = clock.now,
        note: NoteTime = _forget,
        own: LocalSource | None = None,
        memory: Callable[[], RememberedHosts] = RememberedHosts,
    ) -> None:
        """`now` is in seconds since the epoch. `own` tells of this host while Redis is away,
        `memory` of others after it has lost its data.
        """
        shared = RedisSource(redis, note)
        super().__init__(shared if own is None else EitherSource(shared, own), now, memory)
        self._redis = redis
        self._waits_as: int | None = None

    @property
    def partial(self) -> str:
        """Why what is told is of the own host alone for now; empty while Redis answers."""
        return self._source.partial

    def check_heard(self, host: str, process: str) -> None:
        """Raise Unavailable for a host that is cut off; a launch is waited for all the same.

        Headless turns go on while the watch process is away, as long as their own is heard of.
        """
        is_turn = process == "turn"
        if process == "watch" or (is_turn and not self._redis.exists(keys.turn_host(host))):
            self.check_watched(host)

    def events(self, after_id: str, block_ms: int, count: int) -> list[FleetEvent]:
        """Fleet events after an id (`$` means from now on), waiting up to `block_ms` for one."""
        answer = self._redis.xread({keys.EVENTS: after_id}, count=count, block=block_ms)
        return [event_from(i, f) for i, f in _entries(answer).get(keys.EVENTS, [])]

    def follow(
        self, places: Mapping[str, str], block_ms: int, count: int
    ) -> tuple[dict[str, list[Entry]], set[str]]:
        """Entries of streams after an id each, waiting up to `block_ms` for any; 0 waits not.

        With them the streams that do not hold their places any more: entries after those may be
        missing, because they were too many, or Redis has lost its data.
        """
        with self._redis.pipeline(transaction=False) as pipe:
            try:
                if block_ms:
                    # By the connection's id another thread cuts the wait short.
                    alone: Any = pipe
                    self._waits_as = alone.immediate_execute_command("CLIENT ID")
                return _followed(pipe, places, block_ms, count)
            finally:
                self._waits_as = None

    def look_again(self) -> None:
        """Have a `follow` of another thread return at once, if it waits."""
        if self._waits_as is not None:
            with suppress(RedisError):
                self._redis.client_unblock(self._waits_as)

    def latest_frame(self, agent: AgentKey) -> Entry | None:
        """The screen that an agent's recording has last, None while it has none."""
        newest = self._source.newest(keys.frames(agent), 50)
        return next((it for it in newest if it[1].get("kind") == "frame"), None)

    def last_event_id(self) -> str:
        """Id of the newest fleet event, `0-0` when there is none."""
        newest = self._source.newest(keys.EVENTS, 1)
        return newest[0][0] if newest else BEFORE_ALL

    def keeps_all_after(self, stream: str, place: str) -> bool:
        """True when every entry after that one is still there; `0-0` is before the first."""
        if place == BEFORE_ALL:
            return _is_held(place, self._redis.xlen(stream))
        return _is_held(place, self._redis.xrange(stream, place, place, count=1))

    def totals(self) -> list[Total]:
        """What was counted of all hosts."""
        return totals_from(self._source.hashes([keys.TOTALS])[0])

    def problem(self) -> str | None:
        """What keeps Redis from taking writes, None for nothing."""
        return standing_problem(self._redis)
