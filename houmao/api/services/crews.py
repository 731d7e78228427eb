"""CAO's terminals: launched, prompted, messaged and ended by the ways of all agents.

A message takes the way of every prompt, so that it is typed once, in order, and only when its
receiver is ready. Knows neither Flask nor tmux.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import uuid4

from houmao.api.services.handover import Handover, RequestOrder
from houmao.api.services.hosts import Hosts
from houmao.api.services.launches import Launches
from houmao.api.services.waiting import Waiting
from houmao.errors import Conflict, HoumaoError, NotFound, Unavailable, UsageError
from houmao.ids import AgentKey, slug
from houmao.requests.launch_ticket import LaunchOutcome, LaunchTicket
from houmao.requests.request import Request, RequestKind
from houmao.state.cao import CaoStore
from houmao.state.read import StateReader
from houmao.state.values import AgentIdentity, Detail
from houmao.terminals.cao import CaoTerminal, InboxMessage

SESSION_PREFIX = "cao-"
#: Seconds a message may wait for its receiver.
MESSAGE_DEADLINE = 86_400.0
#: Seconds after its launch in which a terminal's agent need not be seen yet.
APPEARS_WITHIN = 15.0
#: Seconds a host may take to end an agent.
STOP_SECONDS = 15.0


class LaunchFailed(HoumaoError):
    """A terminal did not come up; the message says why."""

    http_status = 503


@dataclass(frozen=True, slots=True)
class TerminalOrder:
    """A terminal to launch; `session_name` is whole, other empty texts are for the recipe."""

    session_name: str
    provider: str
    agent_profile: str
    working_directory: str = ""
    caller_id: str = ""
    allowed_tools: str = ""
    #: The same key means the same terminal, however often it is asked for.
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class Crews:
    """All CAO sessions of all hosts."""

    store: CaoStore
    reader: StateReader
    launching: Launches
    handover: Handover
    hosts: Hosts
    own_host: str
    now: Callable[[], float]
    waiting: Waiting

    # --- terminals ----------------------------------------------------------------------

    def launch(self, order: TerminalOrder, seconds: float) -> CaoTerminal:
        """The terminal once its tool is up, or the one that its idempotency key made before.

        Raises UsageError, Conflict, LaunchFailed.

        It is known from the moment the launch is asked for until that fails: whoever lost our
        answer finds it, and one that takes longer comes up later.
        """
        terminal = self._new_terminal(order)
        first = not any(it.session_name == order.session_name for it in self.store.all())
        if not self.store.claim(terminal):
            return self._former(terminal, seconds)
        try:
            taken = self.launching.submit(
                self.own_host,
                agents=order.agent_profile,
                provider=order.provider,
                agent_name=f"{slug(order.agent_profile)}-{terminal.terminal_id}",
                agent_id=terminal.terminal_id,
                session_name=order.session_name
                if first
                else f"{order.session_name}-{terminal.window_name}",
                working_directory=terminal.working_directory,
            )
        except HoumaoError:
            self.store.drop(terminal.terminal_id)
            raise
        self._await_launch(terminal, taken, seconds)
        return terminal

    def _await_launch(self, terminal: CaoTerminal, taken: LaunchTicket, seconds: float) -> None:
        at, later = terminal.terminal_id, f"GET /terminals/{terminal.terminal_id} tells when it is"
        ticket = self.waiting.launched(taken, seconds)
        if not ticket.ended:
            raise LaunchFailed(f"terminal {at} is not up yet; {later}")
        if ticket.outcome is not LaunchOutcome.LAUNCHED:
            self.store.drop(at)
            raise _refusal(ticket)
        if self.waiting.appeared(_reference(terminal), APPEARS_WITHIN) is None:
            raise LaunchFailed(f"terminal {at} was launched and is not watched yet; {later}")

    def _former(self, wanted: CaoTerminal, seconds: float) -> CaoTerminal:
        """The terminal that the same idempotency key made, once it is up."""
        found = self.store.get(wanted.terminal_id)
        alike = found and replace(found, created_at=wanted.created_at, first_request="")
        if found is None or alike != wanted:
            raise Conflict("idempotency_key: it stands for another launch; take a new one")
        if self.waiting.appeared(_reference(found), seconds) is None:
            raise LaunchFailed(f"terminal {found.terminal_id} of this idempotency_key is not up")
        return found

    def _new_terminal(self, order: TerminalOrder) -> CaoTerminal:
        terminal_id = terminal_id_of(order.idempotency_key)
        caller = self.store.get(order.caller_id) if order.caller_id else None
        return CaoTerminal(
            terminal_id=terminal_id,
            session_name=order.session_name,
            window_name=f"{slug(order.agent_profile)}-{terminal_id[:4]}",
            provider=order.provider,
            agent_profile=order.agent_profile,
            host=self.own_host,
            created_at=self.now(),
            # Who is called works where its caller does.
            working_directory=order.working_directory
            or (caller.working_directory if caller else ""),
            caller_id=order.caller_id,
            allowed_tools=order.allowed_tools,
        )

    def terminal(self, terminal_id: str) -> CaoTerminal:
        """The terminal of that id. Raises NotFound, also for one whose agent has gone."""
        found = self.store.get(terminal_id)
        if found is None or self._gone(found):
            raise NotFound(f"there is no terminal {terminal_id!r}")
        return found

    def session(self, name: str) -> list[CaoTerminal]:
        """A session's terminals, oldest first. Raises NotFound."""
        found = [it for it in self.terminals() if it.session_name == name]
        if not found:
            raise NotFound(f"there is no session {name!r}")
        return found

    def terminals(self) -> list[CaoTerminal]:
        """Every terminal whose agent lives, oldest first."""
        return [it for it in self.store.all() if not self._gone(it)]

    def detail(self, terminal: CaoTerminal) -> Detail | None:
        """What is known of the terminal's agent, None before it was seen."""
        try:
            return self.reader.detail(_reference(terminal), self.now())
        except NotFound:
            return None

    def end(self, terminal: CaoTerminal) -> None:
        """End the terminal's agent and forget the terminal."""
        try:
            agent = self.agent(terminal)
        except NotFound:
            pass
        else:
            self.hosts.stop(agent.host, agent.agent_id, STOP_SECONDS)
        self.store.drop(terminal.terminal_id)

    def agent(self, terminal: CaoTerminal) -> AgentIdentity:
        """The terminal's agent. Raises NotFound before it was seen."""
        return self.reader.resolve(_reference(terminal))

    # --- what is typed ------------------------------------------------------------------

    def prompt(self, terminal: CaoTerminal, text: str, request_id: str = "") -> Request:
        """The request that types a text into the terminal, once."""
        order = RequestOrder(RequestKind.SUBMIT_PROMPT, text, request_id=request_id)
        return self.handover.submit(self.agent(terminal), order)

    def begin(self, terminal: CaoTerminal, text: str) -> CaoTerminal:
        """The terminal with its first message on its way, once; it is known before it is sent."""
        if terminal.first_request:
            return terminal
        known = replace(terminal, first_request=self.handover.new_id())
        self.store.put(known)
        try:
            self.prompt(known, text, known.first_request)
        except HoumaoError:
            self.store.put(terminal)
            raise
        return known

    def send(self, sender_id: str, receiver: CaoTerminal, text: str) -> InboxMessage:
        """The message, once the receiver's host has it; over a dialog it waits for its answer.

        It is in the inbox before it is handed over: who lost our answer finds it there.
        """
        agent = self.agent(receiver)
        message = InboxMessage(
            message_id=self.store.next_message_id(),
            sender_id=sender_id,
            receiver_id=receiver.terminal_id,
            message=text,
            created_at=self.now(),
            request_id=self.handover.new_id(),
        )
        self.store.add(message)
        try:
            self.handover.submit(agent, _order(message))
        except HoumaoError:
            self.store.take_out(message)
            raise
        return message

    def latest(self, terminal: CaoTerminal) -> Request | None:
        """What the terminal was asked last."""
        key = AgentKey(terminal.host, terminal.terminal_id)
        return next(iter(self.handover.store.latest(key, 1)), None)

    def request(self, request_id: str) -> Request | None:
        """What became of a request of ours."""
        return self.handover.store.get(request_id) if request_id else None

    def _gone(self, terminal: CaoTerminal) -> bool:
        if self.now() - terminal.created_at < APPEARS_WITHIN:
            return False
        try:
            self.agent(terminal)
        except NotFound:
            return True
        except Unavailable:
            return False
        return False


def _order(message: InboxMessage) -> RequestOrder:
    return RequestOrder(
        RequestKind.SUBMIT_PROMPT,
        message.message,
        MESSAGE_DEADLINE,
        patient=True,
        request_id=message.request_id,
    )


def terminal_id_of(idempotency_key: str) -> str:
    """The id of the terminal that a key stands for; a new one where there is no key."""
    key = idempotency_key.encode()
    return (sha256(key).hexdigest() if key else uuid4().hex)[:8]


def whole_name(given: str | None, idempotency_key: str = "") -> str:
    """A session's name with its prefix; where none is given a new one, or the key's."""
    if not given:
        return f"{SESSION_PREFIX}{terminal_id_of(idempotency_key)}"
    return given if given.startswith(SESSION_PREFIX) else f"{SESSION_PREFIX}{given}"


def _reference(terminal: CaoTerminal) -> str:
    return str(AgentKey(terminal.host, terminal.terminal_id))


def _refusal(ticket: LaunchTicket) -> HoumaoError:
    kinds: dict[str, type[HoumaoError]] = {"404": UsageError, "409": Conflict, "422": UsageError}
    return kinds.get(ticket.failed_status, LaunchFailed)(ticket.detail)
