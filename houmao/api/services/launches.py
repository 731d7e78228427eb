"""The way of a launch from its caller into a host's queue. Knows neither Flask nor tmux."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from houmao.api.services.hosts import Hosts
from houmao.requests.launch_ticket import DEADLINE_SECONDS, LaunchTicket, seen_at
from houmao.state.launches import LaunchStore


@dataclass(frozen=True, slots=True)
class Launches:
    """Takes launches in and tells how they stand; `now` is in seconds since the epoch."""

    store: LaunchStore
    hosts: Hosts
    now: Callable[[], float]

    def submit(self, host: str, **wanted: str) -> LaunchTicket:
        """The launch, queued on that host. `wanted` are the ticket's fields of those names."""
        now = self.now()
        ticket = LaunchTicket(
            launch_id=f"launch-{uuid4().hex[:12]}",
            host=host,
            created_at=now,
            deadline_at=now + DEADLINE_SECONDS,
            **wanted,  # type: ignore[arg-type]
        )
        self.store.put(ticket)
        self.hosts.launch(host, ticket.launch_id)
        return ticket

    def find(self, launch_id: str) -> LaunchTicket | None:
        """A launch as it counts now, None when there is none of that id."""
        found = self.store.get(launch_id)
        return seen_at(found, self.now()) if found else None

    def recent(self, host: str, limit: int) -> list[LaunchTicket]:
        """The host's launches as they count now, newest first."""
        now = self.now()
        return [seen_at(each, now) for each in self.store.of_host(host)[:limit]]


def new_tracked_id() -> str:
    """An id for a headless agent that no other one has."""
    return uuid4().hex[:12]
