"""Headless agents and their turns as callers reach them: who is meant, the way in, what became.

The prompt of a turn lies in Redis while its host takes it over; whoever takes it away first,
host or caller, decides whether the turn is run. Knows neither Flask nor tmux.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from houmao.api.services.hosts import HAND_SECONDS, Hosts, checked, refusal
from houmao.errors import Conflict, HoumaoError, NotFound, Unavailable, UsageError
from houmao.headless.records import TurnRecord, digest
from houmao.headless.told_events import entry_of
from houmao.ids import AgentKey, is_safe_component, split_reference
from houmao.state.connect import NO_ANSWER
from houmao.state.read import StateReader
from houmao.state.turns import TurnOrder, TurnStore
from houmao.state.values import AgentIdentity, HeadlessAgent

#: Seconds a host may take to begin a turn: others may be before it, each for some hundredths.
BEGIN_SECONDS = 10.0
#: Seconds a host may take to end an agent: its processes get time to end by themselves.
STOP_SECONDS = 15.0
#: Seconds more that a host gets for each turn of a fan-out.
_SECONDS_EACH = 0.1
#: Turns that tell what an agent is doing: the active one, and the one before.
_RECENT = 2


class NotManaged(HoumaoError):
    """The agent is no headless agent that a server of ours owns."""

    http_status = 400


@dataclass(frozen=True, slots=True)
class ResolvedAgent:
    """Who a reference means: an owned headless agent, a discovered agent, or one that is both."""

    owned: HeadlessAgent | None
    agent: AgentIdentity | None


@dataclass(frozen=True, slots=True)
class HeadlessSnapshot:
    """A headless agent now, with its recent turns, newest first."""

    agent: HeadlessAgent
    served: bool
    turns: tuple[TurnRecord, ...]
    record: AgentIdentity | None = None


@dataclass(frozen=True, slots=True)
class FanOutEntry:
    """What became of one agent's turn in a fan-out; `error` says why there is none."""

    agent: HeadlessAgent
    turn_id: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class HeadlessAgents:
    """The headless agents of all hosts."""

    store: TurnStore
    reader: StateReader
    hosts: Hosts
    #: The host that keeps the turns of agents that nobody owns any more.
    own_host: str
    new_id: Callable[[], str] = lambda: uuid4().hex[:12]

    # --- who ----------------------------------------------------------------------------

    def target(self, reference: str) -> ResolvedAgent:
        """Who is meant. Raises NotFound, AmbiguousName, and Conflict for an ambiguous owned one."""
        literal = self._called(reference.strip())
        if literal:
            return ResolvedAgent(_only(literal, reference), None)
        agent = self.reader.resolve(reference)
        owned = self.store.agents_called(str(agent.key)) if agent.headless else ()
        return ResolvedAgent(_only(owned, reference) if owned else None, agent)

    def owned(self, reference: str) -> HeadlessAgent:
        """The owned agent that is meant; raises as `target` does, and NotManaged."""
        found = self.target(reference)
        if found.owned is None:
            raise NotManaged(f"agent {reference!r} is not a managed headless agent of this server")
        return found.owned

    def seen(self, reference: str) -> AgentIdentity:
        """The agent as its host sees it, headless or not. Raises as `target` does."""
        found = self.target(reference)
        if found.agent is not None:
            return found.agent
        return self.reader.resolve(str(found.owned.key) if found.owned else reference)

    def present(self, found: ResolvedAgent, turns: int = _RECENT) -> HeadlessSnapshot:
        """What an owned agent is doing, with so many of its turns."""
        agent = found.owned
        if agent is None:
            raise NotManaged("this agent is not a managed headless agent of this server")
        latest = tuple(self.store.latest(agent.tracked_agent_id, turns))
        record = found.agent or self._discovered(agent)
        return HeadlessSnapshot(agent, self.store.is_served(agent.host), latest, record)

    def agents(self) -> list[HeadlessAgent]:
        """Every owned agent, by name; none once readers have found that Redis is away."""
        return [] if self.reader.partial else self.store.agents()

    def present_all(self) -> dict[AgentKey, HeadlessSnapshot]:
        """What each of them is doing, by agent."""
        agents = self.agents()
        turns = self.store.latest_of([it.tracked_agent_id for it in agents], _RECENT)
        served = {host: self.store.is_served(host) for host in {it.host for it in agents}}
        return {
            it.key: HeadlessSnapshot(it, served[it.host], tuple(turns[it.tracked_agent_id]))
            for it in agents
        }

    # --- turns --------------------------------------------------------------------------

    def submit(
        self, agent: HeadlessAgent, prompt: str, limit: int | None, key: str | None = None
    ) -> TurnRecord:
        """The turn once its host has it, or the one its idempotency key made before.

        Raises Conflict, Unavailable, and UsageError, also for a key that means another prompt.
        """
        turn_id = _keyed(agent, key) if key else self.new_id()
        former = self._former(agent, turn_id, prompt) if key else None
        if former is not None:
            return former
        order = TurnOrder(turn_id, agent.tracked_agent_id, prompt, limit)
        (begun,) = self._begin([(agent, order)], BEGIN_SECONDS)
        if isinstance(begun, HoumaoError):
            # A call of the same key may have begun it meanwhile.
            former = self._former(agent, turn_id, prompt) if key else None
            if former is None:
                raise begun
            return former
        return self.turn_of(agent, order.turn_id)

    def fan_out(
        self, agents: Sequence[HeadlessAgent], prompt: str, limit: int | None
    ) -> tuple[str, list[FanOutEntry]]:
        """One prompt for many agents: an id to ask for, and what became of each."""
        fan_out_id = f"fan-{self.new_id()}"
        orders = [
            (it, TurnOrder(self.new_id(), it.tracked_agent_id, prompt, limit, fan_out_id))
            for it in agents
        ]
        self._keep(fan_out_id, (FanOutEntry(it, order.turn_id) for it, order in orders))
        answers = self._begin(orders, BEGIN_SECONDS + _SECONDS_EACH * len(orders))
        begun = [
            FanOutEntry(
                it, order.turn_id, answer.message if isinstance(answer, HoumaoError) else None
            )
            for (it, order), answer in zip(orders, answers, strict=True)
        ]
        self._keep(fan_out_id, begun)
        return fan_out_id, begun

    def fan_out_turns(self, fan_out_id: str) -> list[tuple[Mapping[str, Any], TurnRecord | None]]:
        """What became of each agent of a fan-out, with its turn as it is now. Raises NotFound."""
        found = self.store.fan_out(fan_out_id)
        if not found:
            raise NotFound(f"there is no fan-out {fan_out_id!r}")
        entries = sorted(map(json.loads, found.values()), key=lambda it: str(it["agent_name"]))
        turns = self.store.get_all([it["turn_id"] for it in entries if not it["error"]])
        return [(it, turns.get(it["turn_id"])) for it in entries]

    def turn(self, reference: str, turn_id: str) -> TurnRecord:
        """A turn of the agent that is meant, also of one that was stopped. Raises as `owned`."""
        try:
            return self.turn_of(self.owned(reference), turn_id)
        except NotFound:
            # An agent that was stopped has no name any more; its turns stay.
            record = self.store.get(turn_id) if is_safe_component(turn_id) else None
            called, _ = split_reference(reference)
            if record is None or called not in (record.tracked_agent_id, record.agent_id):
                raise
            return record

    def turn_of(self, agent: HeadlessAgent, turn_id: str) -> TurnRecord:
        """A turn of that agent. Raises NotFound."""
        found = self.store.get(turn_id) if is_safe_component(turn_id) else None
        if found is None and is_safe_component(turn_id):
            self._ask_for(agent.host, agent.tracked_agent_id, turn_id)
            found = self.store.get(turn_id)
        if found is None or found.tracked_agent_id != agent.tracked_agent_id:
            raise NotFound(f"agent {agent.agent_name!r} has no turn {turn_id!r}")
        return found

    def again(self, record: TurnRecord) -> TurnRecord | None:
        """The turn as it is now."""
        return self.store.get(record.turn_id)

    def events(self, record: TurnRecord, after: int) -> list[dict[str, Any]]:
        """The turn's events after that number, each with its own."""
        found = self.store.events(record.turn_id, after)
        first, last = (found[0][0], found[-1][0]) if found else (after + 1, after)
        missing = not record.active and last < record.events
        if first != after + 1 or missing:
            self._ask_for(self._host_of(record), record.tracked_agent_id, record.turn_id)
            found = self.store.events(record.turn_id, after)
        return [{"number": number, **entry_of(text, record)} for number, text in found]

    def await_event(self, record: TurnRecord, after: int, block_ms: int) -> bool:
        """Whether there is an event after that number, waited for so long."""
        return self.store.await_event(record.turn_id, after, block_ms)

    def output(self, record: TurnRecord, name: str) -> str:
        """The whole text of `stdout` or `stderr`. Raises NotFound."""
        paths = {"stdout": record.stdout_path, "stderr": record.stderr_path}
        if paths.get(name) is None:
            raise NotFound(f"turn {record.turn_id} has no artifact {name!r}, or not yet")
        which = (record.tracked_agent_id, record.turn_id, name)
        checked(self.hosts.show_output(self._host_of(record), which, HAND_SECONDS))
        found = self.store.output(record.turn_id, name)
        if found is None:
            raise Unavailable(f"the {name} of turn {record.turn_id} is gone again; try again")
        return found

    # --- agents -------------------------------------------------------------------------

    def interrupt(self, agent: HeadlessAgent) -> str:
        """Tell the agent's turn to end; a sentence about it."""
        answer = self.hosts.interrupt_turn(agent.host, agent.tracked_agent_id, HAND_SECONDS)
        return checked(answer)["done"]

    def stop(self, agent: HeadlessAgent) -> str:
        """End the agent; a sentence about it."""
        answer = self.hosts.stop_headless(agent.host, agent.tracked_agent_id, STOP_SECONDS)
        return checked(answer)["done"]

    # --- how ----------------------------------------------------------------------------

    def _called(self, reference: str) -> Sequence[HeadlessAgent]:
        """Owned agents of that id or name; while Redis is away, only what panes show is known."""
        try:
            return self.store.agents_called(reference)
        except NO_ANSWER:
            return ()

    def _former(self, agent: HeadlessAgent, turn_id: str, prompt: str) -> TurnRecord | None:
        """The turn of a call that is repeated. Raises UsageError when it asked for another one."""
        try:
            found = self.turn_of(agent, turn_id)
        except NotFound:
            return None
        if found.prompt_digest != digest(prompt):
            raise UsageError(
                "this Idempotency-Key was used for another prompt before; use a new one"
            )
        return found

    def _begin(
        self, orders: Sequence[tuple[HeadlessAgent, TurnOrder]], seconds: float
    ) -> list[HoumaoError | None]:
        """What each order met with on its host; None for a turn that it took."""
        for _, order in orders:
            self.store.order(order)
        turns = {order.turn_id: agent.host for agent, order in orders}
        answers = self.hosts.begin_turns(turns, seconds)
        return [self._met(agent, it, answers.get(it.turn_id)) for agent, it in orders]

    def _met(
        self, agent: HeadlessAgent, order: TurnOrder, answer: Mapping[str, str] | None
    ) -> HoumaoError | None:
        # What the host has not taken by now it never will: the order is gone.
        taken_back = self.store.take_order(order.turn_id)
        if answer is not None:
            return refusal(answer)
        if taken_back:
            return Unavailable(
                f"host {agent.host} did not begin the turn in time; does its turn process run?"
            )
        return Unavailable(
            f"host {agent.host} took turn {order.turn_id} and then fell silent; "
            "ask for that turn before you send the prompt again"
        )

    def _keep(self, fan_out_id: str, begun: Iterable[FanOutEntry]) -> None:
        found = {
            it.agent.tracked_agent_id: json.dumps(
                {
                    "tracked_agent_id": it.agent.tracked_agent_id,
                    "agent_id": it.agent.agent_id,
                    "agent_name": it.agent.agent_name,
                    "turn_id": it.turn_id,
                    "error": it.error,
                }
            )
            for it in begun
        }
        self.store.put_fan_out(fan_out_id, found)

    def _ask_for(self, host: str, tracked: str, turn_id: str) -> None:
        """Have the turn's host put it into Redis, whole. Raises NotFound, Unavailable."""
        checked(self.hosts.show_turn(host, tracked, turn_id, HAND_SECONDS))

    def _host_of(self, record: TurnRecord) -> str:
        agent = self.store.agent(record.tracked_agent_id)
        return agent.host if agent else self.own_host

    def _discovered(self, agent: HeadlessAgent) -> AgentIdentity | None:
        try:
            return self.reader.resolve(str(agent.key))
        except HoumaoError:
            return None


def is_over(entry: Mapping[str, Any], record: TurnRecord | None) -> bool:
    """True for a turn of a fan-out that was refused or has ended; an unknown one may yet begin."""
    return entry["error"] is not None or (record is not None and not record.active)


def _keyed(agent: HeadlessAgent, key: str) -> str:
    """The id of the turn that this key makes for this agent."""
    text = f"{agent.tracked_agent_id} {key}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _only(found: Sequence[HeadlessAgent], reference: str) -> HeadlessAgent:
    if len(found) > 1:
        raise Conflict(f"{reference!r} means {len(found)} headless agents; use a tracked id")
    return found[0]
