"""Routes of headless agents: who is meant, the way in, and what is told of turns."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from houmao.api.events.stream import frame
from houmao.api.http.answers import ErrorSchema, InvalidSchema
from houmao.api.managed.schemas import (
    ManagedDetailSchema,
    ManagedHistorySchema,
    ManagedStateSchema,
)
from houmao.api.requests.schemas import DoneSchema
from houmao.api.turns.schemas import (
    FanOutSchema,
    HeadlessLaunchedSchema,
    HeadlessTurnSchema,
    TurnAcceptedSchema,
    TurnEventsSchema,
    TurnListSchema,
)
from houmao.headless.records import TurnRecord
from houmao.headless.turn_status import TurnStatus
from houmao.requests.launch_ticket import LaunchOutcome, LaunchTicket, ended
from houmao.state.read import StateReader
from houmao.state.turns import TurnStore
from tests.unit.api.world import NOW, Api, Fleet, StandIn, agent, headless_agent, turn_record

TRACKED = "c0ffee12ab34"
BASE = "/houmao/agents/alpha/turns"
PROMPT = {"prompt": "List the failing tests."}


@pytest.fixture
def store(fleet: Fleet) -> TurnStore:
    """One headless agent that could run a turn, on a host that is served."""
    found = TurnStore(fleet.redis)
    found.put_agent(headless_agent())
    found.host_lives("h1", "now")
    return found


def done(turn_id: str = "t1", **changes: Any) -> TurnRecord:
    known = {"status": TurnStatus.COMPLETED, "completed_at": NOW - 5, "returncode": 0}
    return turn_record(turn_id, **{**known, **changes})


def entry(message: str) -> str:
    found = {
        "kind": "assistant",
        "message": message,
        "turn_index": 1,
        "timestamp_utc": "2026-03-27T09:02:40.123+00:00",
        "payload": {"provider": "claude"},
        "stream": "stdout",
        "offset": 12,
    }
    return json.dumps(found)


# --- the way in -----------------------------------------------------------------------------


@pytest.mark.parametrize("reference", ["alpha", TRACKED, "id-alpha"])
def test_a_turn_is_accepted_by_any_name(
    api: Api, jobs: StandIn, store: TurnStore, reference: str
) -> None:
    told = api.send(f"/houmao/agents/{reference}/turns", PROMPT, TurnAcceptedSchema)
    assert (told["tracked_agent_id"], told["turn_status"]) == (TRACKED, "active")
    assert jobs.asked == [("h1", told["turn_id"])]
    assert told["turn_id"] in told["detail"]


@pytest.mark.parametrize(
    "chat", [None, {"mode": "new"}, {"mode": "exact", "id": "s-1"}, {"mode": "auto", "id": None}]
)
def test_what_published_clients_say_of_the_conversation_is_taken(
    api: Api, store: TurnStore, chat: object
) -> None:
    api.send(BASE, {**PROMPT, "chat_session": chat}, TurnAcceptedSchema)


@pytest.mark.parametrize("chat", [{}, {"mode": "new", "id": " "}, {"mode": "x"}])
def test_a_conversation_that_makes_no_sense_is_refused(api: Api, chat: object) -> None:
    found = api.send(BASE, {**PROMPT, "chat_session": chat}, InvalidSchema, 422)
    assert found["detail"][0]["loc"][:2] == ["body", "chat_session"]


def test_the_prompt_is_nowhere_once_the_host_has_it(
    api: Api, fleet: Fleet, store: TurnStore
) -> None:
    told = api.send(BASE, PROMPT, TurnAcceptedSchema)
    assert store.ordered(told["turn_id"]) is None
    texts = [str(fleet.redis.dump(key)) for key in fleet.redis.scan_iter()]
    assert not [text for text in texts if "failing tests" in text]


def test_a_repeated_call_is_the_same_turn(api: Api, jobs: StandIn, store: TurnStore) -> None:
    """By its key; which cannot mean another prompt, and means another turn of another agent."""
    first = api.send(BASE, PROMPT, TurnAcceptedSchema, Idempotency_Key="k1")
    again = api.send(BASE, PROMPT, TurnAcceptedSchema, Idempotency_Key="k1")
    assert first == again
    other = api.send(BASE, {"prompt": "x"}, ErrorSchema, 422, Idempotency_Key="k1")
    assert "Idempotency-Key" in other["detail"]
    assert api.send(BASE, PROMPT, TurnAcceptedSchema)["turn_id"] != first["turn_id"]
    store.put_agent(headless_agent("beta", "0123456789ab"))
    path = "/houmao/agents/beta/turns"
    beta = api.send(path, PROMPT, TurnAcceptedSchema, Idempotency_Key="k1")
    assert beta["turn_id"] != first["turn_id"]
    api.send(BASE, PROMPT, InvalidSchema, 422, Idempotency_Key="no blanks")


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        ({"failed": "busy with turn t0", "status": "409"}, 409),
        ({"failed": "tmux session is gone", "status": "503"}, 503),
        ({"failed": "the prompt is too long", "status": "422"}, 422),
        ({"failed": "the manifest is broken", "status": "500"}, 500),
    ],
)
def test_what_the_host_refuses_is_told_with_its_reason(
    api: Api, jobs: StandIn, store: TurnStore, refusal: Mapping[str, str], status: int
) -> None:
    jobs.refuses = refusal
    assert api.send(BASE, PROMPT, ErrorSchema, status)["detail"] == refusal["failed"]


def test_a_host_that_is_silent_has_the_order_taken_back(
    api: Api, jobs: StandIn, store: TurnStore
) -> None:
    """It can never be run later: its caller was told that it was not."""
    jobs.silent = True
    assert "turn process" in api.send(BASE, PROMPT, ErrorSchema, 503)["detail"]
    ((_, turn_id),) = jobs.asked
    assert store.ordered(turn_id) is None


def test_who_is_no_headless_agent_of_ours(api: Api, fleet: Fleet, store: TurnStore) -> None:
    fleet.show(agent("beta", "beta-id"))
    told = api.send("/houmao/agents/beta/turns", PROMPT, ErrorSchema, 400)
    assert "not a managed headless" in told["detail"]
    assert "ghost" in api.send("/houmao/agents/ghost/turns", PROMPT, ErrorSchema, 404)["detail"]
    store.put_agent(replace(headless_agent(tracked="0123456789ab"), agent_id="other"))
    assert "tracked id" in api.send(BASE, PROMPT, ErrorSchema, 409)["detail"]


def test_a_senseless_body_is_refused_before_anybody_is_looked_up(api: Api) -> None:
    bad: tuple[Any, ...] = (
        {},
        {"prompt": " "},
        {"prompt": 5},
        PROMPT | {"limit_seconds": 0},
        PROMPT | {"limit_seconds": "5"},
        PROMPT | {"unknown": 1},
    )
    for body in bad:
        told = api.send("/houmao/agents/ghost/turns", body, InvalidSchema, 422)
        assert "failing" not in json.dumps(told)


def test_interrupt_and_stop_go_to_the_host_that_owns_the_agent(
    api: Api, jobs: StandIn, store: TurnStore
) -> None:
    told = api.write("/houmao/agents/alpha/interrupt", DoneSchema)
    assert told["agent_id"] == TRACKED
    assert api.write(f"/houmao/agents/{TRACKED}/stop", DoneSchema)["agent_id"] == TRACKED
    assert jobs.asked == [("h1", TRACKED), ("h1", TRACKED)]


# --- reading --------------------------------------------------------------------------------


def test_a_turn_is_told_while_it_runs_and_after_it(api: Api, store: TurnStore) -> None:
    store.put(turn_record("t1"))
    assert api.read(f"{BASE}/t1", HeadlessTurnSchema)["status"] == "active"
    store.put(done(answer="Two tests fail."))
    told = api.read(f"{BASE}/t1?wait=5", HeadlessTurnSchema)
    assert (told["status"], told["answer"]) == ("completed", "Two tests fail.")
    assert told["completed_at_utc"] == "2026-03-27T09:05:17+00:00"
    listed = api.read(BASE, TurnListSchema)
    assert [it["turn_id"] for it in listed["turns"]] == ["t1"]


def test_a_turn_that_redis_has_forgotten_is_asked_for(
    api: Api, jobs: StandIn, store: TurnStore
) -> None:
    assert "t9" in api.read(f"{BASE}/t9", ErrorSchema, 404)["detail"]
    assert jobs.asked == [("h1", "t9")]
    assert "-x" in api.read(f"{BASE}/-x", ErrorSchema, 404)["detail"]
    assert len(jobs.asked) == 1


def test_a_stopped_agents_turns_can_be_read_by_its_id(api: Api, store: TurnStore) -> None:
    store.put(done())
    store.drop_agent(TRACKED)
    path = f"/houmao/agents/{TRACKED}/turns/t1"
    assert api.read(path, HeadlessTurnSchema)["status"] == "completed"
    api.read(f"{BASE}/t1", ErrorSchema, 404)


def test_events_are_told_from_a_number_on(api: Api, jobs: StandIn, store: TurnStore) -> None:
    store.put(done(events=3))
    store.add_events("t1", [(1, entry("a")), (2, entry("b")), (3, entry("c"))])
    told = api.read(f"{BASE}/t1/events", TurnEventsSchema)
    assert [it["number"] for it in told["entries"]] == [1, 2, 3]
    assert told["entries"][0]["timestamp_utc"] == "2026-03-27T09:02:40+00:00"
    told = api.read(f"{BASE}/t1/events?after=2&wait=5", TurnEventsSchema)
    assert [it["message"] for it in told["entries"]] == ["c"]
    assert jobs.asked == []


def test_events_that_redis_lacks_are_asked_for(api: Api, jobs: StandIn, store: TurnStore) -> None:
    store.put(done(events=3))
    store.add_events("t1", [(3, entry("c"))])
    api.read(f"{BASE}/t1/events", ErrorSchema, 404)
    assert jobs.asked == [("h1", "t1")]


def test_events_are_published_once_whatever_is_repeated(store: TurnStore) -> None:
    store.add_events("t1", [(1, entry("a")), (2, entry("b"))])
    store.add_events("t1", [(1, entry("a")), (2, entry("b")), (3, entry("c"))])
    assert [number for number, _ in store.events("t1", 0)] == [1, 2, 3]


def test_an_artifact_is_text(api: Api, store: TurnStore) -> None:
    store.put(done(stdout_path="/srv/turns/t1/stdout.jsonl"))
    answer = api.client.get(f"{BASE}/t1/artifacts/stdout")
    assert (answer.status_code, answer.text) == (200, "text of stdout")
    assert answer.content_type == "text/plain; charset=utf-8"
    for name in ("stderr", "record"):
        api.read(f"{BASE}/t1/artifacts/{name}", ErrorSchema, 404)


def test_each_step_of_a_turn_is_one_event(fleet: Fleet, store: TurnStore) -> None:
    """However often it is published; and none for what Redis had forgotten."""
    steps = [
        turn_record("t1"),
        turn_record("t1", child_pid=7),
        turn_record("t1", interrupt_requested_at=NOW),
        done(status=TurnStatus.INTERRUPTED, interrupt_requested_at=NOW),
    ]
    for step in (*steps, steps[-1]):
        store.put(step)
    store.put(done("t2"), news=False)
    told = StateReader(fleet.redis).events("0", 1, 20)
    assert [it.fields["summary"] for it in told] == [
        "turn_started",
        "turn_interrupting",
        "turn_interrupted",
    ]
    assert frame(told[0]).splitlines()[1] == "event: turn"
    assert "turn_artifact_dir" not in told[0].fields


# --- as a managed agent ---------------------------------------------------------------------


def test_a_headless_agent_in_the_shape_of_managed_agents(api: Api, store: TurnStore) -> None:
    store.put(done("t1"))
    store.put(turn_record("t2", turn_index=2, started_at=NOW - 1))
    told = api.read("/houmao/agents/alpha/managed-state", ManagedStateSchema)
    assert (told["availability"], told["identity"]["transport"]) == ("available", "headless")
    assert told["turn"] == {"phase": "active", "active_turn_id": "t2"}
    assert (told["last_turn"]["turn_id"], told["last_turn"]["result"]) == ("t1", "success")
    detail = api.read(f"/houmao/agents/{TRACKED}/managed-state/detail", ManagedDetailSchema)
    assert detail["detail"]["can_accept_prompt_now"] is False
    assert detail["detail"]["interruptible"] is True
    assert detail["detail"]["last_turn_returncode"] == 0
    history = api.read("/houmao/agents/alpha/managed-history?limit=1", ManagedHistorySchema)
    assert [it["turn_id"] for it in history["entries"]] == ["t2"]
    assert history["entries"][0]["availability"] == "available"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"session_lives": False}, "tmux_session_missing"),
        ({"not_resumable": "its home is gone"}, "runtime_resume_unavailable"),
        ({"host": "h2"}, "turn_process_missing"),
    ],
)
def test_why_a_headless_agent_is_unavailable(
    api: Api, store: TurnStore, changes: dict[str, Any], kind: str
) -> None:
    store.put_agent(replace(headless_agent(), **changes))
    told = api.read("/houmao/agents/alpha/managed-state", ManagedStateSchema)
    assert (told["availability"], told["turn"]["phase"]) == ("unavailable", "unknown")
    assert [it["kind"] for it in told["diagnostics"]] == [kind]


# --- many at once, and launches -------------------------------------------------------------


def test_one_prompt_for_many_agents(api: Api, jobs: StandIn, store: TurnStore) -> None:
    """One id tells of all: who runs it, and who did not take it and why."""
    store.put_agent(headless_agent("beta", "0123456789ab"))
    jobs.busy = "0123456789ab"
    told = api.send("/houmao/fan-outs", PROMPT | {"all": True}, FanOutSchema)
    assert told["counts"]["active"] == told["counts"]["refused"] == 1
    assert told["done"] is False
    states = {it["agent_name"]: it for it in told["turns"]}
    assert states["beta"]["turn_id"] is None
    assert "busy" in states["beta"]["error"]
    store.put(done(states["alpha"]["turn_id"], answer="done"))
    path = f"/houmao/fan-outs/{told['fan_out_id']}?wait=5"
    again = api.read(path, FanOutSchema)
    assert (again["done"], again["counts"]["completed"]) == (True, 1)
    api.read("/houmao/fan-outs/fan-none", ErrorSchema, 404)


def test_a_fan_out_says_whom_it_means(api: Api, jobs: StandIn, store: TurnStore) -> None:
    for body in ({}, {"all": True, "agent_refs": ["alpha"]}):
        told = api.send("/houmao/fan-outs", PROMPT | body, ErrorSchema, 422)
        assert "agent_refs" in told["detail"]
    api.send("/houmao/fan-outs", PROMPT | {"agent_refs": ["alpha", "ghost"]}, ErrorSchema, 404)
    assert jobs.asked == []


LAUNCH = {
    "tool": "claude",
    "working_directory": "/w",
    "agent_def_dir": "/d",
    "brain_manifest_path": "/m.yaml",
}


def test_a_built_brain_is_launched(api: Api, jobs: StandIn) -> None:
    def launched(ticket: LaunchTicket) -> LaunchTicket:
        known = replace(
            ticket,
            agent_id=ticket.tracked_agent_id,
            agent_name="mine",
            manifest_path="/s/manifest.json",
            session_root="/s",
            tmux_session_name="HOUMAO-mine-1",
        )
        return ended(known, LaunchOutcome.LAUNCHED, "the agent runs", NOW)

    jobs.launches = launched
    told = api.send("/houmao/agents/headless/launches", LAUNCH, HeadlessLaunchedSchema)
    assert len(told["tracked_agent_id"]) == 12
    assert told["detail"].endswith("is ready")


@pytest.mark.parametrize("status", [422, 503, 500])
def test_a_launch_that_fails_tells_why(api: Api, jobs: StandIn, status: int) -> None:
    def refused(ticket: LaunchTicket) -> LaunchTicket:
        known = replace(ticket, failed_status=str(status))
        return ended(known, LaunchOutcome.FAILED, "inputs.tool is another", NOW)

    jobs.launches = refused
    told = api.send("/houmao/agents/headless/launches", LAUNCH, ErrorSchema, status)
    assert told["detail"] == "inputs.tool is another"


def test_a_launch_body_is_checked(api: Api, jobs: StandIn) -> None:
    path = "/houmao/agents/headless/launches"
    for body in ({}, LAUNCH | {"tool": " "}, LAUNCH | {"role_name": ""}, LAUNCH | {"x": 1}):
        api.send(path, body, InvalidSchema, 422)
    for mailbox in ({"transport": "stalwart"}, {"stalwart_jmap_url": "http://127.0.0.1"}):
        told = api.send(path, LAUNCH | {"mailbox": mailbox}, ErrorSchema, 422)
        assert "stalwart is not supported" in told["detail"]
    assert jobs.asked == []
