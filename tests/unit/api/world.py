"""Agents, states and the two sides of the API in tests: who publishes and who reads."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask.testing import FlaskClient
from marshmallow import Schema
from redis import Redis
from werkzeug.test import TestResponse

from houmao.clock import iso_ms
from houmao.errors import Unavailable
from houmao.headless.records import TurnRecord, digest
from houmao.ids import AgentKey
from houmao.requests.launch_ticket import LaunchTicket
from houmao.requests.operation import AgentOperation
from houmao.requests.request import Request, RequestKind, RequestOutcome
from houmao.requests.request import ended as request_ended
from houmao.state import keys
from houmao.state.codec import flat_fields, public_fields, state_fields, with_whole
from houmao.state.launches import LaunchStore
from houmao.state.requests import RequestStore, request_writes
from houmao.state.turns import TurnStore
from houmao.state.values import AgentIdentity, AgentState, HeadlessAgent, HostStatus, ProbeSnapshot
from houmao.state.write import carry_out
from houmao.track.diagnostics import Diagnostics, ParseStatus, ProcessState, TransportState
from houmao.track.state import TrackedState
from tests.services import extended

#: When all tests of the API take place: 2026-03-27T09:05:22 UTC.
NOW = 1774602322.0
ALPHA = "ef83ad2c9bc544c579d1f5d1c3b8dfc8"
HEALTHY = Diagnostics(TransportState.TMUX_UP, ProcessState.TUI_UP, ParseStatus.PARSED)


def agent(name: str = "HOUMAO-alpha", agent_id: str = ALPHA, **changes: Any) -> AgentIdentity:
    """A plain TUI agent without gateway and mailbox."""
    plain = AgentIdentity(
        agent_id=agent_id,
        agent_name=name,
        generation_id="g-1",
        tool="claude",
        backend="local_interactive",
        tmux_session_name=f"{name}-1774602000000",
        manifest_path="/srv/s1/manifest.json",
        published_at="2026-03-27T09:00:00+00:00",
        lease_expires_at="2026-03-28T09:00:00+00:00",
        host="h1",
        session_root="/srv/s1",
    )
    return replace(plain, **changes)


def state(tracked: TrackedState | None = None, **changes: Any) -> AgentState:
    """A healthy agent's state, unchanged for 12.4 s."""
    plain = AgentState(
        agent_id=ALPHA,
        diagnostics=HEALTHY,
        tracked=tracked or TrackedState(),
        signature="3f786850e387550fdab836ed7e6dc881de23001b",
        stable_since=NOW - 12.4,
        captured_at=NOW - 0.5,
        epoch=1,
    )
    return replace(plain, **changes)


@dataclass
class Fleet:
    """What a watch process would have published."""

    redis: Redis

    @property
    def _redis(self) -> Any:
        """The client without its types, which want mappings of unions."""
        return self.redis

    def heartbeat(self, at: float = NOW) -> None:
        """Say that the host is watched."""
        self.redis.hset(keys.HOSTS, "h1", iso_ms(at))

    def report(self, host: str, at: float, skipped: Mapping[str, str] | None = None) -> None:
        """What the watch process of a host says of itself."""
        status = HostStatus(host, 77, 3, at, 2, NOW - 3600, "0.1.0", "/r", "/g", "default")
        self.redis.hset(keys.HOSTS, host, iso_ms(at))
        self._write(keys.host(host), flat_fields(status))
        if skipped:
            self._write(keys.host_skipped(host), dict(skipped))

    def show(self, who: AgentIdentity, its_state: AgentState | None = None) -> None:
        """Publish an agent, with its state once it was observed."""
        self.redis.hset(keys.AGENTS, str(who.key), who.agent_name)
        self._write(keys.agent(who.key), with_whole(flat_fields(who)))
        if its_state:
            self._write(keys.state(who.key), with_whole(state_fields(who, its_state)))

    def capture(self, who: AgentIdentity, *parts: Any) -> None:
        """Publish what was captured and parsed."""
        for part in parts:
            self._write(keys.screen(who.key), flat_fields(part))

    def tell(self, who: AgentIdentity, its_state: AgentState, summary: str) -> str:
        """Publish one change; the event's id."""
        entry = {
            "agent_id": who.agent_id,
            "agent_name": who.agent_name,
            "recorded_at": iso_ms(NOW),
            "summary": summary,
            "changed_fields": "turn_phase availability",
            **public_fields(state_fields(who, its_state)),
        }
        self._redis.xadd(keys.transitions(who.key), entry)
        return str(self._redis.xadd(keys.EVENTS, entry))

    def record(self, agent_id: str, entry: dict[str, str]) -> None:
        """Copy what a tracker took in."""
        self._redis.xadd(keys.frames(AgentKey("h1", agent_id)), entry)

    def _write(self, key: str, fields: dict[str, str]) -> None:
        self._redis.hset(key, mapping=fields)


