"""Which fields a published client takes, route by route: run by the peer's own interpreter.

Prints a JSON object: route to the sorted paths of all fields in its answer, `agents.agent_id`
for those of a list's objects. `tests/fixtures/contract_fields.json` keeps what all peers take.
"""

import json
import typing
from collections.abc import Iterator
from typing import Any

from houmao.passive_server import models as passive  # type: ignore[import-not-found]
from houmao.server import models as server  # type: ignore[import-not-found]

AGENT = "/houmao/agents/{agent_ref}"
TERMINAL = "/houmao/terminals/{terminal_id}"
ANSWERS = {
    "GET /health": passive.PassiveHealthResponse,
    "GET /houmao/server/current-instance": passive.PassiveCurrentInstance,
    "POST /houmao/server/shutdown": passive.PassiveShutdownResponse,
    "GET /houmao/agents": passive.DiscoveredAgentListResponse,
    f"GET {AGENT}": passive.DiscoveredAgentSummary,
    f"GET {AGENT}/state": passive.AgentTuiStateResponse,
    f"GET {AGENT}/state/detail": passive.AgentTuiDetailResponse,
    f"GET {AGENT}/history": passive.AgentTuiHistoryResponse,
    f"GET {AGENT}/managed-state": server.HoumaoManagedAgentStateResponse,
    f"GET {AGENT}/managed-state/detail": server.HoumaoManagedAgentDetailResponse,
    f"GET {AGENT}/managed-history": server.HoumaoManagedAgentHistoryResponse,
    f"POST {AGENT}/requests": passive.PassiveRequestAcceptedResponse,
    f"POST {AGENT}/interrupt": passive.PassiveAgentActionResponse,
    f"POST {AGENT}/stop": passive.PassiveAgentActionResponse,
    "POST /houmao/agents/headless/launches": passive.PassiveHeadlessLaunchResponse,
    f"POST {AGENT}/turns": passive.PassiveHeadlessTurnAcceptedResponse,
    f"GET {AGENT}/turns/{{turn_id}}": passive.PassiveHeadlessTurnStatusResponse,
    f"GET {AGENT}/turns/{{turn_id}}/events": passive.PassiveHeadlessTurnEventsResponse,
    "POST /houmao/launches/register": server.HoumaoRegisterLaunchResponse,
    f"GET {TERMINAL}/state": server.HoumaoTerminalStateResponse,
    f"GET {TERMINAL}/history": server.HoumaoTerminalHistoryResponse,
}


def paths(model: Any, before: str = "") -> Iterator[str]:
    """The fields of a model, and of the models in it."""
    for name, field in model.model_fields.items():
        yield before + name
        for inner in models_in(field.annotation):
            yield from paths(inner, f"{before}{name}.")


def models_in(annotation: Any) -> Iterator[Any]:
    """The models that a type speaks of."""
    if hasattr(annotation, "model_fields"):
        yield annotation
    for each in typing.get_args(annotation):
        yield from models_in(each)


if __name__ == "__main__":
    found = {route: sorted(set(paths(model))) for route, model in ANSWERS.items()}
    print(json.dumps(found, indent=1))
