"""Run by the Python of the published houmao 0.1.0: does one mailbox operation with its code.

`python original.py ROOT OPERATION JSON` prints one JSON value; it imports nothing of ours.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any


def main(root: Path, operation: str, given: dict[str, Any]) -> object:
    """The result of one operation."""
    return {
        "init": init,
        "register": register,
        "send": send,
        "reply": reply,
        "check": check,
        "read": read,
        "repair": repair,
        "series": series,
    }[operation](root, **given)


def init(root: Path) -> object:
    from houmao.mailbox.filesystem import bootstrap_filesystem_mailbox

    return str(bootstrap_filesystem_mailbox(root).root)


def register(root: Path, name: str) -> object:
    from houmao.mailbox.managed import RegisterMailboxRequest, register_mailbox

    address = f"{name}@agents.localhost"
    payload = {
        "mode": "safe",
        "address": address,
        "owner_principal_id": name,
        "mailbox_kind": "in_root",
        "mailbox_path": str(root / "mailboxes" / address),
    }
    return register_mailbox(root, RegisterMailboxRequest.from_payload(payload))


def _adapter(root: Path, name: str) -> Any:
    from houmao.agents.mailbox_runtime_models import FilesystemMailboxResolvedConfig
    from houmao.agents.realm_controller.gateway_mailbox import FilesystemGatewayMailboxAdapter

    return FilesystemGatewayMailboxAdapter(
        FilesystemMailboxResolvedConfig(
            transport="filesystem",
            principal_id=name,
            address=f"{name}@agents.localhost",
            filesystem_root=root,
            bindings_version="1",
        )
    )


def send(root: Path, name: str, to: list[str], subject: str, body: str) -> object:
    message = _adapter(root, name).send(
        to_addresses=[f"{it}@agents.localhost" for it in to],
        cc_addresses=[],
        subject=subject,
        body_content=body,
        attachments=[],
    )
    return message.model_dump(mode="json")


def reply(root: Path, name: str, ref: str, body: str) -> object:
    message = _adapter(root, name).reply(message_ref=ref, body_content=body, attachments=[])
    return message.model_dump(mode="json")


def check(root: Path, name: str, unread_only: bool = False) -> object:
    found = _adapter(root, name).check(unread_only=unread_only, limit=None, since=None)
    return [it.model_dump(mode="json") for it in found]


def read(root: Path, name: str, ref: str) -> object:
    done = _adapter(root, name).update_read_state(message_ref=ref, read=True)
    return done.model_dump(mode="json")


def repair(root: Path) -> object:
    from houmao.mailbox.managed import RepairRequest, repair_mailbox_index

    return repair_mailbox_index(root, RepairRequest())


def series(root: Path, name: str, to: list[str], count: int, body: str) -> object:
    """Send one after another; how long each took, in seconds, None for one that failed."""
    adapter = _adapter(root, name)
    spent: list[float | None] = []
    for number in range(count):
        began = time.monotonic()
        try:
            adapter.send(
                to_addresses=[f"{to[number % len(to)]}@agents.localhost"],
                cc_addresses=[],
                subject=f"no {number} of {name}",
                body_content=body,
                attachments=[],
            )
            spent.append(time.monotonic() - began)
        except Exception as error:
            print(error, file=sys.stderr)
            spent.append(None)
    return spent


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]))))
