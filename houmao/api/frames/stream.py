"""A recording of one agent as Server-Sent Events: every screen and input its tracker takes in.

The host copies them only while it is asked to, so it is asked again and again until the end. This
file knows Redis' entries, not Flask's requests.
"""

from functools import partial

from houmao.api.http.answers import dump
from houmao.api.services.feeds import Entry, Feed
from houmao.api.services.hosts import Hosts
from houmao.clock import monotonic
from houmao.state import keys
from houmao.state.read import StateReader
from houmao.state.values import AgentIdentity

#: Seconds the host has to begin, and to go on.
BEGIN_SECONDS, DEMAND_SECONDS = 3.0, 1.0
#: Tells the client that frames may be missing from here on.
GAP = "event: gap\ndata: {}\n\n"
#: Tells the client that the recording has everything up to its end.
END = "event: end\ndata: {}\n\n"


def begun(
    reader: StateReader, hosts: Hosts, agent: AgentIdentity, seconds: float
) -> tuple[str, Feed]:
    """The screen as it is, as text, and everything after it for so long. Raises Unavailable."""
    demand = partial(hosts.record, agent.host, agent.agent_id)
    demand(BEGIN_SECONDS)
    first, now = reader.latest_frame(agent.key), monotonic()
    feed = Feed(
        keys.frames(agent.key),
        first[0] if first else "0-0",
        text_of,
        now + seconds,
        END,
        demand=partial(demand, DEMAND_SECONDS),
        gap_after=lambda _: GAP,
        said_at=now,
    )
    return text_of(first) if first else ": no screen yet\n\n", feed


def text_of(entry: Entry) -> str:
    """One entry in the stream's format; `at_seconds` is on a clock of the host's own."""
    entry_id, found = entry
    data: dict[str, object] = {"number": int(found["number"]), "at_seconds": float(found["at"])}
    if found["kind"] == "frame":
        data |= {"raw": found["raw"], "title": found.get("title")}
    return f"id: {entry_id}\nevent: {found['kind']}\ndata: {dump(data)}\n\n"
