"""What an agent's gateway says of itself, in eight fields, by one short call.

A gateway that is away, slow, or answers nonsense is told as null: it never spoils the agent's
own state.
"""

from collections.abc import Mapping
from pathlib import Path

from houmao.api.managed.schemas import GatewaySummarySchema
from houmao.api.services.gateways import shown_token
from houmao.gateway.client import GatewayAway, GatewayClient, GatewayRefused
from houmao.state.values import AgentIdentity

#: Seconds for the whole call, and bytes of the whole answer.
TIMEOUT_SECONDS = 1.0
_LARGEST_STATUS = 64 * 1024

_SCHEMA = GatewaySummarySchema()


def gateway_summary(agent: AgentIdentity, token_file: Path) -> Mapping[str, object] | None:
    """Eight fields of the gateway's status, None without a gateway or a sound answer.

    A gateway is shown the token in `token_file`, where there is one.
    """
    if agent.gateway_host is None or agent.gateway_port is None:
        return None
    address = agent.gateway_host, agent.gateway_port, shown_token(token_file)
    client = GatewayClient(*address, TIMEOUT_SECONDS, _LARGEST_STATUS)
    try:
        answer = client.call("GET", "/v1/status")
    except (GatewayAway, GatewayRefused):
        return None
    summary = {name: answer[name] for name in _SCHEMA.fields if name in answer}
    return None if _SCHEMA.validate(summary) else summary
