"""What CAO's tools send. Fields that we do not know are left: their releases add some."""

import marshmallow as ma

from houmao.api.http.validation import Limit, Text, not_blank, one_of
from houmao.requests.pressing import KEYS
from houmao.tools.catalog import DEFAULT_PROVIDER, PROVIDERS

#: Names of providers that CAO's tools may ask for, and the statuses of messages.
_PROVIDER = one_of(*PROVIDERS)
_STATUSES = one_of("pending", "delivered", "failed")
#: What a tmux session may be called.
_NAME = ma.validate.Regexp(r"^[A-Za-z0-9_][A-Za-z0-9_\-]{0,63}$", error="must be a plain name")


class OpenSchema(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE


class TerminalQuery(OpenSchema):
    agent_profile = Text(required=True, validate=not_blank)
    provider = Text(load_default=DEFAULT_PROVIDER, validate=_PROVIDER)
    working_directory = Text(load_default="")
    caller_id = Text(load_default="")
    allowed_tools = Text(load_default="")
    idempotency_key = Text(load_default="")


class SessionQuery(TerminalQuery):
    session_name = Text(load_default=None, validate=_NAME)


class TerminalBody(OpenSchema):
    initial_message = Text(load_default=None, allow_none=True)


class TypedQuery(OpenSchema):
    message = Text(required=True, validate=not_blank)


def _is_key(name: str) -> None:
    if name not in KEYS and not (len(name) == 1 and name.isascii() and name.isalnum()):
        raise ma.ValidationError(f"must be a letter, a digit, or one of {', '.join(KEYS)}")


class KeyQuery(OpenSchema):
    key = Text(required=True, validate=_is_key)


class OutputQuery(OpenSchema):
    mode = Text(load_default="full", validate=one_of("full", "last", "tail"))


class MessageQuery(OpenSchema):
    sender_id = Text(required=True, validate=not_blank)
    message = Text(load_default=None, validate=not_blank)


class MessageBody(OpenSchema):
    message = Text(load_default=None, validate=not_blank)


class InboxQuery(OpenSchema):
    limit = Limit(least=1, most=100, load_default=10)
    status = Text(load_default=None, validate=_STATUSES)


class StepBody(OpenSchema):
    agent = Text(required=True, validate=not_blank)
    prompt = Text(required=True, validate=not_blank)
    provider = Text(load_default=DEFAULT_PROVIDER, validate=_PROVIDER)
    session_name = Text(load_default=None, allow_none=True, validate=_NAME)
    reuse_terminal_id = Text(load_default=None, allow_none=True)
    teardown = ma.fields.Boolean(load_default=True)
    timeout = ma.fields.Float(load_default=600.0, validate=ma.validate.Range(0, 3600))
    working_directory = Text(load_default="", allow_none=True)
    caller_id = Text(load_default="", allow_none=True)
    allowed_tools = ma.fields.List(ma.fields.String(), load_default=None, allow_none=True)
