"""What an agent's gateway says of itself, in eight fields, by one short call.

A gateway that is away, slow, or answers nonsense is told as null: it never spoils the agent's
own state. `http.client` is used because it looks at no proxy variable.
"""

import http.client
import json
from collections.abc import Mapping

from houmao.api.managed.schemas import GatewaySummarySchema
from houmao.clock import monotonic
from houmao.state.values import AgentIdentity

#: Seconds for the whole call.
TIMEOUT_SECONDS = 1.0

_LARGEST_ANSWER = 64 * 1024
_SCHEMA = GatewaySummarySchema()


def gateway_summary(agent: AgentIdentity) -> Mapping[str, object] | None:
    """Eight fields of the gateway's status, None without a gateway or a sound answer."""
    if agent.gateway_host is None or agent.gateway_port is None:
        return None
    try:
        answer = json.loads(_get_status(agent.gateway_host, agent.gateway_port))
    except (OSError, ValueError, http.client.HTTPException, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    summary = {name: answer[name] for name in _SCHEMA.fields if name in answer}
    return None if _SCHEMA.validate(summary) else summary


def _get_status(host: str, port: int) -> bytes:
    """Body of `GET /v1/status`. Raises OSError or HTTPException."""
    reachable = "127.0.0.1" if host == "0.0.0.0" else host
    deadline = monotonic() + TIMEOUT_SECONDS
    connection = http.client.HTTPConnection(reachable, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/v1/status", headers={"Accept": "application/json"})
        response = connection.getresponse()
        if response.status != 200:
            raise ConnectionError(f"status {response.status}")
        return _read_until(response, deadline)
    finally:
        connection.close()


def _read_until(response: http.client.HTTPResponse, deadline: float) -> bytes:
    # The socket's timeout bounds each read; a body that drips byte by byte needs a deadline.
    body = b""
    while chunk := response.read1(_LARGEST_ANSWER):
        body += chunk
        if len(body) > _LARGEST_ANSWER or monotonic() > deadline:
            raise TimeoutError("the gateway's answer is too slow or too long")
    return body
