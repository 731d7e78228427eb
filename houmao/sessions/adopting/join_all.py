"""Adopts every supported tool in any pane of a tmux server, and says why it left a pane out.

Each agent is adopted as a whole or not at all, by `join`; one that cannot be does not stop the
rest.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from houmao.config import Settings
from houmao.errors import HoumaoError
from houmao.sessions.adopting.adoptable_panes import AdoptablePane, adoptable_panes, inhabitants
from houmao.sessions.adopting.join import JoinRequest, Surroundings, adopt, surroundings
from houmao.sessions.generation import Generation
from houmao.tmux import listing
from houmao.tmux.address import TmuxAddress
from houmao.tmux.panes import LEFT_ALONE, Pane
from houmao.tmux.process import ProcessTable
from houmao.tools.catalog import NAMES


class PaneOutcome(StrEnum):
    """What became of a pane, or in a dry run would."""

    JOINED = "joined"
    PLANNED = "planned"
    KNOWN = "known"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class PaneVerdict:
    """One pane; `agent_name` is empty where no agent is, `reason` where nothing needs one."""

    pane: Pane
    outcome: PaneOutcome
    tool: str = ""
    agent_name: str = ""
    reason: str = ""


def join_all(
    settings: Settings,
    address: TmuxAddress,
    new_generation: Callable[[], Generation],
    *,
    dry_run: bool = False,
) -> tuple[PaneVerdict, ...]:
    """Adopt what runs on that tmux server; a verdict on every pane, in the server's order.

    Raises TmuxError when the server does not answer, Unavailable when the registry cannot be read.
    """
    panes = {pane.pane_id: pane for pane in reversed(listing.panes(address))}
    around = surroundings(address, settings, new_generation().now)
    return tuple(_judge_all(tuple(reversed(panes.values())), around, new_generation, dry_run))


def _judge_all(
    panes: Iterable[Pane],
    around: Surroundings,
    new_generation: Callable[[], Generation],
    dry_run: bool,
) -> Iterator[PaneVerdict]:
    table = ProcessTable.read()
    found = {pane: adoptable_panes([pane], table) for pane in panes}
    every = [place for tools in found.values() for place in tools]
    known = inhabitants(every, around.live, around.places.watched)
    for pane, tools in found.items():
        if record := known.get(pane.pane_id):
            yield PaneVerdict(pane, PaneOutcome.KNOWN, record.tool, record.agent_name)
        elif reason := _why_not(pane, tools):
            yield PaneVerdict(pane, PaneOutcome.LEFT_OUT, reason=reason)
        elif dry_run:
            yield PaneVerdict(pane, PaneOutcome.PLANNED, tools[0].tool)
        else:
            verdict, around = _adopted(tools[0], around, new_generation())
            yield verdict


def _why_not(pane: Pane, places: tuple[AdoptablePane, ...]) -> str:
    """Why nobody can be adopted in this pane, empty when somebody can."""
    if pane.dead:
        return "its program has ended"
    if not places:
        return f"runs {pane.command or 'nothing'}, none of {', '.join(NAMES)}"
    if pane.agent_id:
        # An agent that is being started bears its mark before it is published.
        why = "was given back" if pane.agent_id == LEFT_ALONE else "is marked as another agent's"
        return f"{why}; `houmao-mgr agents join --pane {pane.pane_id}` adopts it"
    if len(places) > 1:
        tools = " and ".join(place.tool for place in places)
        return f"runs {tools} in one pane: whom a prompt would reach is not clear"
    return ""


def _adopted(
    place: AdoptablePane, around: Surroundings, generation: Generation
) -> tuple[PaneVerdict, Surroundings]:
    try:
        record = adopt(JoinRequest(), place, around, generation)
    except HoumaoError as error:
        return PaneVerdict(place.pane, PaneOutcome.LEFT_OUT, place.tool, "", error.message), around
    verdict = PaneVerdict(place.pane, PaneOutcome.JOINED, record.tool, record.agent_name)
    return verdict, replace(around, live=(*around.live, record))
