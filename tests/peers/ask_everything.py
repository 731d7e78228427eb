"""Asks a server everything a published client can ask: run by the peer's own interpreter.

`python ask_everything.py URL TUI_AGENT HEADLESS_AGENT [pair]` uses the peer's client class of the
passive server, or of `houmao-server`, whose models refuse every field that they do not know.
Prints a JSON object: what was asked, and null or the sentence of what the client did not take.
"""

import json
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from houmao.passive_server.client import PassiveServerClient  # type: ignore[import-not-found]
from houmao.server.models import (  # type: ignore[import-not-found]
    HoumaoHeadlessTurnRequest,
    HoumaoManagedAgentInterruptRequest,
    HoumaoManagedAgentSubmitPromptRequest,
)


def client_of(url: str, server: str) -> Any:
    """The peer's client of that server."""
    if server == "passive":
        return PassiveServerClient(url)
    from houmao.server.client import HoumaoServerClient  # type: ignore[import-not-found]

    return HoumaoServerClient(url)


def main(url: str, tui: str, headless: str, server: str = "passive") -> None:
    client = client_of(url, server)
    found: dict[str, str | None] = {}

    def ask(name: str, call: Callable[[], Any]) -> Any:
        try:
            answer = call()
        except Exception as error:
            found[name] = f"{type(error).__name__}: {error}"
            return None
        found[name] = None
        return answer

    ask("current instance", client.current_instance)
    ask("agents", client.list_managed_agents)
    for agent in (tui, headless):
        ask(f"agent {agent}", partial(client.get_managed_agent, agent))
        ask(f"state {agent}", partial(client.get_managed_agent_state, agent))
        ask(f"detail {agent}", partial(client.get_managed_agent_state_detail, agent))
        ask(f"history {agent}", partial(client.get_managed_agent_history, agent))
    prompt = HoumaoManagedAgentSubmitPromptRequest(prompt="say hello")
    ask("prompt", lambda: client.submit_managed_agent_request(tui, prompt))
    stop = HoumaoManagedAgentInterruptRequest()
    ask("interrupt", lambda: client.submit_managed_agent_request(tui, stop))
    order = HoumaoHeadlessTurnRequest(prompt="say hello")
    turn = ask("turn", lambda: client.submit_headless_turn(headless, order))
    if turn is not None:
        status = ask("turn status", lambda: client.get_headless_turn_status(headless, turn.turn_id))
        while status is not None and status.status == "active":
            status = client.get_headless_turn_status(headless, turn.turn_id)
        ask("turn events", lambda: client.get_headless_turn_events(headless, turn.turn_id))
        ask(
            "turn stdout",
            lambda: client.get_headless_turn_artifact_text(
                headless, turn.turn_id, artifact_name="stdout"
            ),
        )
    ask("stop", lambda: client.stop_managed_agent(tui))
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:5])
