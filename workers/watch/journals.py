"""The journals of the host's agents: whose is where, and what each has told so far.

Proof is the tools' business, reading that of `journal_tail`; here agents come and go, the kernel
tells which files changed, and everything is read when it did. Nothing is ever polled.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from inotify_simple import flags

from houmao.tools.catalog import tool_named
from houmao.tools.parts.journal import (
    JournalEvent,
    JournalEventKind,
    JournalFormat,
    JournalPlace,
    JournalView,
)
from houmao.track.moment import Moment
from houmao.track.two_witnesses import JournalReport
from workers.file_events import FileEvents
from workers.watch.journal_files import HostJournalFiles, RefusedFile, owners, read_part
from workers.watch.journal_tail import JournalTail

A = TypeVar("A")

#: Appends, and everything after which another file may be there under the name.
_CHANGED = (
    flags.MODIFY | flags.CLOSE_WRITE | flags.ATTRIB | flags.MOVE_SELF | flags.DELETE_SELF
) | flags.DONT_FOLLOW
_APPEARED = flags.CREATE | flags.MOVED_TO | flags.ONLYDIR
#: Seconds between two looks for where an agent's journal is.
LOOK_GAP = 0.5
#: Folders above a journal that may not be there before its first line.
ABOVE = 3

CONVERSATION = JournalEventKind.CONVERSATION
_NO_JOURNAL = "no journal of this tool is known"
_IGNORED = "journals are not read here (HOUMAO_IGNORE_JOURNALS)"
_SHARED = "another agent's process claims the same journal"


@dataclass(slots=True)
class FollowedJournal:
    """One agent's journal under way."""

    pid: int
    format: JournalFormat
    view: JournalView
    place: JournalPlace = field(default_factory=JournalPlace)
    tail: JournalTail | None = None
    problem: str = ""
    #: What the status file told last, and the paths that changes are told of.
    present: tuple[JournalEvent, ...] = ()
    watched: frozenset[str] = frozenset()
    #: When somebody may look for its place again.
    look_at: float = 0.0

    def status_in(self, changed: set[str | None]) -> bool:
        """Whether the status file is among these paths, or a folder that it is in."""
        status = self.place.status
        return any(path and (status == path or status.startswith(f"{path}/")) for path in changed)

    @property
    def report(self) -> JournalReport:
        """What it says, or why it says nothing."""
        heard = self.place.proven and not self.problem
        return JournalReport(self.view if heard else None, self.problem or self.place.problem)


