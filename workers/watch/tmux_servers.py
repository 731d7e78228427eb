"""The tmux servers that this host watches: its own, and any other one that holds an agent.

Each has a connection of its own, so that one that is silent hides nobody on the others.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial

from houmao.tmux.panes import Pane, PaneKey
from workers.loop import NewsSources
from workers.watch.panes import PaneSource


class TmuxServers:
    """Iterating gives the servers, the host's own first."""

    def __init__(self, own: PaneSource, opened: Callable[[str], PaneSource]) -> None:
        """`opened` makes the source of the server at a socket; it connects later."""
        #: The server that the settings name.
        self.own = own
        self._opened = opened
        self._others: dict[str, PaneSource] = {}

    def __iter__(self) -> Iterator[PaneSource]:
        return iter((self.own, *self._others.values()))

    def keep(self, sockets: Collection[str]) -> None:
        """Watch the servers at these sockets beside the own one, and no others."""
        wanted = {it for it in sockets if it and not self.own.is_at(it)}
        for gone in self._others.keys() - wanted:
            self._others.pop(gone).disconnect()
        for socket in sorted(wanted - self._others.keys()):
            self._others[socket] = self._opened(socket)

    def news(self, announce: Callable[[PaneSource], None]) -> NewsSources:
        """Whose announcements are waited for, and `announce` that reads one server's."""
        return {f"tmux {it.socket}": (it.fileno(), partial(announce, it)) for it in self}

    @property
    def panes(self) -> list[Pane]:
        """All panes as they were last listed."""
        return [pane for server in self for pane in server.listing]

    def apart(self, keys: Iterable[PaneKey]) -> Iterator[tuple[PaneSource, list[PaneKey]]]:
        """These panes, server by server."""
        found: dict[str, list[PaneKey]] = defaultdict(list)
        for key in keys:
            found[key.socket].append(key)
        for socket, here in found.items():
            yield self._others.get(socket, self.own), here

    def disconnect(self) -> None:
        """Let go of all of them; they stay."""
        for server in self:
            server.disconnect()
