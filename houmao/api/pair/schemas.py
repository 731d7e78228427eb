"""JSON shapes of the routes of `houmao-server`."""

from typing import Any

import marshmallow as ma

from houmao.api.http.answers import AnswerSchema, choice, flag, many, number, one, text
from houmao.api.http.validation import Prompt, StrictSchema, Text, one_of
from houmao.api.managed.schemas import ManagedIdentitySchema
from houmao.headless.turn_status import TurnStatus

SUBMIT, INTERRUPT = "submit_prompt", "interrupt"


class ManagedListSchema(AnswerSchema):
    agents = many(ManagedIdentitySchema)


class ManagedRequestBody(StrictSchema):
    request_kind = Text(required=True, validate=one_of(SUBMIT, INTERRUPT))
    prompt = Prompt(load_default=None)

    @ma.validates_schema
    def _fit(self, data: dict[str, Any], **_: object) -> None:
        if (data["request_kind"] == SUBMIT) != (data["prompt"] is not None):
            raise ma.ValidationError("give a prompt with submit_prompt, and none with interrupt")


class EnvelopeSchema(AnswerSchema):
    success = flag()
    tracked_agent_id = text()
    request_id = text()
    request_kind = choice([SUBMIT, INTERRUPT])
    disposition = choice(["accepted", "no_op"])
    detail = text()
    headless_turn_id = text(allow_none=True)
    headless_turn_index = number(allow_none=True)


class ActionSchema(AnswerSchema):
    success = flag()
    tracked_agent_id = text()
    detail = text()
    turn_id = text(allow_none=True)


class PairTurnSchema(AnswerSchema):
    success = flag()
    tracked_agent_id = text()
    turn_id = text()
    turn_index = number()
    status = choice(TurnStatus)
    detail = text()


class PairLaunchSchema(AnswerSchema):
    success = flag()
    tracked_agent_id = text()
    identity = one(ManagedIdentitySchema)
    manifest_path = text()
    session_root = text()
    detail = text()
