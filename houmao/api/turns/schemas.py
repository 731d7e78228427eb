"""JSON shapes of the routes of headless agents and their turns."""

from marshmallow import fields, validates_schema
from marshmallow.exceptions import ValidationError

from houmao.api.http.answers import AnswerSchema, choice, flag, many, number, text
from houmao.api.http.validation import (
    Flag,
    Limit,
    ListOf,
    ObjectOf,
    Prompt,
    Seconds,
    StrictSchema,
    Text,
    Whole,
    not_blank,
    one_of,
)
from houmao.api.launches.mailbox import MailboxBody
from houmao.api.services.waiting import LONGEST_WAIT
from houmao.headless.turn_status import TurnStatus

#: Longest limit in seconds that a turn may be given: a day.
LONGEST_LIMIT = 86_400


#: Nothing is looked up relative to a folder of the server's.
_ABSOLUTE = {"pattern": "^/"}


class HeadlessLaunchBody(StrictSchema):
    tool = Text(required=True, validate=not_blank)
    working_directory = Text(required=True, validate=not_blank, metadata=_ABSOLUTE)
    agent_def_dir = Text(required=True, validate=not_blank, metadata=_ABSOLUTE)
    brain_manifest_path = Text(required=True, validate=not_blank)
    role_name = Text(load_default=None, allow_none=True, validate=not_blank)
    agent_name = Text(load_default=None, allow_none=True, validate=not_blank)
    agent_id = Text(load_default=None, allow_none=True, validate=not_blank)
    mailbox = ObjectOf(MailboxBody, load_default=None, allow_none=True)
    headless_display_style = Text(
        load_default=None, allow_none=True, validate=one_of("plain", "json", "fancy")
    )
    headless_display_detail = Text(
        load_default=None, allow_none=True, validate=one_of("concise", "detail")
    )


class HeadlessLaunchedSchema(AnswerSchema):
    additions = frozenset({"agent_id", "tmux_session_name"})

    status = choice(["ok"])
    tracked_agent_id = text("Names the agent on its host; its other names work as well.")
    agent_name = text()
    agent_id = text()
    manifest_path = text()
    session_root = text()
    tmux_session_name = text()
    detail = text()


def _limit() -> Whole:
    return Whole(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Seconds after which the turn is ended; else the host's own.",
            "minimum": 1,
            "maximum": LONGEST_LIMIT,
        },
    )


class _Limited(StrictSchema):
    @validates_schema
    def _check_limit(self, data: dict[str, object], **_: object) -> None:
        limit = data.get("limit_seconds")
        if isinstance(limit, int) and not 1 <= limit <= LONGEST_LIMIT:
            raise ValidationError(f"must be from 1 to {LONGEST_LIMIT}", "limit_seconds")


class ChatSessionBody(StrictSchema):
    mode = Text(
        required=True, validate=one_of("auto", "new", "current", "tool_last_or_new", "exact")
    )
    id = Text(load_default=None, allow_none=True, validate=not_blank)


class TurnBody(_Limited):
    prompt = Prompt(required=True)
    limit_seconds = _limit()
    chat_session = ObjectOf(
        ChatSessionBody,
        load_default=None,
        allow_none=True,
        metadata={"description": "Taken from published clients; the conversation just goes on."},
    )


class FanOutBody(_Limited):
    prompt = Prompt(required=True)
    agent_refs = ListOf(
        Text(validate=not_blank), load_default=(), metadata={"description": "Ids or names."}
    )
    all = Flag(load_default=False, metadata={"description": "Every headless agent."})
    limit_seconds = _limit()


class TurnQuery(StrictSchema):
    wait = Seconds(
        most=LONGEST_WAIT,
        load_default=0.0,
        metadata={"description": "Answer at the turn's end, after at most so many seconds."},
    )


class FanOutQuery(TurnQuery):
    ended = Limit(
        load_default=None,
        metadata={"description": "Answer as soon as more than so many turns have ended."},
    )


class TurnEventsQuery(StrictSchema):
    after = Limit(load_default=0, metadata={"description": "Only events after that number."})
    wait = Seconds(
        most=LONGEST_WAIT,
        load_default=0.0,
        metadata={"description": "Wait so many seconds at most for an event, or for the end."},
    )


class HeadlessTurnSchema(AnswerSchema):
    additions = frozenset(
        {
            "agent_id",
            "agent_name",
            "answer",
            "event_count",
            "provider_session_id",
            "interrupt_requested_at_utc",
            "timed_out_at_utc",
            "limit_seconds",
            "fan_out_id",
        }
    )

    tracked_agent_id = text()
    turn_id = text()
    turn_index = number("1 for the agent's first turn.")
    status = choice(TurnStatus)
    started_at_utc = text()
    completed_at_utc = text(allow_none=True)
    returncode = number(allow_none=True)
    completion_source = text(allow_none=True)
    stdout_path = text(allow_none=True)
    stderr_path = text(allow_none=True)
    error = text("Why it did not succeed.", allow_none=True)
    agent_id = text()
    agent_name = text()
    answer = text("What the agent answered, once the turn ended.", allow_none=True)
    event_count = number("How many events it has, once it ended.")
    provider_session_id = text("The conversation, as the tool calls it.", allow_none=True)
    interrupt_requested_at_utc = text(allow_none=True)
    timed_out_at_utc = text(allow_none=True)
    limit_seconds = number(allow_none=True)
    fan_out_id = text(allow_none=True)


class TurnListSchema(AnswerSchema):
    tracked_agent_id = text()
    agent_id = text()
    agent_name = text()
    turns = many(HeadlessTurnSchema)


class TurnAcceptedSchema(AnswerSchema):
    status = choice(["ok"])
    tracked_agent_id = text()
    turn_id = text()
    turn_index = number()
    turn_status = choice(TurnStatus)
    detail = text()


class TurnEventSchema(AnswerSchema):
    additions = frozenset({"number"})

    kind = text()
    message = text()
    turn_index = number()
    timestamp_utc = text()
    payload = fields.Dict(required=True, allow_none=True)
    number = number("1 for the turn's first event.")


class TurnEventsSchema(AnswerSchema):
    additions = frozenset({"status"})

    tracked_agent_id = text()
    turn_id = text()
    status = choice(TurnStatus, "While it is `active`, more events may come.")
    entries = many(TurnEventSchema)


class FanOutTurnSchema(AnswerSchema):
    tracked_agent_id = text()
    agent_id = text()
    agent_name = text()
    turn_id = text("Null when the agent was not given the prompt.", allow_none=True)
    status = choice([*TurnStatus, "refused", "unknown"])
    error = text(allow_none=True)
    answer = text(allow_none=True)


class FanOutSchema(AnswerSchema):
    status = choice(["ok"])
    fan_out_id = text()
    done = flag("Whether every turn has ended.")
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    turns = many(FanOutTurnSchema)
