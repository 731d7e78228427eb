"""What the watch loop has to tell, kept in order until it is told. Nothing here waits for Redis.

The loop puts changes in; `workers/watch/publishing.py` takes them out on a thread of its own, and
says who owns the host. While Redis is away the latest changes are kept; when there were too many,
readers are told of the gap. While another process owns the host, it is the one that tells.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from houmao.ids import AgentKey
from houmao.requests.request import Request
from houmao.state.requests import RequestStore, request_writes
from houmao.state.terminals import terminals_writes
from houmao.state.values import AgentIdentity, HostStatus
from houmao.state.write import (
    AgentUpdate,
    Command,
    WriteSet,
    agent_writes,
    frame_added,
    frames_dropped,
    frames_kept,
    gap_writes,
    heartbeat_writes,
    index_writes,
)
from houmao.terminals.registration import Terminal
from workers.loop import Clocks
from workers.watch.backlog import Backlog, Numbered
from workers.watch.local_present import LocalPresent

#: Seconds without a word from Redis after which our lease counts as lost; it lives for ten.
CONFIRMED_SECONDS = 8.0

#: What the loop does once it has its answer.
Then = Callable[[], None]
#: Asks Redis something, on the publishing thread; what it returns is for the loop to call.
Question = Callable[[RequestStore], Then]
#: Gives the commands that count what was counted on a host.
Counts = Callable[[str], Iterable[Command]]


def _nothing(host: str) -> Iterable[Command]:
    return ()


@dataclass(frozen=True, slots=True)
class ToldBefore:
    """What Redis has of a host that has just become ours; agents by id."""

    names: Mapping[str, str] = field(default_factory=dict)
    generations: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    terminals: frozenset[str] = frozenset()


class Outbox:
    """Both threads may call it. `online` is False until the host is ours and Redis answers."""

    def __init__(
        self,
        host_id: str,
        store: RequestStore,
        clocks: Clocks,
        holds_machine: Callable[[], bool] = lambda: True,
    ) -> None:
        #: For threads that may wait: the loop must not.
        self.store = store
        self._host = host_id
        self._clocks = clocks
        #: Whether no other process of this machine watches for this host.
        self._holds_machine = holds_machine
        self._changed = threading.Condition()
        # Above every number that an earlier outbox of this process may have given.
        self._backlog = Backlog(int(clocks.monotonic() * 1e6))
        self._local = LocalPresent(host_id)
        self._told_at = clocks.wall()
        #: The states that were put in and may not have arrived, by agent.
        self._fresh: dict[str, Mapping[str, str]] = {}
        self._told = ToldBefore()
        self._told_anew: Mapping[str, Mapping[str, str]] = {}
        self._identities: dict[str, AgentIdentity] = {}
        self._questions: deque[Question] = deque()
        self._answers: deque[Then] = deque()
        self._confirmed_at = float("-inf")
        self._owned = self._begins = self._ending = False
        self._bell_read, self._bell_write = os.pipe()
        os.set_blocking(self._bell_read, False)
        os.set_blocking(self._bell_write, False)
        self.online = False
        #: Fencing number of the present ownership.
        self.epoch = 0

    def await_told(self, seconds: float) -> None:
        """Wait until readers find what was put in so far, so long at most. Not for the loop."""
        with self._changed:
            wanted = self._backlog.put_in
            self._changed.wait_for(lambda: self._backlog.settled >= wanted, seconds)

    # --- for the loop ----------------------------------------------------------------------

    def fileno(self) -> int:
        """Readable once there is an ownership to begin or an answer to be heard."""
        return self._bell_read

    def hear(self) -> None:
        """Take the answers to what was asked."""
        with suppress(BlockingIOError):
            os.read(self._bell_read, 4096)
        while self._answers:
            self._answers.popleft()()

    def come_online(self) -> bool:
        """True once after the host became ours: the whole present must be told.

        What is put in before that is not told: it may be older than what readers know.
        """
        with self._changed:
            begins, self._begins = self._begins, False
            if begins:
                self._owned = True
                self._told_anew = dict(self._fresh)
            return begins

    def publish(self, changes: Sequence[AgentUpdate]) -> None:
        """Tell agents' changes."""
        self._local.publish(changes)
        for change in changes:
            if self._owned:
                self._fresh[change.agent_id] = change.state
            self._put(agent_writes(self._host, change), change.agent_id)

    def index(
        self,
        agents: Iterable[AgentIdentity],
        skipped: Mapping[str, str],
        terminals: Iterable[Terminal],
    ) -> None:
        """Replace the host's part of the index, and its terminals."""
        agents, terminals = list(agents), list(terminals)
        self._identities = {agent.agent_id: agent for agent in agents}
        self._local.index(agents, skipped)
        if not self._owned:
            return
        now, told = self._clocks.wall(), self._told
        index = index_writes(self._host, told.names, agents, skipped, now)
        self._put(index, is_index=True)
        self._put(terminals_writes(self._host, told.terminals, terminals))
        self._told = replace(
            told,
            names={agent.agent_id: agent.agent_name for agent in agents},
            # One that comes again is another one, of whom nothing was told.
            states={it: told.states[it] for it in self._identities if it in told.states},
            terminals=frozenset(it.registration.terminal_id for it in terminals),
        )

    def told(self, identity: AgentIdentity) -> Mapping[str, str]:
        """The state fields that readers know of this very agent as the host becomes ours."""
        fresh = self._told_anew.get(identity.agent_id)
        known = self._told.generations.get(identity.agent_id) == identity.generation_id
        return fresh or (self._told.states.get(identity.agent_id, {}) if known else {})

    def frame_sink(self, agent_id: str) -> Callable[[Mapping[str, str]], None]:
        """Empty the agent's stream of frames; the result adds an entry to it."""
        agent = AgentKey(self._host, agent_id)
        self._put_if_online(frames_dropped(agent))
        return lambda entry: self._put_if_online(frame_added(agent, entry))

    def keep_frames(self, agent_id: str) -> None:
        """Keep the agent's stream of frames although nothing is added: somebody reads it."""
        self._put_if_online(frames_kept(AgentKey(self._host, agent_id)))

    def owns_panes(self) -> bool:
        """Whether this process may type: nobody else can have become the owner meanwhile."""
        fresh = self._clocks.monotonic() - self._confirmed_at < CONFIRMED_SECONDS
        return self._owned and (fresh or (not self.online and self._holds_machine()))

    def request(self, request: Request, news: bool = True) -> None:
        """Tell of a request that is on disk already; as `news` in the event stream too."""
        # A request that lies on disk since before agents had a host is this host's.
        request = replace(request, host=self._host)
        identity = self._identities.get(request.agent_id)
        name = identity.agent_name if identity else ""
        self._put(request_writes(request, name, news))

    def heartbeat(
        self, status: HostStatus, at: float, agents: int, counts: Counts = _nothing
    ) -> None:
        """Tell readers that all agents were looked at by `at`, after all that was told before.

        What was counted meanwhile is only asked for when it can be told.
        """
        present = replace(status, epoch=self.epoch, heartbeat_at=at, agents=agents)
        self._local.beat(present)
        self._put(heartbeat_writes(present, counts(self._host) if self.online else ()))

    def answer(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """What another process of this host asks, which Redis does not answer; any thread may."""
        return {"time": self._clocks.wall()} | self._local.answer(question)

    def ask(self, question: Question) -> None:
        """Ask Redis something when it answers; the loop hears of it in `hear`."""
        with self._changed:
            self._questions.append(question)
            self._changed.notify_all()

    def close(self) -> None:
        """Let the publishing thread tell what it can, and end."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()

    def _put_if_online(self, write_set: WriteSet) -> None:
        if self.online:
            self._put(write_set)

    def _put(self, write_set: WriteSet, agent_id: str = "", is_index: bool = False) -> None:
        with self._changed:
            if self._owned:
                self._backlog.put(write_set, agent_id, is_index)
                self._changed.notify_all()

    # --- for the publishing thread ---------------------------------------------------------

    def begin(self, epoch: int, told: ToldBefore) -> bool:
        """The host has become ours, and this is what readers know; the loop tells the present.

        False when what waits changes what they know: it is to be told first.
        """
        with self._changed:
            if self._backlog.changes_index:
                return False
            self._told, self.epoch = told, epoch
            self._begins = self.online = True
            self._ring()
            return True

    def confirm(self, since: float) -> None:
        """Redis has said that the host is ours, to a question of that moment."""
        with self._changed:
            self._confirmed_at, self.online = since, True
            if self._backlog.overflowed:
                # More went on than could be kept: readers need the whole present.
                self._backlog.overflowed, self._begins = False, True
                self._ring()

    def lose_touch(self) -> None:
        """Redis does not answer; what is told from now on waits."""
        self.online = False

    def stand_by(self) -> None:
        """Another process owns the host: it tells, and what waits here is not to be told."""
        with self._changed:
            self._owned = self._begins = self.online = False
            self._backlog.clear()
            self._changed.notify_all()
            self._fresh.clear()

    def await_news(self, seconds: float) -> None:
        """Wait for something to tell or to ask, so long at most."""
        with self._changed:
            if not (self._backlog.waits or self._questions or self._ending):
                self._changed.wait(seconds)

    @property
    def ending(self) -> bool:
        """True once the loop has closed it."""
        return self._ending

    @property
    def empty(self) -> bool:
        """True while everything was told."""
        return self._backlog.empty

    def batch(self) -> list[Numbered]:
        """What is to be told next, the same until it `arrived`."""
        with self._changed:
            return self._backlog.batch(self._gap)

    def arrived(self) -> None:
        """The batch was carried out."""
        with self._changed:
            self._told_at = self._clocks.wall()
            self._backlog.arrived()
            self._changed.notify_all()
            if self._backlog.empty and not self._begins:
                self._fresh.clear()

    def questions(self) -> list[Question]:
        """What is to be asked next; it stays so until it was `answered`."""
        return list(self._questions)

    def answered(self, answer: Then) -> None:
        """The first question has its answer."""
        self._questions.popleft()
        self._answers.append(answer)
        self._ring()

    def _gap(self, agent_id: str, lost: int) -> WriteSet | None:
        identity = self._identities.get(agent_id)
        now = self._clocks.wall()
        return gap_writes(identity, lost, self._told_at, now) if identity else None

    def _ring(self) -> None:
        with suppress(BlockingIOError):
            os.write(self._bell_write, b"!")
