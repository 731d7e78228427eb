"""Where in tmux the published agents may live, over all servers that hold any.

The watched server is one; others are those whose socket is noted beside a record.
"""

from collections.abc import Collection, Iterable

from houmao.errors import TmuxError
from houmao.registry.files import Registry, RegistryEntry
from houmao.registry.record import AgentRecord
from houmao.registry.scan import LivePlaces, SessionPlace
from houmao.tmux import listing
from houmao.tmux.address import TmuxAddress
from houmao.tmux.panes import LEFT_ALONE, Pane


def places_of(
    panes: Iterable[Pane],
    watched: str = "",
    silent: Collection[str] = (),
    running: Collection[str] = (),
) -> LivePlaces:
    """What these panes of all servers mean; the rest is as in `LivePlaces`."""
    sessions: set[SessionPlace] = set()
    agents: dict[str, tuple[SessionPlace, ...]] = {}
    for pane in panes:
        place = SessionPlace(pane.socket, pane.session_name)
        sessions.add(place)
        if pane.agent_id not in ("", LEFT_ALONE):
            # A pane is listed once for each session that its window is linked into.
            agents[pane.agent_id] = (*agents.get(pane.agent_id, ()), place)
    return LivePlaces(frozenset(sessions), agents, watched, silent, running)


def live_places(registry: Registry, watched: TmuxAddress) -> LivePlaces:
    """Where agents may live now. Raises TmuxError without the watched server's word."""
    panes = list(listing.panes(watched))
    socket = panes[0].socket if panes else ""
    silent = set()
    for other in sockets_of(registry.entries()) - {socket}:
        try:
            panes += (pane for pane in listing.panes(TmuxAddress(other)) if pane.socket == other)
        except TmuxError:
            silent.add(other)
    return places_of(panes, socket, silent)


def sockets_of(entries: Iterable[RegistryEntry]) -> frozenset[str]:
    """Sockets of the servers on which these agents were started or adopted."""
    found = (_socket(entry.record) for entry in entries)
    return frozenset(filter(None, found))


def address_of(record: AgentRecord | None, watched: TmuxAddress) -> TmuxAddress:
    """The tmux server that the agent is on."""
    return TmuxAddress(_socket(record) or watched.socket)


def _socket(record: AgentRecord | None) -> str:
    # A server that was started by a path relative to some folder cannot be found again.
    noted = record.pane.socket if record is not None and record.pane is not None else ""
    return noted if noted.startswith("/") else ""
