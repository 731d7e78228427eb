"""How an answer is made and described: JSON out, and the fields of its schema.

Answers are built as plain dicts by the projections and are not dumped through their schemas,
which would cost more than the read itself; a test loads every answer through them instead.
This file knows no route and no agent.
"""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, ClassVar, Final

import marshmallow as ma
from flask import Response
from marshmallow import fields, validate

from houmao.clock import iso, iso_ms

#: A JSON object on its way to a client.
Wire = dict[str, object]

#: The header of an answer that lacks some hosts, in words.
PARTIAL: Final = "Houmao-Partial"

_EXTENDED: Final = "An addition: routes of the contract tell it with `extended=true`."

# One encoder for all answers: `json.dumps` builds a new one for every call with options.
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dump(body: object) -> str:
    """Compact JSON on one line."""
    return _encode(body)


def answer(
    body: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer."""
    return Response(encoded(body), status, headers, content_type="application/json")


def encoded(body: Mapping[str, object]) -> bytes:
    """JSON as it is sent. A lone surrogate, which UTF-8 cannot hold, becomes a question mark."""
    return _encode(body).encode("utf-8", "replace")


def utc(moment: float | None) -> str | None:
    """A time as its text, None for none."""
    return None if moment is None else iso(moment)


def utc_ms(moment: float | None) -> str | None:
    """A time as its text with milliseconds, None for none."""
    return None if moment is None else iso_ms(moment)


class AnswerSchema(ma.Schema):
    """Base of all answers: every field is there, unknown ones are a mistake of ours.

    `additions` are fields that the contract does not know; its routes tell them only to those
    who ask for them (see `houmao.api.http.contract`).
    """

    additions: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        unknown = ma.RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """An addition may be missing, and its description says when it is there."""
        if field_name in self.additions:
            field_obj.required = False
            told = field_obj.metadata.get("description", "")
            about = {"description": f"{told} {_EXTENDED}".strip()}
            field_obj.metadata = {**field_obj.metadata, **about}


def text(description: str = "", **options: Any) -> fields.String:
    """A string that is always there; `allow_none=True` when it may be null."""
    return fields.String(required=True, metadata=_about(description), **options)


def choice(values: Iterable[StrEnum | str], description: str = "", **options: Any) -> fields.String:
    """One of a fixed set of words."""
    rule = validate.OneOf([str(value) for value in values])
    return fields.String(required=True, validate=rule, metadata=_about(description), **options)


def number(description: str = "", **options: Any) -> fields.Integer:
    """A whole number that is always there."""
    return fields.Integer(required=True, strict=True, metadata=_about(description), **options)


def flag(description: str = "") -> fields.Boolean:
    """True or false."""
    return fields.Boolean(required=True, truthy={True}, falsy={False}, metadata=_about(description))


def one(schema: type[ma.Schema], **options: Any) -> fields.Nested:
    """An object that is always there; `allow_none=True` when it may be null."""
    return fields.Nested(schema, required=True, **options)


class EitherOf(fields.Raw):
    """An object of one of several schemas, always there."""

    def __init__(self, *schemas: type["AnswerSchema"]) -> None:
        super().__init__(required=True)
        self.schemas = schemas

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        wrong = [schema().validate(value) for schema in self.schemas]
        if all(wrong):
            raise ma.ValidationError([str(each) for each in wrong])
        return value


def many(inner: type[ma.Schema] | fields.Field[Any]) -> fields.List[Any]:
    """A list that is always there."""
    item = inner if isinstance(inner, fields.Field) else fields.Nested(inner)
    return fields.List(item, required=True)


def _about(description: str) -> dict[str, str]:
    return {"description": description} if description else {}


class ErrorSchema(AnswerSchema):
    detail = text("One sentence about what is wrong and what helps.")
    agent_ids = fields.List(
        fields.String(), metadata=_about("Only with 409 for a shared name: the agents' ids.")
    )
    reason = fields.String(
        metadata=_about(
            "Only with 422 for a text that would not arrive: interpreted_by_tool, changed_by_tool."
        )
    )
    position = fields.Integer(metadata=_about("With `reason`: where in the text, from 0."))
    remedy = fields.String(metadata=_about("With `reason`: what to do about it."))


class ViolationSchema(AnswerSchema):
    type = text()
    loc = fields.List(fields.Raw(), required=True)
    msg = text()
    input = fields.Raw(required=True, allow_none=True)


class InvalidSchema(AnswerSchema):
    detail = many(ViolationSchema)


class OkSchema(AnswerSchema):
    status = choice(["ok"])
