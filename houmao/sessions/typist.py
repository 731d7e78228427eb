"""Types a prompt or an interrupt into one agent's pane, by the rules of every delivery.

One of two writers there may be: the other is the watch process. They keep apart by a lock,
which is taken at the paste and given back when the delivery is over.
"""

import time
from dataclasses import dataclass

from houmao.errors import TmuxError
from houmao.registry.agent_lock import AgentLock
from houmao.requests.delivery import Action, End, Look, Paste, Press, Progress, Wait, advance
from houmao.requests.request import Outcome, Request
from houmao.sessions.sight import LOOK_SECONDS, Place, Sight
from houmao.tmux import typing


@dataclass(frozen=True, slots=True)
class Typist:
    """A pair of eyes and hands for one place; `lock` is the agent's typing lock."""

    place: Place
    sight: Sight
    lock: AgentLock

    def deliver(self, request: Request, deadline: float) -> End:
        """See the request to its end; `deadline` is on the sight's clock.

        The text is typed at most once. Raises TmuxError only while nothing was typed.
        """
        progress = Progress()
        with self.lock:
            while True:
                look = self.sight.look()
                after, action = advance(request, progress, look, deadline)
                if isinstance(action, Paste) and not self.lock.take():
                    after, action = progress, _held_up(look, deadline)
                if isinstance(action, End):
                    return action
                try:
                    self._carry_out(request, action)
                except TmuxError as error:
                    return End(Outcome.UNVERIFIED, error.message)
                progress = after
                if isinstance(action, Wait):
                    time.sleep(LOOK_SECONDS)

    def _carry_out(self, request: Request, action: Action) -> None:
        pane = self.place.pane.pane_id
        match action:
            case Paste():
                typing.paste(self.place.address, pane, request.text)
            case Press():
                if action.begins_turn:
                    self.sight.on_input()
                typing.press(self.place.address, pane, (action.key,))


def _held_up(look: Look, deadline: float) -> Wait | End:
    """What to do while another process types into this pane."""
    if look.at < deadline:
        return Wait()
    return End(Outcome.EXPIRED, "another process typed into the agent's pane until the deadline")
