"""Follows the fleet's events and turns them into what has to go out, each once.

Where it was is written together with what came of it, so that a process that is killed and
started again misses nothing and tells nothing twice. It sends nothing itself.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from houmao import logs
from houmao.clock import parse_iso
from houmao.ids import AgentKey
from houmao.notices.attention import Attention, NoticeCause
from houmao.notices.notice import Notice
from houmao.notices.rules import NotifySettings
from houmao.state.keys import EVENTS
from houmao.state.notices import NoticeDelivery, NoticeStore
from houmao.state.read import StateReader
from houmao.state.values import FleetEvent
from workers.notify.subjects import GONE, Subjects

#: Milliseconds that events are waited for, and how many are taken at once.
BLOCK_MS, BATCH = 500, 500
#: What the watch process calls a state that readers are told anew.
REPUBLISHED = "republished"


@dataclass(slots=True)
class Follower:
    """Of one host's agents; `minute_of_day` is that of this machine's clock for a time."""

    store: NoticeStore
    reader: StateReader
    subjects: Subjects
    now: Callable[[], float]
    minute_of_day: Callable[[float], int]
    #: None until it has found out where it was.
    _position: str | None = None
    _written: str | None = None
    _paused: bool = False
    _attention: dict[str, Attention] = field(default_factory=dict)

    def pause(self) -> None:
        """Read on later from where the events are then: nobody wants to be told of these."""
        if not self._paused:
            self.store.forget()
            self._position, self._paused = None, True

    def step(self, settings: NotifySettings) -> None:
        """Wait a moment for events, and put what they bring to what is to go out."""
        before = self._position or self._begin()
        if before is None:
            return
        events = self.reader.events(before, BLOCK_MS, BATCH)
        attention: dict[str, Attention] = {}
        notices = [*self._news(events, attention), *self._idle(settings, attention)]
        now = self.now()
        after = events[-1].event_id if events else before
        news = {it: found for it, found in attention.items() if found != self._attention.get(it)}
        if not news and not notices:
            # Whoever reads these events again finds nothing in them either.
            self._position = after
            return
        deliveries = list(_deliveries(settings, notices, self.minute_of_day(now)))
        if self.store.advance(self._written, after, news, deliveries, now):
            self._position = self._written = after
            self._attention |= news
        else:
            self._position = None

    def _begin(self) -> str | None:
        """Where events were read up to; from now on where nobody has read any."""
        self._paused = False
        self._position = self._written = self.store.position()
        self._attention = self.store.attention()
        if self._position is None:
            here, now = self.reader.last_event_id(), self.now()
            # What is so already is known to whoever has just asked to be told.
            known = {
                it: Attention().hear(state, now)[0] for it, state in self.subjects.states().items()
            }
            self.store.advance(None, here, known, (), now)
        elif not self.reader.keeps_all_after(EVENTS, self._position):
            logs.get("notices").warning("events_lost", after=self._position)
        return self._position

    def _news(
        self, events: Sequence[FleetEvent], attention: dict[str, Attention]
    ) -> Iterator[Notice]:
        for event in events:
            key = self.subjects.of(event)
            if key is None:
                continue
            known = attention.get(key.agent_id, self._attention.get(key.agent_id))
            attention[key.agent_id], causes = _heard(known, event)
            for number, cause in enumerate(causes):
                yield self._notice(f"{event.event_id}-{number}", key, cause, _time(event))

    def _idle(self, settings: NotifySettings, attention: dict[str, Attention]) -> Iterator[Notice]:
        now = self.now()
        for agent_id, found in (self._attention | attention).items():
            after, causes = found.idle_long(now, settings.idle_minutes * 60.0)
            for cause in causes:
                attention[agent_id] = after
                notice_id = f"{after.idle_since:.3f}-{agent_id}"
                key = AgentKey(self.subjects.host, agent_id)
                yield self._notice(notice_id, key, cause, now)

    def _notice(self, notice_id: str, key: AgentKey, cause: NoticeCause, at: float) -> Notice:
        about = self.subjects.about(key)
        return Notice(
            notice_id=notice_id,
            kind=cause.kind,
            agent_id=key.agent_id,
            agent_name=about.get("agent_name", key.agent_id),
            host=key.host,
            at=at,
            tool=about.get("tool", ""),
            folder=about.get("folder", ""),
            reason=cause.reason,
        )


def _heard(known: Attention | None, event: FleetEvent) -> tuple[Attention, tuple[NoticeCause, ...]]:
    before = known or Attention()
    if "turn_id" in event.fields:
        return before.hear_turn(event.fields)
    if event.fields["summary"] == GONE:
        return Attention(), ()
    after, causes = before.hear(event.fields, _time(event))
    # Of an agent that is only told anew, and of whom we know nothing, nothing is news.
    again = known is None and event.fields.get("summary") == REPUBLISHED
    return after, () if again else causes


def _deliveries(
    settings: NotifySettings, notices: Sequence[Notice], minute: int
) -> Iterator[NoticeDelivery]:
    if settings.is_quiet(minute):
        return
    for notice in notices:
        for rule in settings.rules:
            if rule.fits(notice):
                yield from (NoticeDelivery(notice, rule.name, channel) for channel in rule.channels)


def _time(event: FleetEvent) -> float:
    return parse_iso(event.fields["recorded_at"])
