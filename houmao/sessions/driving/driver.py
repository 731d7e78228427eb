"""Types a prompt or an interrupt into one agent's pane, by the rules of every delivery.

One of two writers there may be: the other is the watch process. They keep apart by a lock,
which is taken at the paste and given back when the delivery is over.
"""

import time
from dataclasses import dataclass, replace

from houmao.errors import TmuxError
from houmao.registry.agent_lock import AgentLock
from houmao.requests.delivery import advance
from houmao.requests.keystrokes import keystrokes, remark
from houmao.requests.pressing import KEYS
from houmao.requests.request import Request, RequestKind, RequestOutcome
from houmao.requests.steps import (
    Action,
    AgentSnapshot,
    DeliveryProgress,
    Finish,
    Paste,
    Press,
    TakeOut,
    Wait,
)
from houmao.sessions.driving.observer import LOOK_SECONDS, AgentPane, LocalObserver
from houmao.tmux.typing import type_keys


@dataclass(frozen=True, slots=True)
class LocalDriver:
    """Observes and types for one pane; `lock` is the agent's typing lock."""

    agent_pane: AgentPane
    observer: LocalObserver
    lock: AgentLock

    def deliver(self, request: Request, deadline: float) -> Finish:
        """See the request to its end; `deadline` is on the sight's clock.

        The text is typed at most once. Raises TmuxError only while nothing was typed.
        """
        progress = DeliveryProgress()
        with self.lock:
            while True:
                look = self.observer.look()
                after, action = advance(request, progress, look, deadline)
                if isinstance(action, Paste | TakeOut) and not self.lock.take():
                    after, action = progress, _held_up(look, deadline)
                if isinstance(action, Finish):
                    return self._remarked(request, action)
                try:
                    done = self._carry_out(request, action)
                except TmuxError as error:
                    return Finish(RequestOutcome.UNVERIFIED, error.message)
                progress = after if done else progress
                if isinstance(action, Wait) or not done:
                    time.sleep(LOOK_SECONDS)

    def _carry_out(self, request: Request, action: Action) -> bool:
        """Do it; False when the pane has changed meanwhile, and then no key was sent."""
        match action:
            case Paste():
                return self._send(keystrokes(self.agent_pane.tool, self.observer.version, request))
            case TakeOut():
                return self._send(KEYS["C-c"])
            case Press():
                keeps_still = request.kind is not RequestKind.INTERRUPT
                if not self._send(KEYS[action.key], keeps_still):
                    return False
                if action.begins_turn:
                    self.observer.on_input()
        return True

    def _send(self, keys: str, keeps_still: bool = True) -> bool:
        spot = self.observer.spot
        if spot is None:
            return False
        spot = spot if keeps_still else replace(spot, cursor=None)
        return type_keys(spot, keys)

    def _remarked(self, request: Request, end: Finish) -> Finish:
        more = remark(self.agent_pane.tool, self.observer.version, request, end.outcome)
        return replace(end, detail=end.detail + more)


def _held_up(look: AgentSnapshot, deadline: float) -> Wait | Finish:
    """What to do while another process types into this pane."""
    if look.at < deadline:
        return Wait()
    return Finish(
        RequestOutcome.EXPIRED, "another process typed into the agent's pane until the deadline"
    )
