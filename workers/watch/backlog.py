"""What is still to be told, in order and within bounds. It knows no Redis and no thread.

Of the present of a key only the latest is kept, of history every step. When there is more than
may be kept, the oldest goes, and is counted.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from houmao.state.write import Command, WriteSet

#: Write sets that are kept while they cannot be told.
KEPT = 5_000
#: Write sets that are told in one round trip.
BATCH = 500

#: A write set with its number; numbers rise by one.
Numbered = tuple[int, WriteSet]


@dataclass(slots=True)
class Untold:
    """A write set that was not told yet, and whose history it is part of, if it is."""

    present: dict[str, tuple[Command, ...]]
    steps: tuple[Command, ...]
    agent_id: str = ""
    is_index: bool = False


class Backlog:
    """Write sets go in one by one and come out in batches."""

    def __init__(self, number: int) -> None:
        """`number` is below all that are given here."""
        self._number = number
        self._waiting: deque[Untold] = deque()
        self._latest: dict[str, Untold] = {}
        self._sending: list[Numbered] = []
        #: Write sets that were ever put in, and of those the ones that need no telling any more.
        self.put_in = self.settled = 0
        #: Steps that were given up, by agent, since they were last told of.
        self.lost: Counter[str] = Counter()
        #: True once anything was given up, until somebody has seen to it.
        self.overflowed = False

    def put(self, write_set: WriteSet, agent_id: str = "", is_index: bool = False) -> None:
        """Add what is to be told after everything else."""
        waiting = Untold(dict(write_set.present), write_set.steps, agent_id, is_index)
        for name in write_set.present:
            former = self._latest.get(name)
            if former is not None:
                del former.present[name]
            self._latest[name] = waiting
        self._waiting.append(waiting)
        self.put_in += 1
        if len(self._waiting) > KEPT:
            self._make_room()

    def batch(self, gap: Callable[[str, int], WriteSet | None]) -> list[Numbered]:
        """What is to be told next, the same until it `arrived`.

        `gap` says how many steps of an agent were lost; it comes before what is left of them.
        """
        if not self._sending:
            gaps = [gap(agent_id, lost) for agent_id, lost in self.lost.items()]
            self.lost.clear()
            self._sending = [self._numbered(it) for it in gaps if it is not None]
            while self._waiting and len(self._sending) < BATCH:
                self._send(self._waiting.popleft())
        return list(self._sending)

    def arrived(self) -> None:
        """The batch was told."""
        self._sending.clear()
        self.settled = self.put_in - len(self._waiting)

    def clear(self) -> None:
        """Nothing of it is to be told any more."""
        self._waiting.clear()
        self._latest.clear()
        self._sending.clear()
        self.settled = self.put_in
        self.lost.clear()
        self.overflowed = False

    @property
    def waits(self) -> bool:
        """True while something is to be told that is in no batch yet."""
        return bool(self._waiting)

    @property
    def empty(self) -> bool:
        """True while everything was told."""
        return not (self._waiting or self._sending)

    @property
    def changes_index(self) -> bool:
        """True while who is listed differs from what was told."""
        return bool(self._sending) or any(it.is_index for it in self._waiting)

    def _send(self, waiting: Untold) -> None:
        self._drop_present(waiting)
        if waiting.present or waiting.steps:
            self._sending.append(self._numbered(WriteSet(waiting.present, waiting.steps)))

    def _make_room(self) -> None:
        """Give the oldest up; what is needless by now costs nobody anything."""
        kept = deque(it for it in self._waiting if it.present or it.steps)
        while len(kept) > KEPT - BATCH:
            oldest = kept.popleft()
            self._drop_present(oldest)
            self.overflowed = True
            if oldest.agent_id and oldest.steps:
                self.lost[oldest.agent_id] += 1
        self._waiting = kept

    def _drop_present(self, waiting: Untold) -> None:
        for name in waiting.present:
            del self._latest[name]

    def _numbered(self, write_set: WriteSet) -> Numbered:
        self._number += 1
        return self._number, write_set
