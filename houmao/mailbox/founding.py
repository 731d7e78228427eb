"""Makes a mailbox root, or completes one: folders, rules for agents, the index."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from houmao.errors import MailboxBroken
from houmao.files import replace_text
from houmao.mailbox import schema
from houmao.mailbox.delivery import exclusive
from houmao.mailbox.message import PROTOCOL_VERSION
from houmao.mailbox.root import (
    MailRoot,
    file_trouble,
    require_file,
    require_folder,
    verify_owner,
    verify_version,
)

_PARTS = (
    *("rules", "rules/scripts", "locks", "locks/addresses", "messages"),
    *("attachments", "attachments/managed", "mailboxes", "staging"),
)
#: Scripts by name, with the operation of `houmao.mailbox.scripts` that each of them is.
SCRIPTS = {
    "register_mailbox.py": "register",
    "deregister_mailbox.py": "deregister",
    "deliver_message.py": "deliver",
    "update_mailbox_state.py": "update-state",
    "repair_index.py": "repair",
    "insert_standard_headers.py": "insert-headers",
}
_SCRIPT = '''#!/usr/bin/env python3
"""The mailbox operation {operation}: --mailbox-root DIR --payload-file FILE.json"""

from houmao.mailbox.scripts import main

if __name__ == "__main__":
    raise SystemExit(main("{operation}"))
'''
#: Stands in every script of ours; one of another program is left as it is.
_OURS = "houmao.mailbox.scripts"


def init_root(path: Path) -> MailRoot:
    """Make what is not there yet; twice is as good as once. Raises HoumaoError."""
    with file_trouble(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        root = MailRoot(path.resolve())
        verify_owner(root.path)
        if root.version_file.is_symlink() or root.version_file.exists():
            verify_version(root.version_file)
        for part in _PARTS:
            (root.path / part).mkdir(mode=0o700, exist_ok=True)
            require_folder(root.path / part)
        if not root.version_file.exists():
            replace_text(root.version_file, f"{PROTOCOL_VERSION}\n", to_disk=False)
        root.verify()
        _write_rules(root.path / "rules")
    if not root.index.exists():
        with exclusive(root, ()), schema.transaction(root.index, schema.INDEX):
            """Its tables are there from now on."""
    verify_index(root)
    return root


def verify_index(root: MailRoot) -> None:
    """Raises MailboxBroken for an index that cannot be read or is of an older scheme."""
    with schema.reading(root.index) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    if "principals" in tables:
        raise MailboxBroken(f"{root.index} is of an older scheme; start with a new root")


def _write_rules(folder: Path) -> None:
    _copy(resources.files("houmao.mailbox") / "rules", folder)
    for name, operation in SCRIPTS.items():
        place = folder / "scripts" / name
        require_file(place)
        if not place.exists() or _OURS in place.read_text("utf-8", errors="replace"):
            _write(place, _SCRIPT.format(operation=operation))
            place.chmod(0o700)
    _write(folder / "scripts" / "requirements.txt", "Houmao\n")


def _copy(source: Traversable, target: Path) -> None:
    for item in source.iterdir():
        place = target / item.name
        if item.is_dir():
            place.mkdir(mode=0o700, exist_ok=True)
            require_folder(place)
            _copy(item, place)
        else:
            require_file(place)
            _write(place, item.read_text("utf-8"))


def _write(place: Path, text: str) -> None:
    if not place.exists() or place.read_text("utf-8", errors="replace") != text:
        replace_text(place, text, to_disk=False)
