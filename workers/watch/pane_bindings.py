"""Which agent lives in which pane, and the subscriptions to news that go with it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from itertools import chain
from weakref import WeakKeyDictionary

from houmao.tmux.locate import find_pane
from houmao.tmux.panes import Pane, PaneKey
from houmao.tmux.process import ProcessTable
from houmao.tmux.version import observed_version
from workers.watch.change_notices import ChangeNotices
from workers.watch.process_exits import ProcessExits
from workers.watch.watched_agent import Surroundings, WatchedAgent


class PaneBindings:
    """A pane may hold several agents when records disagree; each is fed the same screen."""

    def __init__(self, change_notices: ChangeNotices, process_exits: ProcessExits) -> None:
        self._change_notices = change_notices
        self._process_exits = process_exits
        self._by_pane: dict[PaneKey, list[WatchedAgent]] = {}
        #: A pane that died keeps the name of its device, which may be another's by now.
        self._by_tty: defaultdict[str, set[PaneKey]] = defaultdict(set)
        #: By socket and name of the session.
        self._by_session: dict[tuple[str, str], list[Pane]] = {}
        self._by_mark: dict[str, list[Pane]] = {}
        self._by_key: dict[PaneKey, Pane] = {}
        #: By socket and id of the session.
        self._sessions: frozenset[tuple[str, str]] = frozenset()
        #: Pane and id of its session in which an agent's tool was last seen running.
        self._homes: WeakKeyDictionary[WatchedAgent, tuple[PaneKey, str]] = WeakKeyDictionary()

    def look(self, panes: Iterable[Pane]) -> None:
        """Take these panes as what there is."""
        self._by_session, self._by_mark = defaultdict(list), defaultdict(list)
        # A pane is listed once for each session that its window is linked into.
        listed = list(panes)
        for pane in listed:
            self._by_session[pane.socket, pane.session_name].append(pane)
            self._by_mark[pane.agent_id].append(pane)
        self._by_key = {pane.key: pane for pane in listed}
        self._sessions = frozenset((pane.socket, pane.session_id) for pane in listed)

    def settle(self, agents: Iterable[WatchedAgent]) -> None:
        """Find each agent's pane and process among what there is now, and bind it to them."""
        table = cache(ProcessTable.read)
        for agent in agents:
            tool, panes = agent.identity.tool, self._panes_of(agent)
            if agent.identity.headless:
                pane, process = min(panes, key=lambda it: it.order, default=None), None
            else:
                pane, process = find_pane(panes, tool, table, agent.identity.agent_id)
            self.leave(agent)
            agent.bind(pane, process, observed_version(tool, process) if process else None)
            agent.surroundings = surroundings(panes)
            self.enter(agent)

    def moved(self, agent: WatchedAgent) -> bool:
        """True when the agent must be looked for again."""
        unheard = agent.process is not None and not self._process_exits.watches(agent.process.pid)
        return unheard or surroundings(self._panes_of(agent)) != agent.surroundings

    def repainted(self, agent: WatchedAgent) -> bool:
        """True when its pane changed in a way that no program's writing announces."""
        before = agent.pane
        return before is not None and any(
            pane.key == before.key and looks_other(before, pane) for pane in self._panes_of(agent)
        )

    def _panes_of(self, agent: WatchedAgent) -> list[Pane]:
        """Where the agent may be: its marked pane, the pane it was seen in, else its session.

        A pane in which it was seen and that is gone is not replaced by another one of the same
        session: what runs there is somebody else.
        """
        identity = agent.identity
        session = self._by_session.get((identity.tmux_socket, identity.tmux_session_name), [])
        marked = self._by_mark.get(agent.identity.agent_id)
        home = self._homes.get(agent)
        if marked or home is None:
            return marked or session
        pane, session_id = home
        if pane in self._by_key:
            return [self._by_key[pane]]
        return [] if (pane.socket, session_id) in self._sessions else session

    def enter(self, agent: WatchedAgent) -> None:
        """Subscribe to the news of the pane and process the agent was bound to."""
        if agent.pane is not None:
            self._by_pane.setdefault(agent.pane.key, []).append(agent)
            self._by_tty[agent.pane.tty].add(agent.pane.key)
            self._change_notices.watch_tty(agent.pane.tty)
        if agent.process is not None:
            self._process_exits.watch(agent.process.pid)
        if agent.pane is not None and agent.process is not None:
            self._homes[agent] = (agent.pane.key, agent.pane.session_id)

    def leave(self, agent: WatchedAgent) -> None:
        """Undo `enter`; call it before the agent is bound elsewhere."""
        if agent.pane is None or agent not in self._by_pane.get(agent.pane.key, []):
            return
        others = self._by_pane[agent.pane.key]
        others.remove(agent)
        if agent.process is not None and agent.process not in [it.process for it in others]:
            self._process_exits.unwatch(agent.process.pid)
        if not others:
            del self._by_pane[agent.pane.key]
            self._leave_tty(agent.pane)

    def _leave_tty(self, pane: Pane) -> None:
        of_device = self._by_tty[pane.tty]
        of_device.discard(pane.key)
        if not of_device:
            del self._by_tty[pane.tty]
            self._change_notices.unwatch(pane.tty)

    def agents_in(self, key: PaneKey) -> tuple[WatchedAgent, ...]:
        """Who lives in that pane."""
        return tuple(self._by_pane.get(key, ()))

    def painted(
        self, ttys: Collection[str] | None
    ) -> Iterator[tuple[PaneKey, tuple[WatchedAgent, ...]]]:
        """Panes of those devices with their agents; of all devices when None."""
        of_ttys = (self._by_tty.get(it, ()) for it in ttys or ())
        painted = self._by_pane if ttys is None else chain.from_iterable(of_ttys)
        for key in painted:
            yield key, tuple(self._by_pane[key])

    def watched(self) -> list[PaneKey]:
        """Panes in which some agent's tool runs; only these are worth capturing."""
        return [
            key
            for key, agents in self._by_pane.items()
            if any(agent.process is not None for agent in agents)
        ]


def surroundings(panes: Iterable[Pane]) -> Surroundings:
    """What tells that another program may run in some pane of a session."""
    return frozenset((p.pane_id, p.pid, p.tty, p.dead, p.command) for p in panes)


def is_other(before: Pane, now: Pane) -> bool:
    """Another pane behind the same id, or one that died: who lives there must be found anew."""
    kept = ("pid", "tty", "dead")
    return any(getattr(before, name) != getattr(now, name) for name in kept)


def looks_other(before: Pane, now: Pane) -> bool:
    """Something a program's writing does not announce: a resize, a cleared history."""
    kept = ("width", "height", "alternate_screen", "history_size")
    return any(getattr(before, name) != getattr(now, name) for name in kept)
