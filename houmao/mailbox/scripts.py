"""The scripts below `rules/scripts/`: a JSON payload in, one JSON object out.

Exit status 0 with `ok: true`, 1 with `ok: false` and `error`, 2 for wrong usage.
"""

import argparse
import json
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from houmao import clock, config
from houmao.errors import HoumaoError, MailError
from houmao.mailbox.admin import Application, Birthmark, deregister, register
from houmao.mailbox.delivery import Outgoing, deliver
from houmao.mailbox.document import from_fields, parse
from houmao.mailbox.fields import check_address, check_message_id
from houmao.mailbox.limits import MailLimits
from houmao.mailbox.marks import change_state
from houmao.mailbox.message import Message, Participant, check_written
from houmao.mailbox.repair import RepairWish, repair
from houmao.mailbox.root import MailRoot, file_trouble, inside, open_root

Answer = Mapping[str, object]


class Payload:
    """The fields of a payload, each of which is taken out once."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def take(self, name: str, kind: type, default: Any = ...) -> Any:
        """Raises MailError when it is missing without a default, or of another type."""
        value = self._fields.pop(name, default)
        if value is ...:
            raise MailError(name, "is missing")
        if not isinstance(value, kind) and (default is ... or value != default):
            raise MailError(name, f"must be of type {kind.__name__}")
        return value

    def rest(self) -> dict[str, Any]:
        """All fields that were not taken yet."""
        rest, self._fields = self._fields, {}
        return rest

    def done(self) -> None:
        """Raises MailError for a field that nobody took."""
        for name in self._fields:
            raise MailError(name, "is not known; take it out")


def main(operation: str, argv: list[str] | None = None) -> int:
    """Do one operation for the arguments; the exit status."""
    parser = argparse.ArgumentParser(description=f"Mailbox operation: {operation}.")
    parser.add_argument("--mailbox-root", required=True, type=Path)
    needs_payload = operation not in ("repair", "insert-headers")
    parser.add_argument("--payload-file", required=needs_payload, type=Path)
    given = parser.parse_args(argv)
    answer: Answer
    try:
        payload = _payload(given.payload_file)
        answer = _OPERATIONS[operation](open_root(given.mailbox_root), payload)
    except HoumaoError as error:
        answer = {"ok": False, "error": error.message}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0 if answer["ok"] else 1


def _payload(path: Path | None) -> Payload:
    if path is None:
        return Payload({})
    try:
        with file_trouble(path):
            found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise MailError("payload", f"{path} is no JSON") from None
    if not isinstance(found, dict):
        raise MailError("payload", "must be a JSON object")
    return Payload(found)


def _deliver(root: MailRoot, payload: Payload) -> Answer:
    text = payload.take("staged_message_path", str)
    staged = inside(root.staging, Path(text.replace("\0", "?")), "staged_message_path")
    message = check_written(_staged(staged))
    _check_agreement(message, payload)
    limits = MailLimits.configured(config.positive_number)
    canonical = deliver(root, Outgoing(message, staged, limits, clock.now()))
    return {
        "ok": True,
        "message_id": message.message_id,
        "canonical_path": str(canonical),
        "recipient_count": len(message.recipients),
    }


def _staged(path: Path) -> Message:
    try:
        with file_trouble(path):
            return parse(path.read_bytes().decode())
    except UnicodeDecodeError:
        raise MailError("staged_message_path", "is no UTF-8 text") from None


def _check_agreement(message: Message, payload: Payload) -> None:
    said = payload.rest()
    if "from" in said:
        raise MailError("from", "is called sender in a payload")
    said["from"] = said.pop("sender", None)
    other = from_fields({**said, "body": message.body})
    for name in Message.__slots__:
        if getattr(other, name) != getattr(message, name):
            raise MailError(name, "is not the same in the payload and in the staged message")


def _update_state(root: MailRoot, payload: Payload) -> Answer:
    address = check_address("address", payload.take("address", str))
    message_id = check_message_id("message_id", payload.take("message_id", str))
    flags = {
        name: value
        for name in ("read", "starred", "archived", "deleted")
        if (value := payload.take(name, bool, None)) is not None
    }
    payload.done()
    return change_state(root, address, message_id, flags)


def _register(root: MailRoot, payload: Payload) -> Answer:
    owner = Participant(
        principal_id=payload.take("owner_principal_id", str),
        address=check_address("address", payload.take("address", str)),
        display_name=payload.take("display_name", str, None),
        manifest_path_hint=payload.take("manifest_path_hint", str, None),
        role=payload.take("role", str, None),
    )
    kind, path = payload.take("mailbox_kind", str), Path(payload.take("mailbox_path", str))
    if kind not in ("in_root", "symlink"):
        raise MailError("mailbox_kind", "must be in_root or symlink")
    if kind == "in_root" and path.resolve() != root.entry(owner.address):
        raise MailError("mailbox_path", f"must be {root.entry(owner.address)} for in_root")
    mode = payload.take("mode", str)
    payload.done()
    wanted = Application(owner, mode, path if kind == "symlink" else None)
    return register(root, wanted, birthmark())


def _deregister(root: MailRoot, payload: Payload) -> Answer:
    address = check_address("address", payload.take("address", str))
    mode = payload.take("mode", str)
    payload.done()
    return deregister(root, address, mode, clock.now())


def _repair(root: MailRoot, payload: Payload) -> Answer:
    wish = RepairWish(
        payload.take("cleanup_staging", bool, True), payload.take("quarantine_staging", bool, True)
    )
    payload.done()
    return repair(root, wish, birthmark())


def _insert_headers(_root: MailRoot, _payload: Payload) -> Answer:
    return {"ok": False, "error": "version 1 has no standard headers; deliver the message as it is"}


def birthmark() -> Birthmark:
    """The mark of what is made now."""
    return Birthmark(clock.now(), secrets.token_hex(16))


_OPERATIONS: Mapping[str, Callable[[MailRoot, Payload], Answer]] = {
    "deliver": _deliver,
    "update-state": _update_state,
    "register": _register,
    "deregister": _deregister,
    "repair": _repair,
    "insert-headers": _insert_headers,
}
