"""Launches are taken, queued on this server's host, and told to their end."""

from dataclasses import replace
from typing import Any

from houmao.api.events.stream import frame
from houmao.api.http.answers import ErrorSchema, InvalidSchema
from houmao.api.launches.routes import LaunchSchema
from houmao.config import Settings
from houmao.requests.launch_ticket import DEADLINE_SECONDS, LaunchOutcome, LaunchTicket, ended
from houmao.state.launches import LaunchStore
from houmao.state.read import StateReader
from tests.unit.api.world import NOW, Api, Fleet, StandIn

BASE = "/houmao/agents/launches"
WANTED = {"agents": "gpu", "provider": "codex", "agent_name": "mine", "working_directory": "/w"}


def launched(ticket: LaunchTicket) -> LaunchTicket:
    known = replace(ticket, agent_id="a1", tmux_session_name="HOUMAO-mine-1", manifest_path="/m")
    return ended(known, LaunchOutcome.LAUNCHED, "the agent runs", NOW + 2)


def ask(api: Api, **changes: Any) -> Any:
    return api.send(BASE, WANTED | changes, LaunchSchema)


def test_a_launch_is_queued_on_this_host(
    api: Api, fleet: Fleet, jobs: StandIn, settings: Settings
) -> None:
    """At once, with an id to ask for; everything that was asked for reaches the host."""
    told = ask(api)
    assert (told["state"], told["outcome"], told["agent_id"]) == ("queued", None, None)
    assert jobs.asked == [(settings.host_id, told["launch_id"])]
    ticket = LaunchStore(fleet.redis).get(told["launch_id"])
    assert ticket is not None
    assert (ticket.agents, ticket.provider, ticket.agent_name) == ("gpu", "codex", "mine")
    assert ticket.working_directory == "/w"
    assert ticket.deadline_at == NOW + DEADLINE_SECONDS


def test_a_caller_can_wait_for_the_agent(api: Api, jobs: StandIn) -> None:
    jobs.launches = launched
    told = api.send(f"{BASE}?wait=5", WANTED, LaunchSchema)
    assert (told["outcome"], told["agent_id"]) == ("launched", "a1")
    assert told["tmux_session_name"] == "HOUMAO-mine-1"


def test_a_launch_can_be_asked_for_later(api: Api, jobs: StandIn) -> None:
    jobs.launches = launched
    launch_id = ask(api)["launch_id"]
    assert api.read(f"{BASE}/{launch_id}", LaunchSchema)["outcome"] == "launched"
    assert "nope" in api.read(f"{BASE}/nope", ErrorSchema, 404)["detail"]


def test_a_failure_is_an_outcome_with_its_reason(api: Api, jobs: StandIn) -> None:
    jobs.launches = lambda it: ended(it, LaunchOutcome.FAILED, "there is no recipe", NOW)
    told = ask(api)
    launch = api.read(f"{BASE}/{told['launch_id']}", LaunchSchema)
    assert (launch["state"], launch["outcome"]) == ("ended", "failed")
    assert launch["detail"] == "there is no recipe"


def test_a_host_that_never_begins_lets_a_launch_expire(api: Api, fleet: Fleet) -> None:
    launch_id = ask(api)["launch_id"]
    store = LaunchStore(fleet.redis)
    ticket = store.get(launch_id)
    assert ticket is not None
    store.put(replace(ticket, deadline_at=NOW - 1))
    told = api.read(f"{BASE}/{launch_id}", LaunchSchema)
    assert (told["outcome"], told["state"]) == ("expired", "ended")
    assert "launch process" in told["detail"]


def test_what_cannot_be_launched_is_refused_before_it_is_queued(api: Api, jobs: StandIn) -> None:
    for body in ({}, {"agents": " "}, WANTED | {"unknown": 1}, WANTED | {"agents": 5}):
        api.send(BASE, body, InvalidSchema, 422)
    assert jobs.asked == []


def test_every_step_is_an_event_of_its_own_name(api: Api, fleet: Fleet, jobs: StandIn) -> None:
    """No transition of an agent: nothing changed in any."""
    jobs.launches = launched
    ask(api)
    queued, done = StateReader(fleet.redis).events("0", 1, 10)
    assert queued.fields["summary"] == "launch_queued"
    assert frame(queued).splitlines()[1] == "event: launch"
    assert (done.fields["summary"], done.fields["outcome"]) == ("launch_ended", "launched")


def test_a_headless_agent_gets_the_id_its_turns_are_kept_under(api: Api, fleet: Fleet) -> None:
    told = ask(api, headless=True)
    ticket = LaunchStore(fleet.redis).get(told["launch_id"])
    assert ticket is not None
    assert len(ticket.tracked_agent_id) == 12
    assert told["tracked_agent_id"] == ticket.tracked_agent_id
