"""The way of a request from its caller into the host that delivers it, and what became of it.

Redis holds the request while the host takes it over. Either the host takes it or its caller takes
it back; one that was taken back is never typed and leaves no trace.
This file knows neither Flask nor tmux, and never looks into a request's text.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from houmao.api.services.hosts import HAND_SECONDS, Hosts
from houmao.errors import Conflict, HoumaoError, NotFound, Unavailable
from houmao.ids import split_reference
from houmao.requests.request import DEFAULT_DEADLINE_SECONDS, Request, RequestKind, RequestOutcome
from houmao.requests.typable import check_command_for, check_prompt_for
from houmao.state.connect import NO_ANSWER
from houmao.state.faults import AWAY, problem
from houmao.state.requests import RequestStore
from houmao.state.values import AgentIdentity


class NoGateway(HoumaoError):
    """The agent has no pane to type into, and no gateway that would take a prompt."""

    http_status = 502


@dataclass(frozen=True, slots=True)
class RequestOrder:
    """What a caller asks of an agent; `deadline_seconds` is how long it may wait for it."""

    kind: RequestKind
    text: str = ""
    deadline_seconds: float = DEFAULT_DEADLINE_SECONDS
    idempotency_key: str | None = None
    #: Wait where a person has to act first, rather than be refused.
    patient: bool = False
    #: The request's id, where its caller has put it down before it asks.
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """Takes orders in; `now` is in seconds since the epoch, `new_id` gives a request's id."""

    store: RequestStore
    hosts: Hosts
    now: Callable[[], float]
    new_id: Callable[[], str]

    def submit(self, agent: AgentIdentity, order: RequestOrder) -> Request:
        """The request once its host has it, or the one its idempotency key made before.

        Raises NoGateway, Unavailable, and UsageError for a key that means another request.
        """
        if agent.headless:
            raise NoGateway(
                f"headless agent {agent.agent_id} has no pane to type into and no gateway "
                "attached; give it a turn: `houmao-mgr agents turn submit`, or POST …/turns"
            )
        _check(agent.tool, order)
        request = self._offered(self._request(agent, order))
        if not request.is_offer:
            return request
        try:
            owner = self.hosts.accept(agent.host, request.request_id, HAND_SECONDS)
        except Unavailable:
            if self._taken_back(request):
                raise
            return self._present(request)
        if owner != request.request_id:
            self.store.withdraw(request)
            request = self.store.reclaim(request, owner)
        return self._present(request)

    def find(self, agent_ref: str, request_id: str) -> Request:
        """A request of the agent of that id, `@host` or not, live or not. Raises NotFound."""
        agent_id, host = split_reference(agent_ref)
        found = self.store.get(request_id)
        if found is None or found.agent_id != agent_id or host not in (None, found.host):
            raise NotFound(f"agent {agent_id} has no request {request_id!r}")
        return found

    def cancel(self, agent: AgentIdentity, request_id: str) -> Request:
        """Withdraw a request that was not typed yet; twice is as good as once.

        Raises NotFound, Conflict when it is too late, and Unavailable.
        """
        request = self.find(str(agent.key), request_id)
        if not request.ended and request.typed_at is None:
            self.hosts.cancel(agent.host, request_id, HAND_SECONDS)
            request = self._present(request)
        if request.outcome is not RequestOutcome.CANCELLED:
            what = request.outcome.value if request.outcome else "is being typed"
            raise Conflict(f"request {request_id} cannot be withdrawn any more: {what}")
        return request

    def _request(self, agent: AgentIdentity, order: RequestOrder) -> Request:
        now = self.now()
        return Request(
            request_id=order.request_id or self.new_id(),
            agent_id=agent.agent_id,
            host=agent.host,
            kind=order.kind,
            text=order.text,
            created_at=now,
            deadline_at=now + order.deadline_seconds,
            idempotency_key=order.idempotency_key,
            patient=order.patient,
        )

    def _offered(self, request: Request) -> Request:
        """The request where its host finds it, or the one before. Raises Unavailable."""
        try:
            found = self._claimed(request)
            if found.is_offer:
                self.store.offer(found)
        except NO_ANSWER as error:
            raise Unavailable(problem(error) or AWAY) from error
        return found

    def _claimed(self, request: Request) -> Request:
        """The request that its idempotency key stands for: itself, or the one before.

        A former one that no host has yet, because its caller's process ended, is handed over
        again under its own id: hosts take an id once.
        """
        if request.idempotency_key is None:
            return request
        owner = self.store.claim(request)
        former = self.store.get(owner) if owner != request.request_id else None
        return former or replace(request, request_id=owner)

    def _present(self, request: Request) -> Request:
        return self.store.get(request.request_id) or request

    def _taken_back(self, request: Request) -> bool:
        """Whether the request will certainly never be typed."""
        if not self.store.withdraw(request):
            return False
        if request.idempotency_key is not None:
            self.store.release(request.agent, request.idempotency_key)
        return True


def _check(tool: str, order: RequestOrder) -> None:
    """Refuse a text before anybody is asked to type it. Raises UsageError, TextRefused."""
    if order.kind is RequestKind.SUBMIT_PROMPT:
        check_prompt_for(tool, order.text)
    elif order.kind is RequestKind.RUN_COMMAND:
        check_command_for(tool, order.text)
