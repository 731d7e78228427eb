"""The route that tells why: an agent's state with its reasons, and what would make it ready."""

from flask import Response

from houmao.api.context import context
from houmao.api.explain.projection import explanation
from houmao.api.explain.schemas import (
    ExplainSchema,
)
from houmao.api.http.answers import answer
from houmao.api.http.resource import LOOKUP_ERRORS, Resource

#: Changes looked at for the one that decided.
KEPT = 50

explain = Resource("explain", "Why an agent is said to be what it is said to be")


@explain.answers("GET", "/houmao/agents/<agent_ref>/explain", ExplainSchema, errors=LOOKUP_ERRORS)
def tell_why(agent_ref: str) -> Response:
    """Tell why an agent's state is what it is, and what has to change for it to be ready."""
    services = context()
    now = services.now()
    found = services.reader.detail(agent_ref, now)
    past = services.reader.history(found.identity.agent_id, KEPT)
    return answer(explanation(found, past, now))
