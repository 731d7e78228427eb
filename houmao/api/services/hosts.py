"""What the API asks of the hosts' workers, who alone touch terminals and processes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from houmao.errors import Conflict, HoumaoError, NotFound, Unavailable, UsageError
from houmao.requests.operation import AgentOperation
from houmao.state.values import AgentIdentity

#: Seconds a host has to take a request over or to give one back.
HAND_SECONDS = 5.0

_ERRORS: Mapping[str, type[HoumaoError]] = {
    "404": NotFound,
    "409": Conflict,
    "422": UsageError,
    "503": Unavailable,
}


class Hosts(Protocol):
    """The hosts' workers; `houmao.jobs.Jobs` is one. What has a `timeout` may raise Unavailable."""

    def waiting(self, hosts: Iterable[str]) -> dict[tuple[str, str], int]:
        """How many jobs wait, by host and queue; at once."""
        ...

    def refresh(self, host: str, agent_id: str, timeout: float) -> None:
        """Return once a state captured after this call is published."""
        ...

    def mark_seen(self, host: str, agent_id: str, timeout: float) -> None:
        """Return once the agent's last turn is published as seen by a person."""
        ...

    def record(self, host: str, agent_id: str, timeout: float) -> None:
        """Return once what the agent's tracker takes in is copied for readers, for 10 s."""
        ...

    def journal(
        self, host: str, agent_id: str, part: str, timeout: float, request_id: str = ""
    ) -> Mapping[str, str]:
        """What the agent's journal tells, `answer` or `usage`; or the `problem` with it.

        With a request's id nothing is told unless the last answer is that to this request.
        """
        ...

    def question(self, host: str, agent_id: str, timeout: float) -> Mapping[str, str]:
        """What the agent's screen asks now: `question` in JSON, and `blocked_on`."""
        ...

    def accept(self, host: str, request_id: str, timeout: float) -> str:
        """Return once the host keeps the request and will see it through; its id, or a former's."""
        ...

    def cancel(self, host: str, request_id: str, timeout: float) -> None:
        """Return once the request is withdrawn, if it was not typed yet."""
        ...

    def stop(self, host: str, agent_id: str, timeout: float) -> str:
        """End the agent's session; a sentence about what was done."""
        ...

    def launch(self, host: str, launch_id: str) -> None:
        """Queue a launch that lies in Redis."""
        ...

    def operate(
        self, host: str, agent_id: str, operation: AgentOperation, timeout: float
    ) -> Mapping[str, str]:
        """Do something to an agent that runs: what was `told`, or `failed` and `status`."""
        ...

    def begin_turns(self, turns: Mapping[str, str], timeout: float) -> dict[str, Mapping[str, str]]:
        """Have hosts run turns whose orders lie in Redis: turn id to host in, answers out."""
        ...

    def interrupt_turn(self, host: str, tracked: str, timeout: float) -> Mapping[str, str]:
        """Tell a headless agent's turn to end."""
        ...

    def stop_headless(self, host: str, tracked: str, timeout: float) -> Mapping[str, str]:
        """End a headless agent."""
        ...

    def show_turn(self, host: str, tracked: str, turn_id: str, timeout: float) -> Mapping[str, str]:
        """Return once a turn and all its events are in Redis."""
        ...

    def show_output(self, host: str, output: Sequence[str], timeout: float) -> Mapping[str, str]:
        """Return once an output is in Redis; it is named by agent, turn and its own name."""
        ...


def operated(
    hosts: Hosts, agent: AgentIdentity, operation: AgentOperation, seconds: float
) -> dict[str, Any]:
    """What an operation on a running agent told. Raises what the host failed with."""
    answer = checked(hosts.operate(agent.host, agent.agent_id, operation, seconds))
    told: dict[str, Any] = json.loads(answer["told"])
    return told


def refusal(answer: Mapping[str, str]) -> HoumaoError | None:
    """What a host failed with, if it did."""
    if "failed" not in answer:
        return None
    return _ERRORS.get(answer["status"], HoumaoError)(answer["failed"])


def checked(answer: Mapping[str, str]) -> Mapping[str, str]:
    """The answer of a host that did what it was asked. Raises what it failed with."""
    error = refusal(answer)
    if error is not None:
        raise error
    return answer
