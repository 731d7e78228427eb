"""What a request may carry: fields that never guess, and what is wrong with one that does.

A violation is `{"type", "loc", "msg", "input"}`. Nothing is coerced: `"5"` is no integer, `1`
is no boolean, an unknown field is refused. This file knows no route and no agent.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import marshmallow as ma
from flask import Request, request
from marshmallow import fields, validate
from webargs import missing
from webargs.flaskparser import FlaskParser

from houmao.errors import HoumaoError, UsageError
from houmao.requests.typable import MAX_PROMPT_BYTES, TYPABLE, check_prompt

#: What a violation is called, by the words it is told in; every other message is a value error.
_MISSING = "this field is required"
_UNKNOWN = "this field is not known here"
_NO_OBJECT = "must be a JSON object"
_NO_STRING = "must be a string"
_NO_INTEGER = "must be an integer"
_NO_BOOLEAN = "must be true or false"
_NO_LIST = "must be a list"
_NOT_PARSED = "must be a whole number"
_TOO_SMALL = "must be 0 or more"
_NO_SECONDS = "must be a number of seconds"
_NO_CHOICE = "must be one of"
_KINDS = {
    _MISSING: "missing",
    _UNKNOWN: "extra_forbidden",
    _NO_OBJECT: "dict_type",
    _NO_STRING: "string_type",
    _NO_INTEGER: "int_type",
    _NO_BOOLEAN: "bool_type",
    _NO_LIST: "list_type",
    _NOT_PARSED: "int_parsing",
    _TOO_SMALL: "greater_than_equal",
    _NO_SECONDS: "float_parsing",
    _NO_CHOICE: "literal_error",
}

#: Longer input is not repeated to the caller: it may be a whole prompt.
_LONGEST_ECHO = 80

_KEY = re.compile(r"[!-~]{1,200}")

#: Larger limits mean "everything": no list here is that long.
_LARGEST_LIMIT = 10_000

Violation = Mapping[str, object]
_SCHEMA_MESSAGES = {"unknown": _UNKNOWN, "type": _NO_OBJECT}


class InvalidRequest(HoumaoError):
    """The body or the query breaks its schema; `violations` says where and how."""

    http_status = 422

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__("the request does not fit its schema")
        self.violations = violations


def violation(loc: list[str | int], message: str, value: object = None) -> Violation:
    """One violation; its type follows from the message."""
    kind = next((k for text, k in _KINDS.items() if message.startswith(text)), "value_error")
    return {"type": kind, "loc": loc, "msg": message, "input": _echo(value)}


def _echo(value: object) -> object:
    text = json.dumps(value, default=str)
    return value if len(text) <= _LONGEST_ECHO else None


Messages = dict[str, str | list[Any] | dict[Any, Any]]


def _messages(wrong: str) -> Messages:
    return {"required": _MISSING, "null": wrong, "invalid": wrong, "type": wrong}


def idempotency_key() -> str | None:
    """What marks a repeated call as the same one, None when the caller does not say."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        place: list[str | int] = ["header", "Idempotency-Key"]
        raise InvalidRequest([violation(place, "must be 1 to 200 visible ASCII characters")])
    return key


def asks_for_more() -> bool:
    """Whether the caller wants what the contract does not know, too."""
    return request.args.get("extended") == "true"


class StrictSchema(ma.Schema):
    """A request model: unknown fields are refused, and so is anything but an object."""

    error_messages = _SCHEMA_MESSAGES

    class Meta:
        unknown = ma.RAISE


class Text(fields.String):
    """A string; `Text(validate=not_blank)` for one that says something."""

    default_error_messages = _messages(_NO_STRING)


class Whole(fields.Integer):
    """A JSON integer, never a string, a boolean or 5.0."""

    default_error_messages = _messages(_NO_INTEGER)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid")
        return value


class Flag(fields.Boolean):
    """JSON true or false, never 1, 0 or a word."""

    default_error_messages = _messages(_NO_BOOLEAN)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        if type(value) is not bool:
            raise self.make_error("invalid")
        return value


class ListOf(fields.List[Any]):
    """A JSON list."""

    default_error_messages = _messages(_NO_LIST)


class ObjectOf(fields.Nested):
    """A JSON object inside another one."""

    default_error_messages = _messages(_NO_OBJECT)


