"""Which mailbox an agent has: decided from options and recipe, kept in a manifest, told in
variables. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from houmao.errors import MailError
from houmao.mailbox.fields import check_address, default_address, one_line

FILESYSTEM, STALWART, NO_MAILBOX = "filesystem", "stalwart", "none"
TRANSPORTS = (FILESYSTEM, STALWART, NO_MAILBOX)
_PRINCIPAL_PREFIX = "AGENTSYS-"


@dataclass(frozen=True, slots=True)
class MailboxOptions:
    """What somebody said about an agent's mailbox; None is nothing."""

    transport: str | None = None
    root: Path | None = None
    principal_id: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class MailboxBinding:
    """An agent's mailbox. `version` is another one after each rebinding."""

    principal_id: str
    address: str
    root: Path
    version: str

    def document(self) -> dict[str, str]:
        """The binding as a manifest and a registry record keep it."""
        return {
            "transport": FILESYSTEM,
            "principal_id": self.principal_id,
            "address": self.address,
            "filesystem_root": str(self.root),
            "bindings_version": self.version,
        }

    def variables(self) -> dict[str, str]:
        """Variables for the agent's session, without their prefix."""
        entry = self.root / "mailboxes" / self.address
        return {
            "MAILBOX_TRANSPORT": FILESYSTEM,
            "MAILBOX_PRINCIPAL_ID": self.principal_id,
            "MAILBOX_ADDRESS": self.address,
            "MAILBOX_BINDINGS_VERSION": self.version,
            "MAILBOX_FS_ROOT": str(self.root),
            "MAILBOX_FS_SQLITE_PATH": str(self.root / "index.sqlite"),
            "MAILBOX_FS_INBOX_DIR": str(entry / "inbox"),
            "MAILBOX_FS_MAILBOX_DIR": str(entry),
            "MAILBOX_FS_LOCAL_SQLITE_PATH": str(entry / "mailbox.sqlite"),
        }


def decide(
    said: MailboxOptions,
    recipe: Mapping[str, str],
    agent_name: str,
    *,
    default_root: Path,
    version: str,
) -> MailboxBinding | None:
    """The agent's binding, None for none: options count before the recipe.

    Raises MailError for a transport that is not there, or a bad name.
    """
    transport = said.transport or recipe.get("transport") or (FILESYSTEM if said.root else None)
    if transport in (None, NO_MAILBOX):
        return None
    if transport == STALWART:
        raise MailError("mailbox transport", "stalwart is not supported; use filesystem")
    if transport != FILESYSTEM:
        raise MailError("mailbox transport", f"must be one of {', '.join(TRANSPORTS)}")
    own = agent_name.removeprefix(_PRINCIPAL_PREFIX)
    principal = said.principal_id or recipe.get("principal_id") or _PRINCIPAL_PREFIX + own
    one_line("mailbox principal_id", principal)
    address = said.address or recipe.get("address") or default_address(principal)
    root = said.root or Path(recipe.get("filesystem_root") or default_root)
    if not root.is_absolute():
        raise MailError("mailbox root", f"must be an absolute path, not {str(root)!a}")
    return MailboxBinding(principal, check_address("mailbox address", address), root, version)


def read_binding(document: Mapping[str, Any] | None) -> MailboxBinding | None:
    """The binding that a manifest keeps. Raises MailError for one that cannot be used."""
    if not document:
        return None
    if document.get("transport") != FILESYSTEM:
        raise MailError("mailbox transport", f"{document.get('transport')!a} is not supported")
    names = ("principal_id", "address", "filesystem_root", "bindings_version")
    values = {name: document.get(name) for name in names}
    for name, value in values.items():
        if not isinstance(value, str) or not value:
            raise MailError(f"mailbox {name}", "is missing; register the mailbox again")
    return MailboxBinding(
        str(values["principal_id"]),
        check_address("mailbox address", str(values["address"])),
        Path(str(values["filesystem_root"])),
        str(values["bindings_version"]),
    )


def told_in(variables: Mapping[str, str]) -> MailboxBinding | None:
    """The binding in an environment's variables, whose prefix was taken off."""
    if not variables.get("MAILBOX_TRANSPORT"):
        return None
    return read_binding(
        {
            "transport": variables["MAILBOX_TRANSPORT"],
            "principal_id": variables.get("MAILBOX_PRINCIPAL_ID"),
            "address": variables.get("MAILBOX_ADDRESS"),
            "filesystem_root": variables.get("MAILBOX_FS_ROOT"),
            "bindings_version": variables.get("MAILBOX_BINDINGS_VERSION"),
        }
    )
