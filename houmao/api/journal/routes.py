"""Routes that tell what an agent's journal says: its last answer, and its tokens.

An answer is read by the agent's host from its user's files, for this one caller; nothing keeps it.
"""

from flask import Response

from houmao.api.context import context
from houmao.api.http.answers import AnswerSchema, Wire, answer, choice, number, one, text
from houmao.api.http.resource import LOOKUP_ERRORS, Resource
from houmao.errors import Conflict
from houmao.tools.parts.journal import ENDS

#: Seconds a caller waits for the host.
PATIENCE = 5.0

journal = Resource("journal", "What agents write down of their own turns")


class JournalSchema(AnswerSchema):
    agent_id = text()
    agent_name = text()
    tool = text()
    model = text("Null while no model has said anything.", allow_none=True)
    conversation_id = text("The tool's own id.", allow_none=True)


class LastAnswerSchema(JournalSchema):
    outcome = choice(ENDS, "How the turn ended; null while it runs.", allow_none=True)
    answer = text("Character for character; null while there is none.", allow_none=True)


class TokensSchema(AnswerSchema):
    input = number()
    output = number()
    cached = number("The part of `input` that was read from a cache.")


class UsageSchema(JournalSchema):
    last_turn = one(TokensSchema)
    conversation = one(TokensSchema)


@journal.answers("GET", "/houmao/agents/<agent_ref>/answer", LastAnswerSchema, errors=LOOKUP_ERRORS)
def last_answer(agent_ref: str) -> Response:
    """Tell an agent's last answer as its tool wrote it down."""
    who, told = _asked(agent_ref, "answer")
    said = {"outcome": told.get("outcome"), "answer": told.get("answer")}
    return answer({**who, **said})


@journal.answers("GET", "/houmao/agents/<agent_ref>/usage", UsageSchema, errors=LOOKUP_ERRORS)
def usage(agent_ref: str) -> Response:
    """Tell the tokens of an agent's last turn, and of its conversation as far as it was read."""
    who, told = _asked(agent_ref, "usage")
    return answer({**who, **{part: _tokens(told, part) for part in ("last_turn", "conversation")}})


def _asked(agent_ref: str, part: str) -> tuple[Wire, dict[str, str]]:
    """Who the agent is, and that part of its journal. Raises Conflict where there is none."""
    services = context()
    agent = services.reader.resolve(agent_ref)
    told = dict(services.hosts.journal(agent.host, agent.agent_id, part, PATIENCE))
    if "problem" in told:
        raise Conflict(f"{agent.agent_name} has no journal that can be believed: {told['problem']}")
    who: Wire = {"agent_id": agent.agent_id, "agent_name": agent.agent_name, "tool": agent.tool}
    return {
        **who,
        "model": told.get("model"),
        "conversation_id": told.get("conversation_id"),
    }, told


def _tokens(told: dict[str, str], part: str) -> Wire:
    return {name: int(told[f"{part}_{name}"]) for name in ("input", "output", "cached")}
