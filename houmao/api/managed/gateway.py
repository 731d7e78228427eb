"""What an agent's gateway says of itself, in eight fields, by one short call.

A gateway that is away, slow, or answers nonsense is told as null: it never spoils the agent's
own state.
"""

from collections.abc import Mapping

from houmao.api.managed.schemas import GatewaySummarySchema
from houmao.gateway.client import GatewayAway, GatewayClient, GatewayRefused
from houmao.state.values import AgentIdentity

#: Seconds for the whole call.
TIMEOUT_SECONDS = 1.0

_SCHEMA = GatewaySummarySchema()


def gateway_summary(agent: AgentIdentity) -> Mapping[str, object] | None:
    """Eight fields of the gateway's status, None without a gateway or a sound answer."""
    if agent.gateway_host is None or agent.gateway_port is None:
        return None
    client = GatewayClient(agent.gateway_host, agent.gateway_port, None, TIMEOUT_SECONDS)
    try:
        answer = client.call("GET", "/v1/status")
    except (GatewayAway, GatewayRefused):
        return None
    summary = {name: answer[name] for name in _SCHEMA.fields if name in answer}
    return None if _SCHEMA.validate(summary) else summary
