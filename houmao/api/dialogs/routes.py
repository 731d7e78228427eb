"""Routes that tell an agent's open question and take the answer to it.

The question is read off the screen by the agent's host for this one caller; nothing keeps it.
"""

import json
from typing import Any

from marshmallow import fields

from houmao.api.context import context
from houmao.api.http.answers import AnswerSchema, Wire, choice, flag, many, number, one, text
from houmao.api.http.contract import contract
from houmao.api.http.resource import LOOKUP_ERRORS, Resource
from houmao.api.http.validation import StrictSchema, Text, Whole, idempotency_key, one_of
from houmao.api.requests.routes import hand_over
from houmao.api.requests.schemas import AcceptedSchema, WaitQuery
from houmao.api.services.handover import RequestOrder
from houmao.detect.signals import BlockedOn
from houmao.requests.reply import Consent, QuestionReply
from houmao.requests.request import RequestKind

#: Seconds a caller waits for the host.
PATIENCE = 5.0
#: Seconds a reply may take until its first key: the question is open now or it is another one.
REPLY_SECONDS = 10.0

dialogs = Resource("dialogs", "Open questions and their answers")


class ChoiceSchema(AnswerSchema):
    number = number("The tool's own, or its place in a list without numbers.")
    label = text()
    detail = text("What stands below the label and belongs to it.")
    selected = flag("The tool's mark stands here.")


class DialogSchema(AnswerSchema):
    kind = choice(BlockedOn)
    digest = text("Changes with every word of the question; a reply has to give it.")
    rows = many(fields.String())
    whole = flag("Whether its first row is on the screen, too.")
    choices = many(ChoiceSchema)
    approve = number(
        "The choice that says yes for this once; null unless one does.", allow_none=True
    )
    deny = number("The choice that says no; null unless one does.", allow_none=True)
    text = number("The choice behind which words are typed; null without one.", allow_none=True)
    takes_several = flag("Choices are ticked; such a question is answered in its pane.")


class OpenDialogSchema(AnswerSchema):
    agent_id = text()
    agent_name = text()
    tool = text()
    blocked_on = choice(BlockedOn, "Null while the agent waits for nobody.", allow_none=True)
    dialog = one(DialogSchema, allow_none=True)


class ReplyBody(StrictSchema):
    digest = Text(required=True, metadata={"description": "Of the question that is answered."})
    choose = Whole(
        load_default=None, allow_none=True, metadata={"description": "The number of a choice."}
    )
    decision = Text(
        load_default=None,
        allow_none=True,
        validate=one_of(*Consent),
        metadata={"description": "Yes for this once, or no; instead of a number."},
    )
    text = Text(
        load_default=None,
        allow_none=True,
        metadata={"description": "One line of words, for a question that takes some."},
    )


@dialogs.answers("GET", "/houmao/agents/<agent_ref>/dialog", OpenDialogSchema, errors=LOOKUP_ERRORS)
def show(agent_ref: str) -> Wire:
    """Tell an agent's open question as its tool shows it, with its choices and its digest."""
    services = context()
    agent = services.reader.resolve(agent_ref)
    told = services.hosts.question(agent.host, agent.agent_id, PATIENCE)
    return {
        "agent_id": agent.agent_id,
        "agent_name": agent.agent_name,
        "tool": agent.tool,
        "blocked_on": told.get("blocked_on"),
        "dialog": json.loads(told["question"]) if "question" in told else None,
    }


@dialogs.answers(
    "POST",
    "/houmao/agents/<agent_ref>/reply",
    contract(AcceptedSchema),
    errors=(*LOOKUP_ERRORS, 502),
    query=WaitQuery,
    body=ReplyBody,
)
def reply(query: dict[str, Any], body: dict[str, Any], agent_ref: str) -> Wire:
    """Answer an agent's open question, if it is still the one with that digest."""
    if body["decision"] is not None:
        body["decision"] = Consent(body["decision"])
    order = RequestOrder(
        RequestKind.REPLY, QuestionReply(**body).as_text(), REPLY_SECONDS, idempotency_key()
    )
    return hand_over(agent_ref, order, query)
