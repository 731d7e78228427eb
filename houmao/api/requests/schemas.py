"""JSON shapes of the routes that ask agents for something."""

from enum import StrEnum

from marshmallow import fields

from houmao.api.http.answers import AnswerSchema, choice, many, text
from houmao.api.http.contract import beside
from houmao.api.http.validation import (
    LimitQuery,
    Prompt,
    Seconds,
    StrictSchema,
    Switch,
    Text,
    one_of,
)
from houmao.api.services.waiting import LONGEST_WAIT, RequestMilestone
from houmao.requests.request import (
    DEFAULT_DEADLINE_SECONDS,
    RequestKind,
    RequestOutcome,
    RequestState,
)

#: Seconds a prompt may wait for its agent at most.
LONGEST_DEADLINE = 86_400.0


class Meaning(StrEnum):
    """What a text is to the tool."""

    PROMPT = "prompt"
    COMMAND = "command"


#: What is asked for by a text that means this.
KINDS = {
    Meaning.PROMPT: RequestKind.SUBMIT_PROMPT,
    Meaning.COMMAND: RequestKind.RUN_COMMAND,
}


class WaitQuery(StrictSchema):
    wait = Seconds(
        most=LONGEST_WAIT,
        load_default=0.0,
        metadata={"description": "Answer after at most so many seconds; 0 answers at once."},
    )
    wait_for = Text(
        load_default=RequestMilestone.DELIVERY,
        validate=one_of(*RequestMilestone),
        metadata={
            "description": "What to wait for: its first keystroke, the end of its delivery, or "
            "the verdict on the turn it began."
        },
    )


class PromptQuery(WaitQuery):
    deadline = Seconds(
        most=LONGEST_DEADLINE,
        load_default=DEFAULT_DEADLINE_SECONDS,
        metadata={"description": "Seconds the prompt may wait for the agent to be ready."},
    )


class FleetRequestsQuery(LimitQuery):
    batch = Text(
        load_default=None,
        metadata={"description": "Only those that were made with this Idempotency-Key."},
    )
    open = Switch(load_default=False, metadata={"description": "Only those that have not ended."})


class PromptBody(StrictSchema):
    prompt = Prompt(
        required=True,
        metadata={"description": "Arrives as the user's own words; line ends are allowed."},
    )
    kind = Text(
        data_key="as",
        load_default=Meaning.PROMPT,
        validate=one_of(*Meaning),
        metadata={
            "description": "`command` for a command of the tool's own, which begins with `/`; "
            "a prompt that a tool would obey as one is refused."
        },
    )


class RequestSchema(AnswerSchema):
    additions = frozenset({"host"})

    request_id = text()
    agent_id = text()
    agent_name = text("Null when the agent is gone.", allow_none=True)
    host = text("Where the agent lives.")
    kind = choice(RequestKind)
    state = choice(RequestState)
    outcome = choice(RequestOutcome, "How it ended, null before that.", allow_none=True)
    delivered = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={
            "description": "Whether that outcome is what was asked for, null before the end."
        },
    )
    detail = text("A sentence about it.")
    created_at = text()
    deadline_at = text()
    typed_at = text("From then on it is never typed again.", allow_none=True)
    ended_at = text(allow_none=True)
    turn_result = text("Verdict on the turn that it began, null before that.", allow_none=True)
    turn_ended_at = text(allow_none=True)
    answer = text(
        "What a turn that succeeded said, character for character, from the tool's own journal; "
        "told to whoever waits for the turn, and null where a later one has begun.",
        allow_none=True,
    )


class AcceptedSchema(RequestSchema):
    additions = beside(RequestSchema, "request_id", "detail")

    status = choice(["ok"], "The host has it; `outcome` tells how it went.")


class RequestListSchema(AnswerSchema):
    agent_id = text()
    agent_name = text()
    requests = many(RequestSchema)


class FleetRequestsSchema(AnswerSchema):
    requests = many(RequestSchema)


class InterruptedSchema(AcceptedSchema):
    additions = beside(RequestSchema, "agent_id", "detail")


class DoneSchema(AnswerSchema):
    additions = frozenset({"agent_name"})

    status = choice(["ok"])
    agent_id = text()
    agent_name = text()
    detail = text()