def headless_agent(name: str = "alpha", tracked: str = "c0ffee12ab34") -> HeadlessAgent:
    """A headless agent that could run a turn now."""
    return HeadlessAgent(
        tracked_agent_id=tracked,
        host="h1",
        backend="claude_headless",
        tool="claude",
        agent_id=f"id-{name}",
        agent_name=name,
        manifest_path="/srv/s1/manifest.json",
        session_root="/srv/s1",
        tmux_session_name=f"HOUMAO-{name}-1",
        created_at=NOW - 60,
        session_lives=True,
    )


def turn_record(turn_id: str, tracked: str = "c0ffee12ab34", **changes: Any) -> TurnRecord:
    """A turn that runs."""
    plain = TurnRecord(
        turn_id=turn_id,
        tracked_agent_id=tracked,
        turn_index=1,
        tool="claude",
        started_at=NOW - 10,
        turn_artifact_dir=f"/srv/turns/{turn_id}",
        tmux_session_name="HOUMAO-alpha-1",
        agent_id="id-alpha",
        agent_name="alpha",
    )
    return replace(plain, **changes)


@dataclass
class StandIn:
    """Stands where `Jobs` stands: notes what is asked of the hosts and does what it was told to."""

    fleet: Fleet
    asked: list[tuple[str, str]] = field(default_factory=list)
    sees: AgentState | None = None
    #: What the host makes of a request by the time its job ends.
    delivers: Callable[[Request], Request] | None = None
    cancels: bool = True
    #: What the host makes of a launch by the time it is queued.
    launches: Callable[[LaunchTicket], LaunchTicket] | None = None
    error: Exception | None = None
    #: What the host answers to a turn instead of running it.
    refuses: Mapping[str, str] | None = None
    #: Tracked id of an agent that has a turn already, and whether nobody answers at all.
    busy: str = ""
    silent: bool = False
    #: The host takes a request, but its answer comes too late.
    late: bool = False
    #: What a recording gets by the time its job ends, each as the fields of an entry.
    records: Sequence[dict[str, str]] = ()
    #: What journals tell, by agent and part; others have none.
    journals: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)

    #: What agents ask, by their ids; others ask nothing.
    questions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: What an operation on a running agent tells.
    operations: Mapping[AgentOperation, Mapping[str, str]] = field(default_factory=dict)

    def refresh(self, host: str, agent_id: str, timeout: float) -> None:
        """Publish at once, or fail."""
        self._note(host, agent_id)
        if self.sees:
            self.fleet.show(agent(agent_id=agent_id), self.sees)

    def mark_seen(self, host: str, agent_id: str, timeout: float) -> None:
        """As a look, after which the last turn is seen."""
        self.refresh(host, agent_id, timeout)

    def waiting(self, hosts: Iterable[str]) -> dict[tuple[str, str], int]:
        """Three jobs on each host."""
        return {(host, "watch"): 3 for host in hosts}

    def record(self, host: str, agent_id: str, timeout: float) -> None:
        """Begin a recording, or go on with it."""
        self._note(host, agent_id)
        entries, self.records = self.records, ()
        for entry in entries:
            self.fleet.record(agent_id, entry)

    def accept(self, host: str, request_id: str, timeout: float) -> str:
        """Take the request, and go as far with it as `delivers` says."""
        self._note(host, request_id)
        store = RequestStore(self.fleet.redis)
        request = store.get(request_id)
        assert request is not None
        assert request.text or request.kind is RequestKind.INTERRUPT
        assert store.take(request_id, NOW)
        if self.delivers:
            self.publish(self.delivers(replace(request, accepted_at=NOW)))
        if self.late:
            raise Unavailable("too late")
        return request_id

    def cancel(self, host: str, request_id: str, timeout: float) -> None:
        """Withdraw the request, unless this host had begun to type it."""
        self._note(host, request_id)
        store = RequestStore(self.fleet.redis)
        request = store.get(request_id)
        assert request is not None
        if self.cancels:
            self.publish(
                request_ended(request, RequestOutcome.CANCELLED, "withdrawn before typing", NOW)
            )

    def publish(self, request: Request, news: bool = False) -> None:
        """Tell readers of a request, as its host does."""
        carry_out(self.fleet.redis, request_writes(request, "", news).commands)

    def stop(self, host: str, agent_id: str, timeout: float) -> str:
        """End the session."""
        self._note(host, agent_id)
        return "session ended and record removed"

    def launch(self, host: str, launch_id: str) -> None:
        """Queue the launch, and go as far with it as `launches` says."""
        self._note(host, launch_id)
        store = LaunchStore(self.fleet.redis)
        ticket = store.get(launch_id)
        assert ticket is not None
        if self.launches:
            store.put(self.launches(ticket))

    def operate(
        self, host: str, agent_id: str, operation: AgentOperation, timeout: float
    ) -> Mapping[str, str]:
        """Do nothing, and tell what was laid down."""
        self._note(host, agent_id)
        return self.operations.get(operation, {"failed": "nothing is known", "status": "503"})

    def begin_turns(self, turns: Mapping[str, str], timeout: float) -> dict[str, Mapping[str, str]]:
        """Take the orders, or answer as `refuses` says, or not at all."""
        found = {it: self._turn(host, it) for it, host in turns.items()}
        return {} if self.silent else found

    def interrupt_turn(self, host: str, tracked: str, timeout: float) -> Mapping[str, str]:
        """Tell a turn to end."""
        self._note(host, tracked)
        return {"done": "the turn was told to end"}

    def stop_headless(self, host: str, tracked: str, timeout: float) -> Mapping[str, str]:
        """End an agent."""
        self._note(host, tracked)
        return {"done": f"agent {tracked} stopped"}

    def show_turn(self, host: str, tracked: str, turn_id: str, timeout: float) -> Mapping[str, str]:
        """Know no more turns than Redis does."""
        self._note(host, turn_id)
        return {"failed": f"agent {tracked} has no turn {turn_id!r}", "status": "404"}

    def journal(
        self, host: str, agent_id: str, part: str, timeout: float, request_id: str = ""
    ) -> Mapping[str, str]:
        """Tell what was laid down, else that there is no journal."""
        self._note(host, agent_id)
        if request_id:
            return self.journals.get((request_id, part), {})
        return self.journals.get((agent_id, part), {"problem": "it has no readable status file"})

    def question(self, host: str, agent_id: str, timeout: float) -> Mapping[str, str]:
        """Ask what was laid down, else nothing."""
        self._note(host, agent_id)
        return self.questions.get(agent_id, {})

    def show_output(self, host: str, output: Sequence[str], timeout: float) -> Mapping[str, str]:
        """Lay out what the output is called."""
        self._note(host, output[1])
        TurnStore(self.fleet.redis).put_output(output[1], output[2], f"text of {output[2]}")
        return {}

    def _turn(self, host: str, turn_id: str) -> Mapping[str, str]:
        self._note(host, turn_id)
        store = TurnStore(self.fleet.redis)
        order = store.ordered(turn_id)
        assert order is not None
        if self.silent or self.refuses:
            return self.refuses or {}
        if order.tracked_agent_id == self.busy:
            return {"failed": "the agent is busy with turn t0", "status": "409"}
        store.take_order(turn_id)
        known = {"fan_out_id": order.fan_out_id, "prompt_digest": digest(order.prompt)}
        store.put(turn_record(turn_id, order.tracked_agent_id, **known))
        return {"turn_index": "1"}

    def _note(self, host: str, subject: str) -> None:
        self.asked.append((host, subject))
        if self.error:
            raise self.error


