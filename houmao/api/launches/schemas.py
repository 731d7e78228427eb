"""JSON shapes of the routes of launches."""

from marshmallow import fields

from houmao.agents.selector import PROVIDERS
from houmao.api.http.answers import AnswerSchema, choice, text
from houmao.api.http.validation import Flag, Seconds, StrictSchema, Text, not_blank, one_of
from houmao.requests.ticket import LaunchOutcome, LaunchState

#: Longest time in seconds a caller may wait for a launch.
LONGEST_WAIT = 120.0


class LaunchQuery(StrictSchema):
    wait = Seconds(
        most=LONGEST_WAIT,
        load_default=0.0,
        metadata={"description": "Answer when it has ended, after at most so many seconds."},
    )


class LaunchBody(StrictSchema):
    agents = Text(required=True, validate=not_blank, metadata={"description": "Which recipe."})
    provider = Text(
        load_default="claude_code",
        validate=one_of(*PROVIDERS),
        metadata={"description": "Which tool."},
    )
    agent_name = Text(load_default="", metadata={"description": "Else the recipe says it."})
    agent_id = Text(load_default="")
    session_name = Text(load_default="")
    working_directory = Text(
        load_default="", metadata={"description": "Absolute; else the server's own."}
    )
    agent_def_dir = Text(load_default="", metadata={"description": "Absolute; else the host's."})
    headless = Flag(
        load_default=False, metadata={"description": "Run it turn by turn, without a screen."}
    )


class LaunchSchema(AnswerSchema):
    status = choice(["ok"], "The launch was taken; `outcome` tells how it went.")
    launch_id = text()
    host = text()
    state = choice(LaunchState)
    outcome = choice(LaunchOutcome, "How it ended, null before that.", allow_none=True)
    detail = text("A sentence about it.")
    agents = text()
    provider = text()
    agent_name = text(allow_none=True)
    agent_id = text(allow_none=True)
    tmux_session_name = text(allow_none=True)
    manifest_path = text(allow_none=True)
    tracked_agent_id = text("Of a headless agent.", allow_none=True)
    created_at = text()
    ended_at = fields.String(required=True, allow_none=True)
