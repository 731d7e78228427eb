"""The bodies that a gateway takes, by whichever way they come."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from houmao.api.http.validation import (
    Flag,
    Limit,
    ObjectOf,
    Prompt,
    StrictSchema,
    Text,
    Whole,
    not_blank,
    one_of,
)


class VersionedSchema(StrictSchema):
    schema_version = Whole(load_default=1, validate=validate.Equal(1, error="must be 1"))


class PromptPayload(StrictSchema):
    prompt = Prompt(required=True)
    turn_id = Text(load_default=None, allow_none=True, validate=not_blank)


class InterruptPayload(StrictSchema):
    pass


class GatewayRequestBody(VersionedSchema):
    kind = Text(required=True, validate=one_of("submit_prompt", "interrupt"))
    payload = ma.fields.Dict(required=True)

    @ma.post_load
    def fit(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Load the payload as its kind has it."""
        schema = PromptPayload() if data["kind"] == "submit_prompt" else InterruptPayload()
        try:
            return {**data, "payload": schema.load(data["payload"])}
        except ma.ValidationError as error:
            raise ma.ValidationError({"payload": error.messages}) from None


class PromptControlBody(VersionedSchema):
    prompt = Prompt(required=True)
    force = Flag(load_default=False)


class ControlInputBody(StrictSchema):
    sequence = Text(required=True, validate=not_blank)
    escape_special_keys = Flag(load_default=False)


class NotifierBody(VersionedSchema):
    enabled = Flag(load_default=True, validate=validate.Equal(True, error="must be true"))
    interval_seconds = Whole(required=True, validate=validate.Range(min=1, error="must be > 0"))


class AttachmentBody(StrictSchema):
    path = Text(required=True, validate=not_blank)
    label = Text(load_default=None, allow_none=True, validate=not_blank)


class MailCheckBody(VersionedSchema):
    unread_only = Flag(load_default=False)
    limit = Whole(
        load_default=None, allow_none=True, validate=validate.Range(min=1, error="must be > 0")
    )
    since = Text(load_default=None, allow_none=True, validate=not_blank)


class MailStateBody(VersionedSchema):
    message_ref = Text(required=True, validate=not_blank)
    read = Flag(load_default=True, validate=validate.Equal(True, error="must be true"))


class MailReplyBody(VersionedSchema):
    message_ref = Text(required=True, validate=not_blank)
    body_content = Text(
        required=True, validate=validate.ContainsNoneOf("\0", error="must not hold NUL")
    )
    attachments = ma.fields.List(ObjectOf(AttachmentBody), load_default=list)


class MailSendBody(VersionedSchema):
    to = ma.fields.List(
        Text(validate=not_blank),
        required=True,
        validate=validate.Length(min=1, error="must name somebody"),
    )
    cc = ma.fields.List(Text(validate=not_blank), load_default=list)
    subject = Text(required=True, validate=not_blank)
    body_content = Text(
        required=True, validate=validate.ContainsNoneOf("\0", error="must not hold NUL")
    )
    attachments = ma.fields.List(ObjectOf(AttachmentBody), load_default=list)


class SnapshotQuery(StrictSchema):
    limit = Limit(least=1, most=1000, load_default=100)