@dataclass
class Api:
    """A client that asks for everything, and refuses any answer its schema does not allow."""

    client: FlaskClient

    def read(self, path: str, schema: type[Schema], status: int = 200) -> Any:
        """The JSON of a GET."""
        return _checked(self.client.get(extended(path)), schema, status)

    def write(self, path: str, schema: type[Schema], status: int = 200) -> Any:
        """The JSON of a POST without body."""
        return _checked(self.client.post(extended(path)), schema, status)

    def send(
        self, path: str, body: Any, schema: type[Schema], status: int = 200, **headers: str
    ) -> Any:
        """The JSON of a POST with a JSON body; underscores in header names mean dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return _checked(self.client.post(extended(path), json=body, headers=named), schema, status)

    def remove(self, path: str, schema: type[Schema], status: int = 200) -> Any:
        """The JSON of a DELETE."""
        return _checked(self.client.delete(extended(path)), schema, status)


def _checked(answer: TestResponse, schema: type[Schema], status: int) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/json"
    assert schema().validate(answer.get_json()) == {}
    return answer.get_json()


PROBE = ProbeSnapshot(
    observed_at=NOW,
    pane_id="%4",
    pane_pid=5120,
    captured_text_hash="da39a3ee5e6b4b0d3255bfef95601890afd80709",
    captured_text_length=1834,
    captured_text_excerpt="● done\n❯ \n",
    matched_process_names=("claude",),
)
