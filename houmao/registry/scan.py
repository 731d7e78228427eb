"""Which published agents are live, and why the others are not.

Pure: it is given what the registry's folders hold, what runs in tmux and the time. One unusable
record never hides another agent.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from houmao.registry.files import RegistryEntry
from houmao.registry.record import AgentRecord


class SessionPlace(NamedTuple):
    """A session, and the socket of the tmux server that it is on."""

    socket: str
    session_name: str


@dataclass(frozen=True, slots=True)
class LivePlaces:
    """Where agents may live: the sessions that run, and the panes that bear an agent's mark."""

    sessions: Collection[SessionPlace]
    #: Agent id to the sessions in which the pane with its mark is.
    agents: Mapping[str, tuple[SessionPlace, ...]] = field(default_factory=dict)
    #: Socket of the watched server, where a record is meant that names no other one.
    watched: str = ""
    #: Sockets of servers that do not answer: what runs there lives on.
    silent: Collection[str] = ()
    #: Ids of agents whose tool is seen to run, whatever became of their leases.
    running: Collection[str] = ()

    def place_of(self, record: AgentRecord) -> SessionPlace | None:
        """Where the agent is now, None when it is nowhere.

        Its own pane is where the agent is, wherever that was moved; without one its session is.
        """
        marked = self.agents.get(record.agent_id, ())
        if marked:
            return next((it for it in marked if it[1] == record.session_name), marked[0])
        place = self.published_place(record)
        lives = record.pane is None and place in self.sessions
        return place if lives or place.socket in self.silent else None

    def published_place(self, record: AgentRecord) -> SessionPlace:
        """Where the record says that the agent is."""
        noted = record.pane.socket if record.pane else ""
        return SessionPlace(noted or self.watched, record.session_name)


@dataclass(frozen=True, slots=True)
class Skipped:
    """One folder of the registry and what a person should know about it."""

    agent_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ScanResult:
    """All live agents by name, then id; the skipped folders; and the live but doubtful ones.

    `superseded` names live records whose tmux session a newer record of the same tool claims.
    They stay live, since a record with a fresh lease and a running session is a live agent;
    but both can only mean one pane, so a prompt belongs to the newer one.
    """

    live: tuple[AgentRecord, ...]
    skipped: tuple[Skipped, ...]
    superseded: tuple[Skipped, ...] = ()


def scan(entries: Iterable[RegistryEntry], places: LivePlaces, now: float) -> ScanResult:
    """Judge every entry; session names are compared in full, never by prefix."""
    live, skipped = [], []
    for entry in entries:
        reason = why_not_live(entry, places, now)
        if entry.record is None or reason:
            skipped.append(Skipped(entry.agent_id, reason))
        else:
            live.append(entry.record)
    live.sort(key=lambda record: (record.agent_name, record.agent_id))
    return ScanResult(tuple(live), tuple(skipped), tuple(_superseded(live, places)))


def why_not_live(entry: RegistryEntry, places: LivePlaces, now: float) -> str:
    """The first reason against this entry, empty when its agent is live."""
    record = entry.record
    if record is None:
        return entry.reason
    runs = record.agent_id in places.running and not record.ended
    return ("" if runs else lease_reason(record, now)) or place_reason(record, places)


def lease_reason(record: AgentRecord, now: float) -> str:
    """Why the record's owner no longer answers for it, empty while it does."""
    if record.ended:
        return f"the agent is {record.state}"
    if record.is_fresh(now):
        return ""
    return f"its lease expired {_duration(now - record.lease_expires_at)} ago"


def place_reason(record: AgentRecord, places: LivePlaces) -> str:
    """What is wrong with the record's place in tmux, empty when the agent is there."""
    if places.place_of(record) is not None:
        return ""
    if record.pane is not None and places.published_place(record) in places.sessions:
        return f"its pane {record.pane.pane_id} is gone"
    return f"its tmux session {record.session_name!r} is not running"


def _superseded(live: Iterable[AgentRecord], places: LivePlaces) -> Iterable[Skipped]:
    # Agents with panes of their own are apart. One session may as well hold a claude and a codex
    # side by side. Two records of one tool without a pane, though, would mean the same one.
    def place(record: AgentRecord) -> tuple[SessionPlace, str]:
        return places.published_place(record), record.tool

    unmarked = (record for record in live if record.agent_id not in places.agents)
    for ((_, session), _), group in groupby(sorted(unmarked, key=place), key=place):
        *older, newest = sorted(group, key=lambda record: (record.published_at, record.agent_id))
        for record in older:
            yield Skipped(
                record.agent_id,
                f"its tmux session {session!r} was published again as "
                f"{newest.agent_name!r} ({newest.agent_id}); remove the one that is wrong",
            )


def _duration(seconds: float) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
