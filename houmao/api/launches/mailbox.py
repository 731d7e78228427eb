"""The mailbox that a caller wants for an agent to be launched, as a body says it."""

from collections.abc import Mapping
from typing import Any

from houmao.api.http.validation import StrictSchema, Text, not_blank, one_of
from houmao.errors import UsageError
from houmao.mailbox.binding import TRANSPORTS

_UNSUPPORTED = "stalwart"


class MailboxBody(StrictSchema):
    transport = Text(load_default=None, allow_none=True, validate=one_of(*TRANSPORTS))
    filesystem_root = Text(
        load_default=None,
        allow_none=True,
        validate=not_blank,
        metadata={"description": "Absolute; else the host's own."},
    )
    principal_id = Text(load_default=None, allow_none=True, validate=not_blank)
    address = Text(load_default=None, allow_none=True, validate=not_blank)
    stalwart_base_url = Text(load_default=None, allow_none=True, validate=not_blank)
    stalwart_jmap_url = Text(load_default=None, allow_none=True, validate=not_blank)
    stalwart_management_url = Text(load_default=None, allow_none=True, validate=not_blank)
    stalwart_login_identity = Text(load_default=None, allow_none=True, validate=not_blank)


def mailbox_wishes(body: Mapping[str, Any] | None) -> dict[str, str]:
    """The launch's fields that say which mailbox. Raises UsageError for one that cannot be."""
    said = {name: value for name, value in (body or {}).items() if value}
    if any(_UNSUPPORTED in (name.partition("_")[0], value) for name, value in said.items()):
        raise UsageError("mailbox: stalwart is not supported; use filesystem")
    return {f"mailbox_{name}": value for name, value in said.items()}
