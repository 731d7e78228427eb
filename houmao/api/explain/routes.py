"""The route that tells why: an agent's state with its reasons, and what would make it ready."""

from marshmallow import fields

from houmao.api.context import context
from houmao.api.explain.projection import explanation
from houmao.api.http.answers import AnswerSchema, Wire, many, number, one, text
from houmao.api.http.resource import LOOKUP_ERRORS, Resource
from houmao.api.observation.schemas import StateSchema

#: Changes looked at for the one that decided.
KEPT = 50


def _seconds(description: str = "") -> fields.Float:
    return fields.Float(
        required=True, allow_none=True, metadata={"description": description} if description else {}
    )


class ReasonSchema(AnswerSchema):
    rule = text("The summary of the change that decided.")
    means = text()
    age_seconds = _seconds()


class RowSchema(AnswerSchema):
    row = number("0 is the top of the screen.")
    text = text("What the screen shows there.")


class EvidenceRowsSchema(AnswerSchema):
    rule = text()
    rows = many(RowSchema)
    excerpt = text()
    sign = text(
        "File and line of the sign: `shipped:12`, `own:3`; null for a shape.", allow_none=True
    )


class ExpectedSchema(AnswerSchema):
    name = text()
    means = text()
    in_seconds = _seconds()


class RecentSchema(AnswerSchema):
    recorded_at_utc = text()
    summary = text()
    means = text()
    changed_fields = many(fields.String())


class NeededSchema(AnswerSchema):
    field = text()
    now = text()
    needed = text()
    how = text("What has to happen, in words.")


class ExplainSchema(AnswerSchema):
    agent_id = text()
    agent_name = text()
    tool = text()
    tool_version = text("The version that runs; null while it is not known.", allow_none=True)
    detector = text("Family and profile that read the screen.")
    notes = many(fields.String())
    no_journal_because = text(
        "Why the tool's own journal is no witness; null while it is one.", allow_none=True
    )
    contradictions = number("How often screen and journal differed for longer than a second.")
    state = one(StateSchema)
    phase_reason = one(ReasonSchema, allow_none=True)
    phase_age_seconds = _seconds("How long the turn's phase has been what it is.")
    last_turn_reason = one(ReasonSchema, allow_none=True)
    capture_age_seconds = _seconds("How old the screen is that the evidence is from.")
    evidence = many(EvidenceRowsSchema)
    background = many(EvidenceRowsSchema)
    expected = many(ExpectedSchema)
    recent = many(RecentSchema)
    needed_for_ready = many(NeededSchema)


explain = Resource("explain", "Why an agent is said to be what it is said to be")


@explain.answers("GET", "/houmao/agents/<agent_ref>/explain", ExplainSchema, errors=LOOKUP_ERRORS)
def tell_why(agent_ref: str) -> Wire:
    """Tell why an agent's state is what it is, and what has to change for it to be ready."""
    services = context()
    now = services.now()
    found = services.reader.detail(agent_ref, now)
    past = services.reader.history(str(found.identity.key), KEPT)
    return explanation(found, past, now)
