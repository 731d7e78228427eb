"""How long until a new registry record is an agent with a state for everybody who asks."""

import http.client
import json
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from houmao.clock import monotonic
from houmao.config import Settings

_POLL_SECONDS = 0.002


def await_listed(settings: Settings, agent_ids: set[str], patience: float) -> float | None:
    """Seconds until all of them are listed with a readable state; None when patience ran out."""
    began = monotonic()
    left = sorted(agent_ids)
    with closing(http.client.HTTPConnection("127.0.0.1", settings.port, timeout=5)) as connection:
        while monotonic() - began < patience:
            left = [it for it in left if not _has_state(connection, it)]
            if not left and agent_ids <= _listed(connection):
                return monotonic() - began
            time.sleep(_POLL_SECONDS)
    return None


def _listed(connection: http.client.HTTPConnection) -> set[str]:
    agents = _get(connection, "/houmao/agents").get("agents", [])
    return {str(agent["agent_id"]) for agent in agents}


def measure(settings: Settings, publish: Callable[[int], str], count: int) -> list[float]:
    """Publish agents one after the other by `publish(number) -> agent id`; seconds for each."""
    found = []
    for number in range(count):
        agent_id = publish(number)
        took = await_listed(settings, {agent_id}, 20.0)
        if took is not None:
            found.append(took)
    return found


def _has_state(connection: http.client.HTTPConnection, agent_id: str) -> bool:
    state = _get(connection, f"/houmao/agents/{agent_id}/state")
    return state.get("turn", {}).get("phase") in ("ready", "active")


def _get(connection: http.client.HTTPConnection, path: str) -> dict[str, Any]:
    """The answer's object, whose shape is the API's promise; empty unless it is a 200."""
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    return dict(json.loads(body)) if answer.status == 200 else {}
