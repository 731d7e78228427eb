"""What an agent's gateway says of itself, in eight fields, by one short call.

A gateway that is away, slow, or answers nonsense is told as null: it never spoils the agent's
own state.
"""

from collections.abc import Mapping
from dataclasses import replace

from houmao.api.managed.schemas import GatewaySummarySchema
from houmao.api.services.gateways import GatewayElsewhere, NoGatewayAttached, client_of, shown_token
from houmao.config import Settings
from houmao.gateway.client import GatewayAway, GatewayRefused
from houmao.state.values import AgentIdentity

#: Seconds for the whole call, and bytes of the whole answer.
TIMEOUT_SECONDS = 1.0
_LARGEST_STATUS = 64 * 1024

_SCHEMA = GatewaySummarySchema()


def gateway_summary(agent: AgentIdentity, settings: Settings) -> Mapping[str, object] | None:
    """Eight fields of the gateway's status, None without a gateway here or a sound answer.

    A gateway is shown this server's token, where there is one.
    """
    try:
        client = client_of(agent, settings.host_id, shown_token(settings.token_file))
        bounded = replace(client, timeout_seconds=TIMEOUT_SECONDS, largest_answer=_LARGEST_STATUS)
        answer = bounded.call("GET", "/v1/status")
    except (NoGatewayAttached, GatewayElsewhere, GatewayAway, GatewayRefused):
        return None
    summary = {name: answer[name] for name in _SCHEMA.fields if name in answer}
    return None if _SCHEMA.validate(summary) else summary
