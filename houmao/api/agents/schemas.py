"""JSON shapes of the routes of agents."""

from marshmallow import fields

from houmao.api.http.answers import AnswerSchema, choice, flag, many, number, one, text
from houmao.api.managed.schemas import ManagedLastTurnSchema, ManagedTurnSchema
from houmao.api.observation.schemas import HistoryEntrySchema, ProblemSchema, StateSchema


class AgentSummarySchema(AnswerSchema):
    additions = frozenset({"host", "tmux_socket"})

    agent_id = text()
    agent_name = text()
    generation_id = text()
    tool = text()
    backend = text()
    tmux_session_name = text()
    manifest_path = text()
    session_root = text("Empty when the record has none.")
    has_gateway = flag()
    has_mailbox = flag()
    published_at = text()
    lease_expires_at = text()
    host = text("Two hosts may each have an agent of one name; `name@host` tells them apart.")
    tmux_socket = text("Where its tmux server listens: a user may have several.")


class AgentListSchema(AnswerSchema):
    agents = many(AgentSummarySchema)


class HeadlessNowSchema(AnswerSchema):
    tracked_agent_id = text()
    availability = choice(["available", "unavailable"], "Whether it could run a turn.")
    turn = one(ManagedTurnSchema)
    last_turn = one(ManagedLastTurnSchema)
    active_turn_started_at_utc = text(allow_none=True)
    diagnostics = many(ProblemSchema)


class SeenAgentSchema(AgentSummarySchema):
    state = one(StateSchema, allow_none=True)
    headless = one(HeadlessNowSchema, allow_none=True)


class FleetSchema(AnswerSchema):
    agents = many(SeenAgentSchema)


class DayTallySchema(AnswerSchema):
    agent_id = text()
    agent_name = text()
    host = text()
    day = text("Of the server's clock.")
    turns = number("That ended.")
    failed = number()
    worked_seconds = fields.Float(required=True)
    waited_seconds = fields.Float(
        required=True, metadata={"description": "In which it waited for a person's answer."}
    )


class TodaySchema(AnswerSchema):
    agents = many(DayTallySchema)


class HistorySchema(AnswerSchema):
    agent_id = text()
    agent_name = text()
    entries = many(HistoryEntrySchema)
