"""What is known of a terminal whose launch takes long, fails or is repeated; and of a message."""

from dataclasses import replace

import pytest
from flask import Flask

from houmao.api.context import EXTENSION
from houmao.api.services.crews import Crews, LaunchFailed, TerminalOrder, terminal_id_of
from houmao.errors import Conflict, Unavailable
from houmao.requests.launch_ticket import LaunchOutcome, LaunchTicket, ended
from houmao.requests.request import Request
from houmao.terminals.cao import CaoTerminal
from tests.unit.api.world import NOW, Fleet, StandIn, agent

ORDER = TerminalOrder("cao-crew", "claude_code", "coder")
KEYED = replace(ORDER, idempotency_key="task-7")


@pytest.fixture
def crews(app: Flask) -> Crews:
    """All CAO sessions."""
    found: Crews = app.extensions[EXTENSION].crews
    return found


@pytest.fixture
def coming_up(fleet: Fleet, jobs: StandIn) -> None:
    """Every launch ends well, and its agent is watched."""

    def launch(ticket: LaunchTicket) -> LaunchTicket:
        fleet.show(agent(agent_id=ticket.agent_id))
        return ended(ticket, LaunchOutcome.LAUNCHED, "up", NOW)

    jobs.launches = launch


@pytest.fixture
def receiver(crews: Crews, fleet: Fleet) -> CaoTerminal:
    """A terminal whose agent is watched."""
    terminal = CaoTerminal("0a1b2c3d", "cao-crew", "coder-1", "claude_code", "coder", "h1", NOW)
    crews.store.put(terminal)
    fleet.show(agent(agent_id=terminal.terminal_id))
    return terminal


def test_one_that_is_late_stays_known(crews: Crews) -> None:
    """Its agent comes up later, and whoever was told of its id finds it."""
    with pytest.raises(LaunchFailed) as told:
        crews.launch(ORDER, 0.1)
    (known,) = crews.store.all()
    assert known.terminal_id in told.value.message


def test_one_that_failed_is_forgotten(crews: Crews, jobs: StandIn) -> None:
    """With the launch's own reason."""

    def refuse(ticket: LaunchTicket) -> LaunchTicket:
        return ended(ticket, LaunchOutcome.FAILED, "the name is taken", NOW)

    jobs.launches = refuse
    with pytest.raises(LaunchFailed, match="the name is taken"):
        crews.launch(ORDER, 5)
    assert crews.store.all() == []


@pytest.mark.usefixtures("coming_up")
def test_a_key_launches_once_and_its_message_is_typed_once(crews: Crews, jobs: StandIn) -> None:
    """Asked again, as after an answer that was lost, the same terminal is told."""
    told = [crews.begin(crews.launch(KEYED, 5), "begin") for _ in range(2)]
    assert told == crews.store.all() * 2
    assert told[0].terminal_id == terminal_id_of("task-7")
    assert len(jobs.asked) == 2


@pytest.mark.usefixtures("coming_up")
def test_a_key_stands_for_one_launch(crews: Crews) -> None:
    crews.launch(KEYED, 5)
    with pytest.raises(Conflict, match="idempotency_key"):
        crews.launch(replace(KEYED, allowed_tools="all"), 5)


def test_a_message_is_in_the_inbox_before_it_is_handed_over(
    crews: Crews, jobs: StandIn, receiver: CaoTerminal
) -> None:
    """Whoever lost the answer finds it there; one that nobody got is not kept."""
    listed = list[str]()

    def deliver(request: Request) -> Request:
        listed.extend(it.request_id for it in crews.store.inbox(receiver.terminal_id))
        return request

    jobs.delivers = deliver
    assert crews.send("boss", receiver, "one").request_id in listed
    jobs.delivers, jobs.error = None, Unavailable("nobody is there")
    with pytest.raises(Unavailable):
        crews.send("boss", receiver, "two")
    assert [it.message for it in crews.store.inbox(receiver.terminal_id)] == ["one"]
