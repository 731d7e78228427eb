"""Types a prompt or an interrupt into one agent's pane, by the rules of every delivery.

One of two writers there may be: the other is the watch process. They keep apart by a lock,
which is taken at the paste and given back when the delivery is over.
"""

import time
from dataclasses import dataclass

from houmao.errors import TmuxError
from houmao.registry.agent_lock import AgentLock
from houmao.requests.delivery import (
    Action,
    AgentSnapshot,
    DeliveryProgress,
    Finish,
    Paste,
    Press,
    Wait,
    advance,
)
from houmao.requests.request import Request, RequestOutcome
from houmao.sessions.driving.observer import LOOK_SECONDS, AgentPane, LocalObserver
from houmao.tmux import typing


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
                if isinstance(action, Paste) and not self.lock.take():
                    after, action = progress, _held_up(look, deadline)
                if isinstance(action, Finish):
                    return action
                try:
                    self._carry_out(request, action)
                except TmuxError as error:
                    return Finish(RequestOutcome.UNVERIFIED, error.message)
                progress = after
                if isinstance(action, Wait):
                    time.sleep(LOOK_SECONDS)

    def _carry_out(self, request: Request, action: Action) -> None:
        pane = self.agent_pane.pane.pane_id
        match action:
            case Paste():
                typing.paste(self.agent_pane.address, pane, request.text)
            case Press():
                if action.begins_turn:
                    self.observer.on_input()
                typing.press(self.agent_pane.address, pane, (action.key,))


def _held_up(look: AgentSnapshot, deadline: float) -> Wait | Finish:
    """What to do while another process types into this pane."""
    if look.at < deadline:
        return Wait()
    return Finish(
        RequestOutcome.EXPIRED, "another process typed into the agent's pane until the deadline"
    )
