"""The folders of a mailbox root: where everything is, and when to keep off.

Knows names and kinds of files, and nothing of what is in them.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from houmao.errors import MailboxBroken, MailError, NotFound, Unavailable
from houmao.mailbox.fields import check_address, entry_address
from houmao.mailbox.message import PROTOCOL_VERSION, Message

INBOX, SENT, ARCHIVE, DRAFTS = "inbox", "sent", "archive", "drafts"
FOLDERS = (INBOX, SENT, ARCHIVE, DRAFTS)
LOCAL_STATE = "mailbox.sqlite"


@dataclass(frozen=True)
class MailRoot:
    """One mailbox root; `path` is absolute and without links.

    Each of its places is worked out once: a delivery names them many times.
    """

    path: Path

    @cached_property
    def version_file(self) -> Path:
        return self.path / "protocol-version.txt"

    @cached_property
    def index(self) -> Path:
        return self.path / "index.sqlite"

    @cached_property
    def search_index(self) -> Path:
        return self.path / "search.sqlite"

    @cached_property
    def locks(self) -> Path:
        return self.path / "locks"

    @cached_property
    def index_lock(self) -> Path:
        return self.path / "locks" / "index.lock"

    @cached_property
    def messages(self) -> Path:
        return self.path / "messages"

    @cached_property
    def mailboxes(self) -> Path:
        return self.path / "mailboxes"

    @cached_property
    def managed_attachments(self) -> Path:
        return self.path / "attachments" / "managed"

    @cached_property
    def staging(self) -> Path:
        return self.path / "staging"

    def address_lock(self, address: str) -> Path:
        return self.path / "locks" / "addresses" / f"{check_address('address', address)}.lock"

    def entry(self, address: str) -> Path:
        """The address's own place below `mailboxes/`."""
        return self.path / "mailboxes" / check_address("address", address)

    def canonical(self, message: Message) -> Path:
        return self.path / "messages" / message.created_at_utc[:10] / f"{message.message_id}.md"

    def verify(self) -> None:
        """Raises HoumaoError, naming the file, for a root that must not be touched."""
        with file_trouble(self.path):
            verify_owner(self.path)
            verify_version(self.version_file)
            for part in ("locks", "locks/addresses", "messages", "mailboxes", "staging"):
                require_folder(f"{self.path}/{part}")
            _verify_entries(self)


def open_root(path: Path) -> MailRoot:
    """A root that is there. Raises NotFound, or HoumaoError as `verify` does."""
    if not path.is_dir():
        raise NotFound(
            f"there is no mailbox root {path}; `houmao-mgr mailbox init --mailbox-root {path}` "
            "makes one"
        )
    root = MailRoot(path.resolve())
    root.verify()
    return root


@contextmanager
def file_trouble(path: Path) -> Iterator[None]:
    """Turn an OSError into Unavailable that names the file, or `path` when it has none."""
    try:
        yield
    except OSError as error:
        where = error.filename or path
        raise Unavailable(f"{where} cannot be used: {error.strerror or error}") from error


def require_folder(path: str | Path) -> None:
    """Raises MailboxBroken unless it is a folder itself, and no link to one."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        raise MailboxBroken(f"{path} is missing; `houmao-mgr mailbox init` makes it") from None
    if not stat.S_ISDIR(mode):
        raise MailboxBroken(f"{path} must be a folder, not a link or a file; move it away")


def require_file(path: Path) -> None:
    """Raises MailboxBroken when there is something else than a plain file."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise MailboxBroken(f"{path} must be a plain file, not a link; move it away")


def make_mailbox(folder: Path) -> None:
    """Give a mailbox its folders. Raises MailboxBroken when a link stands in their place."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in FOLDERS:
        (folder / name).mkdir(mode=0o700, exist_ok=True)
        require_folder(folder / name)


def verify_owner(path: Path) -> None:
    """Raises MailboxBroken for another user's folder, in which links could lead anywhere."""
    owner = path.stat().st_uid
    if owner != os.geteuid():
        raise MailboxBroken(f"mailbox root {path} belongs to user {owner}; work there as that user")


def verify_version(path: Path) -> None:
    """Raises MailboxBroken for another version of the protocol."""
    require_file(path)
    try:
        found = path.read_bytes()[:100].decode(errors="replace").strip()
    except FileNotFoundError:
        raise MailboxBroken(f"{path} is missing, so {path.parent} is no mailbox root") from None
    if found != str(PROTOCOL_VERSION):
        raise MailboxBroken(f"{path} says {found!r}; this Houmao knows {PROTOCOL_VERSION} only")


def _verify_entries(root: MailRoot) -> None:
    if (root.locks / "principals").exists():
        raise MailboxBroken(f"{root.path} was made by an older scheme; start with a new root")
    for name in os.listdir(root.mailboxes):
        if entry_address(name) is None:
            raise MailboxBroken(f"{root.mailboxes / name} is no mailbox's folder; move it away")


def inside(root: Path, path: Path, field: str) -> Path:
    """The path when it lies below the folder, links followed. Raises MailError."""
    try:
        resolved = path.resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        raise MailError(field, "does not exist") from None
    if not resolved.is_relative_to(root) or not resolved.is_file():
        raise MailError(field, f"must be a file below {root}")
    return resolved
