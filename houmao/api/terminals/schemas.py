"""JSON shapes of the routes of registered terminals."""

from typing import Any

import marshmallow as ma
from marshmallow import fields

from houmao.api.http.answers import AnswerSchema, choice, flag, many, one, text
from houmao.api.http.validation import Limit, Prompt, Seconds, StrictSchema, Text, not_blank
from houmao.api.observation.schemas import (
    DiagnosticsSchema,
    HistoryEntrySchema,
    LastTurnSchema,
    ParsedSurfaceSchema,
    ProbeSnapshotSchema,
    SurfaceSchema,
    TurnSchema,
)
from houmao.api.requests.schemas import AcceptedSchema, WaitQuery
from houmao.api.services.waiting import LONGEST_WAIT
from houmao.terminals.registration import LONGEST_NAME, SESSION_NAME, is_terminal_id
from houmao.track.vocabulary import ChatContext


def _terminal_id(given: str) -> None:
    if not is_terminal_id(given):
        raise ma.ValidationError("must be 8 lower-case hexadecimal digits")


def _optional(description: str, **options: Any) -> Text:
    about = {"description": description}
    return Text(**{"load_default": None, "validate": not_blank, "metadata": about, **options})


class RegisterQuery(StrictSchema):
    session_name = Text(
        required=True,
        validate=not_blank,
        metadata={"pattern": SESSION_NAME, "maxLength": LONGEST_NAME},
    )
    tool = Text(required=True, validate=not_blank)
    terminal_id = Text(
        load_default=None,
        validate=_terminal_id,
        metadata={
            "description": "Made from the tmux session when absent.",
            "pattern": "^[0-9a-f]{8}$",
        },
    )
    observed_tool_version = _optional("What the tool says it is.")
    manifest_path = _optional("Where the session's manifest is.")
    session_root = _optional("Where the session keeps its things.")
    agent_name = _optional("What people call the agent.")
    agent_id = _optional("The agent's id.")
    tmux_session_name = _optional("The session's name when absent.")
    tmux_window_name = _optional("The window the tool runs in.")


class TerminalHistoryQuery(StrictSchema):
    limit = Limit(
        least=1, most=500, load_default=100, metadata={"description": "At most so many entries."}
    )


class InputQuery(WaitQuery):
    wait = Seconds(
        most=LONGEST_WAIT,
        load_default=10.0,
        metadata={"description": "Answer after at most so many seconds; 0 answers at once."},
    )


class InputBody(StrictSchema):
    message = Prompt(metadata={"description": "What to type; `prompt` means the same."})
    prompt = Prompt()

    @ma.validates_schema
    def _one_of_both(self, data: dict[str, str], **_: object) -> None:
        if len(data) != 1:
            raise ma.ValidationError("give either message or prompt")


class RegisteredSchema(AnswerSchema):
    success = flag()
    session_name = text()
    terminal_id = text()


class TrackedSessionSchema(AnswerSchema):
    tracked_session_id = text()
    session_name = text()
    tool = text()
    observed_tool_version = text(allow_none=True)
    tmux_session_name = text()
    tmux_window_name = text(allow_none=True)
    terminal_aliases = many(fields.String())
    agent_name = text(allow_none=True)
    agent_id = text(allow_none=True)
    manifest_path = text(allow_none=True)
    session_root = text(allow_none=True)


class ChatDiagnosticSchema(AnswerSchema):
    tool_name = text()
    detector_name = text()
    detector_version = text()
    degraded_error_type = text()
    message_preview = text(allow_none=True)


class TerminalStabilitySchema(AnswerSchema):
    signature = text("Empty before the first look.")
    stable = flag()
    stable_for_seconds = fields.Float(required=True)
    stable_since_utc = text(allow_none=True)


class TerminalStateSchema(AnswerSchema):
    additions = frozenset({"chat_context", "chat_context_diagnostic"})

    terminal_id = text()
    tracked_session = one(TrackedSessionSchema)
    diagnostics = one(DiagnosticsSchema)
    probe_snapshot = one(ProbeSnapshotSchema, allow_none=True)
    parsed_surface = one(ParsedSurfaceSchema, allow_none=True)
    surface = one(SurfaceSchema)
    turn = one(TurnSchema)
    last_turn = one(LastTurnSchema)
    chat_context = choice(ChatContext, "Whether the tool still knows its conversation.")
    chat_context_diagnostic = one(ChatDiagnosticSchema, allow_none=True)
    stability = one(TerminalStabilitySchema)
    recent_transitions = many(HistoryEntrySchema)


class TerminalHistorySchema(AnswerSchema):
    terminal_id = text()
    tracked_session_id = text()
    entries = many(HistoryEntrySchema)


class InputSchema(AcceptedSchema):
    success = flag("Whether it was typed, or still may be.")
    terminal_id = text()
