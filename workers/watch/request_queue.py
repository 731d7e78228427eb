"""Requests in the watch process: kept on disk, delivered one after the other, seen to their end.

Each agent has a queue. The request at its head is advanced at every look at the agent; an
interrupt overtakes whatever has not been typed yet. What to do is decided by
`houmao.requests.delivery`; this file carries it out and keeps the record.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from houmao import logs
from houmao.errors import QueueFull, TmuxError
from houmao.registry.agent_lock import AgentLock
from houmao.requests.files import RequestFiles
from houmao.requests.idempotency import IdempotencyKeys
from houmao.requests.keystrokes import keystrokes
from houmao.requests.pressing import KEYS
from houmao.requests.request import (
    TAKEN,
    Request,
    RequestKind,
    RequestOutcome,
    ended,
    held,
    not_typed,
    sent,
    turn_ended,
    typing,
)
from houmao.requests.steps import (
    Action,
    DeliveryStage,
    Finish,
    Paste,
    Press,
    TakeOut,
    TypeKeys,
    Wait,
)
from houmao.state.requests import RequestStore
from houmao.tmux.typing import PaneSpot, spot_of
from houmao.track.moment import Moment
from houmao.track.state import LastTurnResult, LastTurnSource
from workers.loop import Clocks
from workers.watch.left_texts import LeftTexts
from workers.watch.next_step import (
    Delivery,
    enter,
    held_up,
    let_past,
    next_step,
    remarked,
    snapshot,
    types,
)
from workers.watch.outbox import Outbox
from workers.watch.typing_locks import TypingLocks
from workers.watch.watched_agent import WatchedAgent

#: Seconds an agent may be ready after our prompt without a verdict on its turn.
VERDICT_GRACE = 3.0
#: Longest time in seconds between two looks at an agent with an open request.
LOOK_EVERY = 0.5
#: Requests that may wait for one agent.
MOST_WAITING = 100
#: Seconds until what could not be begun is tried again.
AGAIN_AFTER = 0.05


@dataclass(frozen=True, slots=True)
class PaneWriter:
    """The only way to touch a pane: `type` sends keys, or none when the pane has changed.

    It may raise TmuxError. `lock` gives an agent's typing lock: commands that need no server
    type into panes, too.
    """

    type: Callable[[PaneSpot, str], bool]
    lock: Callable[[str], AgentLock]


class RequestQueue:
    """The open requests of one host's agents."""

    def __init__(
        self, files: RequestFiles, outbox: Outbox, pane_writer: PaneWriter, clocks: Clocks
    ) -> None:
        self._files = files
        self._outbox = outbox
        self._pane_writer = pane_writer
        self._clocks = clocks
        self._queues: dict[str, list[Delivery]] = {}
        #: Agent id to the submitted prompt whose turn has no verdict yet.
        self._verdicts: dict[str, Request] = {}
        self._left = LeftTexts(files)
        self._locks = TypingLocks(pane_writer.lock)
        self._keys = IdempotencyKeys(files.load_all())
        self._recovered = False
        self._log = logs.get("requests")

    def come_online(self, moment: Moment) -> None:
        """Publish what is on disk; the first time, take up what a former process left."""
        for found in self._files.load_all():
            if found.is_offer:
                self.ask_again(found)
                continue
            self._outbox.request(found, news=False)
            if not self._recovered and not found.ended:
                self._enqueue(found)
            self._left.note(found)
        self._files.prune(moment.wall)
        self._recovered = True

    def ask_again(self, offer: Request) -> None:
        """Find out, once Redis answers, whether an offer that is on disk is ours."""
        self._outbox.ask(partial(self._taking, offer))

    def offered(self, request: Request) -> str:
        """Put a request on disk, "", unless it is or repeats one that was taken: that one's id.

        Raises OSError when the disk refuses, and QueueFull.
        """
        former = self._keys.former(request, self._clocks.wall()) or request.request_id
        known = self._files.load(former)
        if known is not None and not known.is_offer:
            self._outbox.request(known, news=False)
            return former
        if len(self._queues.get(request.agent_id, ())) >= MOST_WAITING:
            raise QueueFull(f"{MOST_WAITING} requests wait for {request.agent_id}; ask again later")
        self._files.save(request)
        return ""

    def settle(self, request: Request, taken: bool, moment: Moment) -> None:
        """Take charge of a request that is on disk, unless its caller took it back."""
        if not taken:
            self._files.remove(request.request_id)
            return
        known = self._files.load(request.request_id)
        if known is None or not known.is_offer:
            return
        kept = replace(request, accepted_at=moment.wall)
        self._keys.note(kept)
        self._keep(kept)
        self._enqueue(kept)

    def _taking(self, request: Request, store: RequestStore) -> Callable[[], None]:
        """Take a request that was put on disk before; what then is to be done."""
        moment = self._clocks.moment()
        taken = store.take(request.request_id, moment.wall)
        return lambda: self.settle(request, taken, self._clocks.moment())

    def cancel(self, request_id: str, moment: Moment) -> None:
        """Withdraw a request unless it was typed already."""
        waiting = [delivery for queue in self._queues.values() for delivery in queue]
        for delivery in waiting:
            if delivery.request.request_id == request_id and not delivery.request.typed_at:
                self._end(
                    delivery, Finish(RequestOutcome.CANCELLED, "withdrawn before typing"), moment
                )

    def wind_down(self) -> bool:
        """Begin to type nothing more; True once nothing is in the middle of being typed."""
        self._locks.give_no_more()
        heads = (queue[0] for queue in self._queues.values())
        return not any(it.progress.stage is not DeliveryStage.WAITING for it in heads)

    def concerned(self) -> Iterable[str]:
        """Ids of agents with an open request or a turn whose verdict is awaited."""
        return tuple(self._queues.keys() | self._verdicts.keys())

    def look(self, agent: WatchedAgent, moment: Moment) -> float | None:
        """Advance the agent's first request, just after its screen was captured.

        Returns the seconds after which the next look is due at the latest, None when none is.
        """
        self.note_verdict(agent, moment)
        queue = self._queues.get(agent.identity.agent_id)
        if not queue:
            return None
        delivery, agent_id = queue[0], agent.identity.agent_id
        due, left = agent_id in self._verdicts, self._left.of(agent_id)
        look = snapshot(agent, delivery.request, moment, verdict_due=due, left=left)
        deadline = moment.at + (delivery.request.deadline_at - moment.wall)
        progress, action = next_step(agent, delivery, look, deadline)
        if types(action) and not self._locks.take(agent_id):
            progress, action = delivery.progress, held_up(moment.at, deadline)
        if not self._carry_out(agent, delivery, action, moment):
            return AGAIN_AFTER
        delivery.progress = progress
        if isinstance(action, Wait) and self._is_held(delivery, action.held_by) and let_past(queue):
            return 0.0
        if agent_id not in self._queues:
            return None
        until = action.until if isinstance(action, Wait) and action.until else moment.at
        return min(max(0.0, until - moment.at), LOOK_EVERY)

    def lose(self, agent_id: str, moment: Moment) -> None:
        """The agent is not watched any more: its requests end."""
        for delivery in list(self._queues.get(agent_id, ())):
            typed = delivery.request.typed_at is not None
            outcome = RequestOutcome.UNVERIFIED if typed else RequestOutcome.PROCESS_GONE
            self._end(delivery, Finish(outcome, "the agent is gone"), moment)
        self._verdict(agent_id, "unknown", moment)

    def _enqueue(self, request: Request) -> None:
        enter(self._queues.setdefault(request.agent_id, []), request)

    def _is_held(self, delivery: Delivery, reason: str) -> bool:
        """Whether a person has to act before it is typed, which is told when it begins and ends."""
        typed = delivery.request.typed_at is not None
        if not typed and delivery.request.detail != reason:
            delivery.request = held(delivery.request, reason)
            self._keep(delivery.request)
        return bool(reason)

    def _carry_out(
        self, agent: WatchedAgent, delivery: Delivery, action: Action, moment: Moment
    ) -> bool:
        """Do it; False when it could not be begun, so that it is decided anew."""
        match action:
            case Finish():
                self._end(delivery, remarked(agent, delivery.request, action), moment)
            case Paste():
                tool = agent.identity.tool
                keys = keystrokes(tool, agent.version, delivery.request)
                return self._type(agent, delivery, TypeKeys(keys), moment)
            case TypeKeys():
                return self._type(agent, delivery, action, moment)
            case Press():
                return self._press(agent, delivery, action, moment)
            case TakeOut():
                return self._send(agent, delivery, TypeKeys(KEYS["C-c"]), moment)
        return True

    def _type(
        self, agent: WatchedAgent, delivery: Delivery, text: TypeKeys, moment: Moment
    ) -> bool:
        if agent.pane is None or not self._outbox.owns_panes():
            self._locks.release(agent.identity.agent_id)
            return False
        before = delivery.request
        if before.typed_at is None:
            # On record before the first keystroke, so that no restart ever types it again.
            delivery.request = typing(before, moment.wall)
            if not self._files.keep(delivery.request):
                delivery.request = before
                self._locks.release(agent.identity.agent_id)
                return False
            self._outbox.request(delivery.request)
        if self._send(agent, delivery, text, moment):
            return True
        if before.typed_at is None:
            delivery.request = not_typed(delivery.request)
            self._keep(delivery.request)
        return False

    def _press(self, agent: WatchedAgent, delivery: Delivery, press: Press, moment: Moment) -> bool:
        keeps_still = delivery.request.kind is not RequestKind.INTERRUPT
        if not self._send(agent, delivery, TypeKeys(KEYS[press.key]), moment, keeps_still):
            return False
        if press.begins_turn:
            delivery.request = sent(delivery.request)
            self._keep(delivery.request)
            agent.on_input()
            self._verdict(agent.identity.agent_id, "unknown", moment)
        return True

    def _send(
        self,
        agent: WatchedAgent,
        delivery: Delivery,
        text: TypeKeys,
        moment: Moment,
        keeps_still: bool = True,
    ) -> bool:
        """Send keys to the agent's program; False when nothing was sent, to be decided anew.

        A pane that `keeps_still` has its cursor where it was: nobody has typed there since.
        """
        if agent.pane is None or agent.process is None or not self._outbox.owns_panes():
            return False
        seen = spot_of(agent.pane)
        spot = replace(seen, cursor=seen.cursor if keeps_still else None, shows=text.shows)
        try:
            return self._pane_writer.type(spot, text.keys)
        except TmuxError as error:
            self._end(delivery, Finish(RequestOutcome.UNVERIFIED, error.message), moment)
            return True

    def _end(self, delivery: Delivery, end: Finish, moment: Moment) -> None:
        request = ended(delivery.request, end.outcome, end.detail, moment.wall)
        queue = self._queues[request.agent_id]
        # Only the first is ever being typed; one that is withdrawn behind it leaves it its lock.
        if queue[0] is delivery:
            self._locks.release(request.agent_id)
        queue.remove(delivery)
        if not queue:
            del self._queues[request.agent_id]
        if end.outcome in TAKEN:
            self._verdicts[request.agent_id] = request
        self._keep(request)
        self._left.note(request)
        self._log.info("request_ended", request_id=request.request_id, outcome=end.outcome.value)

    def note_verdict(self, agent: WatchedAgent, moment: Moment) -> None:
        """Take down how the turn of a submitted prompt ended, once the tracker says so."""
        last = agent.last_turn
        if last.result is not LastTurnResult.NONE:
            # A turn that somebody else began meanwhile says nothing about ours.
            ours = last.source is LastTurnSource.EXPLICIT_INPUT
            result = last.result.value if ours else "unknown"
            if (request := self._verdict(agent.identity.agent_id, result, moment)) and ours:
                agent.witnesses.note_answered(request.request_id)
        elif agent.signals is None or agent.standing.ready_for(moment.wall) > VERDICT_GRACE:
            self._verdict(agent.identity.agent_id, "unknown", moment)

    def _verdict(self, agent_id: str, result: str, moment: Moment) -> Request | None:
        request = self._verdicts.pop(agent_id, None)
        if request is not None:
            request = turn_ended(request, result, moment.wall)
            self._keep(request)
            self._left.note(request)
        return request

    def _keep(self, request: Request) -> None:
        self._files.keep(request)
        self._outbox.request(replace(request, text="") if request.ended else request)