class Limit(fields.Integer):
    """A query's number of entries: 0 or more, or from `least` to `most`.

    Without `most` it is cut to what any list can hold.
    """

    default_error_messages = _messages(_NOT_PARSED)

    def __init__(self, *, least: int = 0, most: int | None = None, **options: Any) -> None:
        super().__init__(**_described(options, least, most))
        self._least, self._most = least, most

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        if not re.fullmatch(r"-?[0-9]{1,100}", value):
            raise self.make_error("invalid")
        number = int(value)
        if self._most is None and number < 0:
            raise ma.ValidationError(_TOO_SMALL)
        if self._most is not None and not self._least <= number <= self._most:
            raise ma.ValidationError(f"must be from {self._least} to {self._most}")
        return min(number, _LARGEST_LIMIT)


class Switch(fields.Boolean):
    """A query's `true` or `false`, in no other spelling."""

    default_error_messages = _messages(_NO_BOOLEAN)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        if value not in ("true", "false"):
            raise self.make_error("invalid")
        return bool(value == "true")


class Seconds(fields.Float):
    """A query's seconds, from 0 to `most`."""

    default_error_messages = _messages(_NO_SECONDS)

    def __init__(self, *, most: float, **options: Any) -> None:
        super().__init__(**_described(options, 0, most))
        self._most = most

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> float:
        if not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?", value):
            raise self.make_error("invalid")
        if float(value) > self._most:
            raise ma.ValidationError(f"must be from 0 to {self._most:g}")
        return float(value)


def _described(options: dict[str, Any], least: float, most: float | None) -> dict[str, Any]:
    """A field's options with its bounds, for the description of the API."""
    bounds = {"minimum": least} if most is None else {"minimum": least, "maximum": most}
    return {**options, "metadata": {**bounds, **options.get("metadata", {})}}


class Prompt(Text):
    """What will be typed into an agent, without blanks around it; errors never repeat it."""

    def __init__(self, **options: Any) -> None:
        about = {"pattern": TYPABLE, "maxLength": MAX_PROMPT_BYTES}
        super().__init__(**{**options, "metadata": {**about, **options.get("metadata", {})}})

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        try:
            return check_prompt(str(super()._deserialize(value, *args, **kwargs)).strip())
        except UsageError as error:
            raise ma.ValidationError(error.message.removeprefix("prompt ")) from None


#: Refuses a text of blanks alone, and says so in the description of the API, too.
not_blank = validate.Regexp(r"[\s\S]*\S", error="must not be blank")


def one_of(*choices: str) -> validate.OneOf:
    """Refuse every other value."""
    return validate.OneOf(choices, error=f"{_NO_CHOICE} {', '.join(choices)}")


class StrictParser(FlaskParser):
    """Loads a schema from the JSON body or the query and raises InvalidRequest."""

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """The body as JSON. Raises InvalidRequest when there is none or it is no JSON."""
        if not req.get_data(cache=True):
            raise InvalidRequest([violation(["body"], _MISSING)])
        return body_json(req)

    def handle_error(
        self, error: ma.ValidationError, req: Request, schema: ma.Schema, **_: Any
    ) -> NoReturn:
        """Turn a schema's complaints into violations."""
        ((location, messages),) = error.messages_dict.items()
        root = "body" if location == "json" else location
        # A misspelled field may hold the prompt, so that nothing beside one is repeated either.
        quiet = any(isinstance(field, Prompt) for field in schema.fields.values())
        data = None if quiet else error.data
        raise InvalidRequest(list(_violations(messages, [root], data)))


def body_json(req: Request) -> object:
    """The request's body as JSON. Raises InvalidRequest for anything else."""
    try:
        return json.loads(req.get_data(cache=True))
    except json.JSONDecodeError as error:
        raise InvalidRequest([_invalid_json(error.pos)]) from None
    except (ValueError, RecursionError):
        raise InvalidRequest([_invalid_json(0)]) from None


def _invalid_json(position: int) -> Violation:
    return {
        "type": "json_invalid",
        "loc": ["body", position],
        "msg": "the body is not valid JSON",
        "input": None,
    }


def _violations(messages: Any, loc: list[str | int], raw: Any) -> Iterator[Violation]:
    """Walk a schema's nested messages and the input they are about, side by side."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            here = loc if key == ma.exceptions.SCHEMA else [*loc, key]
            yield from _violations(inner, here, _inside(raw, key))
        return
    for message in messages:
        yield violation(loc, message, raw)


def _inside(raw: Any, key: str | int) -> Any:
    """The part of the input a message is about, None when it is missing or the whole body."""
    try:
        found = raw[key]
    except (LookupError, TypeError):
        return None
    return None if found is missing else found


class LimitQuery(StrictSchema):
    limit = Limit(load_default=50, metadata={"description": "At most so many entries."})