class Journals(Generic[A]):
    """An `A` is what the caller takes for an agent; equal ones are one agent.

    Where they are `ignored`, nobody has one.
    """

    def __init__(self, ignored: bool = False, events: FileEvents | None = None) -> None:
        self._ignored = ignored
        self._events = events or FileEvents()
        self._files = HostJournalFiles()
        self._followed: dict[A, FollowedJournal] = {}
        #: Who is told of a path: many agents may wait for one folder.
        self._watchers: dict[str, set[A]] = {}
        #: Whose lines were not all read yet, and whose place may have changed.
        self._behind: set[A] = set()
        self._doubted: set[A] = set()

    def fileno(self) -> int:
        """Readable when a journal changed; -1 where the system cannot tell."""
        return self._events.fileno()

    def next_due(self) -> float | None:
        """At once while there is more to be read than one look may take, else None."""
        return 0.0 if self._behind else None

    @property
    def unsettled(self) -> bool:
        """True while there is more to be read or looked for."""
        return bool(self._behind or self._doubted)

    def look(self, agent: A, tool: str, pid: int, moment: Moment) -> JournalReport:
        """What is told of the agent's process; looks for the journal of one that is new here."""
        followed = self._followed.get(agent)
        if followed is None or followed.pid != pid:
            kept = tool_named(tool).journal
            if self._ignored or kept is None or not self._events.works:
                return JournalReport(None, _IGNORED if self._ignored else _NO_JOURNAL)
            self.leave(agent)
            followed = FollowedJournal(pid, kept, JournalView(since=moment.wall))
            self._followed[agent] = followed
            self._look(agent, followed, moment.at)
        return followed.report

    def news(self, now: float) -> Iterator[tuple[A, JournalReport]]:
        """What changed since the last call, and what is found where a place was in doubt.

        Those who wait for a screen need not wait for that: nearly all are where they were.
        """
        yield from self.read()
        yield from self.look_again(now)

    def look_again(self, now: float) -> Iterator[tuple[A, JournalReport]]:
        """Look for the journals whose place is in doubt, for each twice a second at most."""
        for agent in [it for it in self._doubted if now >= self._followed[it].look_at]:
            followed = self._followed[agent]
            self._look(agent, followed, now)
            yield agent, followed.report

    def doubt(self, agent: A) -> None:
        """Something happened there: the journal may be elsewhere now."""
        if agent in self._followed:
            self._doubted.add(agent)

    def view(self, agent: A) -> JournalView | None:
        """What the agent's journal has told; None where there is none."""
        followed = self._followed.get(agent)
        return followed.report.view if followed is not None else None

    def leave(self, agent: A) -> None:
        """Follow this agent no more."""
        if (followed := self._followed.pop(agent, None)) is not None:
            self._watch(agent, followed, ())
        self._behind.discard(agent)
        self._doubted.discard(agent)

    def keep(self, agents: set[A]) -> None:
        """Leave all who are not among these."""
        for agent in self._followed.keys() - agents:
            self.leave(agent)

    def read(self) -> Iterator[tuple[A, JournalReport]]:
        """What changed since the last call, agent by agent."""
        changed = self._events.read()
        lost = None in changed
        agents = set(self._followed) if lost else self._behind.copy()
        for path in changed:
            agents |= self._watchers.get(path or "", set())
        for agent in agents & self._followed.keys():
            followed = self._followed[agent]
            # A file may have been replaced: the watch was on the one before.
            self._watch(agent, followed, self._paths(followed))
            self._take_in(agent, followed, lost or followed.status_in(changed))
            yield agent, followed.report

    def close(self) -> None:
        """Give the kernel's watches back."""
        self._events.close()

    def _look(self, agent: A, followed: FollowedJournal, now: float) -> None:
        followed.look_at = now + LOOK_GAP
        self._doubted.discard(agent)
        self._find(agent, followed)

    def _find(self, agent: A, followed: FollowedJournal) -> None:
        place = JournalPlace(problem="the process cannot be looked at")
        for owner in owners(followed.pid):
            found = followed.format.find(owner, self._files)
            place = place if place.ambiguous and not found.proven else found
            if found.proven:
                followed.view = replace(followed.view, process_began=owner.began)
                break
        if followed.place.lines and not (place.proven or place.ambiguous):
            # Its proof may just be written anew, and the process is the same.
            return
        if self._claimed(agent, place):
            place = JournalPlace(problem=_SHARED)
        if place != followed.place:
            self._move(agent, followed, place)

    def _claimed(self, agent: A, place: JournalPlace) -> bool:
        """Two processes with one journal have none: nobody can say who writes which line."""
        rivals = [
            (other, it)
            for other, it in self._followed.items()
            if other != agent and place.lines and it.place.lines == place.lines
        ]
        rivals = [(other, it) for other, it in rivals if it.pid != self._followed[agent].pid]
        for other, rival in rivals:
            self._move(other, rival, JournalPlace(problem=_SHARED))
        return bool(rivals)

    def _move(self, agent: A, followed: FollowedJournal, place: JournalPlace) -> None:
        if place.lines != followed.place.lines:
            followed.tail = JournalTail(place.lines) if place.lines else None
        followed.place, followed.problem = place, ""
        self._watch(agent, followed, self._paths(followed))
        self._take_in(agent, followed)

    def _paths(self, followed: FollowedJournal) -> tuple[str, ...]:
        return tuple(filter(None, (followed.place.lines, followed.place.status)))

    def _watch(self, agent: A, followed: FollowedJournal, paths: tuple[str, ...]) -> None:
        """Be told of these paths, or of their folders while they are not there."""
        for path in followed.watched.difference(paths):
            self._watchers[path].discard(agent)
            if not self._watchers[path]:
                del self._watchers[path]
                self._events.unwatch(path)
        watched = set[str]()
        for path in map(self._watch_nearest, paths):
            self._watchers.setdefault(path, set()).add(agent)
            watched.add(path)
        followed.watched = frozenset(watched)

    def _watch_nearest(self, path: str, mask: int = _CHANGED, above: int = ABOVE) -> str:
        """The path that is watched: this one, or the nearest folder above it that is there."""
        if self._events.watch(path, mask) or not above:
            return path
        folder = path.rpartition("/")[0]
        found = self._watch_nearest(folder, _APPEARED, above - 1)
        # What came just before its folder was watched is told by nobody.
        if found != folder or not self._events.watch(path, mask):
            return found
        if folder not in self._watchers:
            self._events.unwatch(folder)
        return path

    def _take_in(self, agent: A, followed: FollowedJournal, status_changed: bool = True) -> None:
        self._behind.discard(agent)
        if followed.tail is not None:
            self._take_lines(agent, followed, followed.tail)
        if followed.place.status and status_changed:
            self._take_status(agent, followed)
        elif followed.place.status:
            # What the lines told may be older.
            followed.view = followed.view.after(followed.present)

    def _take_lines(self, agent: A, followed: FollowedJournal, tail: JournalTail) -> None:
        found, read = tail.read(), followed.format.read
        view = followed.view
        if found.afresh:
            head = read(self._files.first_line(tail.path) or "")
            view = view.afresh().after(it for it in head if it.kind is CONVERSATION)
        for line in found.lines:
            view = view.after(read(line))
        followed.view = view if view.live else replace(view, live=True)
        if found.more:
            self._behind.add(agent)
        missing = found.problem and not followed.place.status
        followed.problem = f"the journal {found.problem}" if missing else ""

    def _take_status(self, agent: A, followed: FollowedJournal) -> None:
        try:
            part = read_part(followed.place.status, 0, 64 * 1024)
        except RefusedFile:
            self._doubted.add(agent)
            followed.view = replace(followed.view, present=None, waits_for="")
            followed.present = ()
            return
        followed.present = events = followed.format.read_status(
            part.content.decode("utf-8", "replace")
        )
        before = followed.view.conversation
        followed.view = followed.view.after(events)
        if before not in ("", followed.view.conversation):
            # Another conversation has a file of its own.
            self._doubted.add(agent)
