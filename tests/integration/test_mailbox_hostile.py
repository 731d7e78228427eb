"""Roots and input that somebody has prepared: an error names it, nothing outside is touched."""

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from houmao.errors import HoumaoError, MailboxBroken, MailError
from houmao.mailbox.admin import Application, register
from houmao.mailbox.attaching import AttachedFile
from houmao.mailbox.box import Mailbox, MailDraft
from houmao.mailbox.founding import init_root
from houmao.mailbox.message import Participant
from houmao.mailbox.reading import InboxFilter
from houmao.mailbox.root import open_root
from houmao.mailbox.scripts import birthmark
from tests.mail import address_of, crew, disagreements, letter, snapshot

HOSTILE = st.text(st.characters(), max_size=30) | st.sampled_from(
    ["../x", "/etc/shadow/x", "a\nb", "a\0b", "\u202e", "x" * 10_000, "..", "", "\ud800"]
)


#: Of files that are there some can be named by chance.
NOWHERE = HOSTILE.map(lambda text: f"/no/such/{text}")


@given(to=HOSTILE, subject=HOSTILE, body=HOSTILE, path=NOWHERE, label=HOSTILE)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_sent_arrives_whole_or_leaves_nothing(
    tmp_path: Path, to: str, subject: str, body: str, path: str, label: str
) -> None:
    outside = {it.name for it in tmp_path.iterdir()} | {"mail"}
    if not (tmp_path / "mail").exists():
        crew(tmp_path / "mail", "one", "two")
    one = Mailbox(open_root(tmp_path / "mail"), "one", address_of("one"))
    two = Mailbox(one.root, "two", address_of("two"))
    before = snapshot(one.root.path)
    for draft in (
        MailDraft((to,), "Hi", ""),
        MailDraft((two.address,), "Hi", "", files=(AttachedFile(path, label),)),
    ):
        with pytest.raises(HoumaoError):
            one.send(draft)
    assert snapshot(one.root.path) == before
    refused = None
    try:
        one.send(MailDraft((two.address,), subject, body))
    except MailError as error:
        refused = error.field
    if refused is None:
        assert two.check(InboxFilter())[0].body == body
    else:
        assert refused in ("subject", "body")
        assert snapshot(one.root.path) == before
    assert {it.name for it in tmp_path.iterdir()} == outside
    assert list(one.root.staging.iterdir()) == []


@pytest.mark.parametrize(
    "place",
    [
        "messages",
        "staging",
        "locks",
        "locks/addresses",
        "mailboxes",
        "mailboxes/two@agents.localhost",
        "mailboxes/two@agents.localhost/inbox",
        "mailboxes/two@agents.localhost/mailbox.sqlite",
        "index.sqlite",
        "protocol-version.txt",
    ],
)
def test_a_planted_link_is_not_followed(tmp_path: Path, place: str) -> None:
    one, _ = crew(tmp_path / "mail", "one", "two")
    planted, outside = one.root.path / place, tmp_path / "outside"
    os.rename(planted, outside)
    planted.symlink_to(outside)
    before = listing(outside)
    with pytest.raises(HoumaoError, match=planted.name):
        one.send(letter("two"))
    assert listing(outside) == before
    planted.unlink()
    os.rename(outside, planted)
    one.send(letter("two"))
    assert disagreements(one.root.path) == []


def listing(path: Path) -> list[tuple[str, bytes | None]]:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [(str(it), it.read_bytes() if it.is_file() else None) for it in files]


def test_a_planted_link_in_a_mailbox_stops_the_delivery_to_all(tmp_path: Path) -> None:
    one, two, three = crew(tmp_path / "mail", "one", "two", "three")
    inbox = one.root.entry(three.address) / "inbox"
    inbox.rmdir()
    inbox.symlink_to(tmp_path)
    with pytest.raises(MailboxBroken, match="inbox"):
        one.send(letter("two", "three"))
    assert two.check(InboxFilter()) == []


def test_a_days_folder_that_leads_outside_is_not_followed(tmp_path: Path) -> None:
    one, two = crew(tmp_path / "mail", "one", "two")
    day = one.send(letter("two")).created_at_utc[:10]
    folder, outside = one.root.messages / day, tmp_path / "outside"
    os.rename(folder, outside)
    folder.symlink_to(outside)
    before = listing(outside)
    with pytest.raises(MailboxBroken, match=day):
        one.send(letter("two"))
    assert listing(outside) == before
    assert len(two.check(InboxFilter())) == 1


def test_a_row_that_leads_outside_is_not_read(tmp_path: Path) -> None:
    one, two = crew(tmp_path / "mail", "one", "two")
    sent = one.send(letter("two"))
    (tmp_path / "secret.md").write_text("secret")
    with sqlite3.connect(one.root.index) as db:
        db.execute("UPDATE messages SET canonical_path = ?", (str(tmp_path / "secret.md"),))
    db.close()
    with pytest.raises(MailboxBroken) as caught:
        two.read(sent.message_id)
    assert "secret\n" not in caught.value.message


def test_what_is_no_mailbox_below_mailboxes_is_named(tmp_path: Path) -> None:
    (one,) = crew(tmp_path / "mail", "one")
    (one.root.mailboxes / "notes").mkdir()
    for act in (lambda: init_root(one.root.path), lambda: one.send(letter("one"))):
        with pytest.raises(MailboxBroken, match="notes"):
            act()


def test_an_older_scheme_is_refused(tmp_path: Path) -> None:
    (one,) = crew(tmp_path / "mail", "one")
    (one.root.locks / "principals").mkdir()
    with pytest.raises(MailboxBroken, match="older scheme"):
        init_root(one.root.path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_another_users_root_is_refused(tmp_path: Path) -> None:
    (one,) = crew(tmp_path / "mail", "one")
    os.chown(one.root.path, 12345, -1)
    with pytest.raises(MailboxBroken, match="user 12345"):
        one.send(letter("one"))


READ_ONLY = """
import sys
from pathlib import Path
from houmao.errors import Unavailable
from houmao.mailbox.box import Mailbox
from houmao.mailbox.reading import InboxFilter
from houmao.mailbox.root import open_root
from tests.mail import letter
box = Mailbox(open_root(Path(sys.argv[1])), "two", "two@agents.localhost")
print(len(box.check(InboxFilter())))
try:
    box.send(letter("one"))
except Unavailable as error:
    print(error.message)
"""
#: Root may write everywhere, but for a root that gave this power away.
BOUND = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


def test_a_root_without_write_permission_can_be_read(tmp_path: Path) -> None:
    one, _ = crew(tmp_path / "mail", "one", "two")
    one.send(letter("two"))
    folders = [it for it in (one.root.path, *one.root.path.rglob("*")) if it.is_dir()]
    for folder in folders:
        folder.chmod(0o500)
    try:
        done = run_program(READ_ONLY, one.root.path, before=BOUND)
    finally:
        for folder in folders:
            folder.chmod(0o700)
    told = done.stdout.splitlines()
    assert told[0] == "1", done.stderr
    assert "Permission denied" in told[1]


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from houmao.errors import HoumaoError
from houmao.mailbox.box import Mailbox
from houmao.mailbox.root import open_root
from tests.mail import letter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
box = Mailbox(open_root(Path(sys.argv[1])), "one", "one@agents.localhost")
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    box.send(letter("two", body="x" * 30_000))
except HoumaoError as error:
    print(type(error).__name__, error.message)
"""


def run_program(
    program: str, *words: object, before: Sequence[str] = ()
) -> "subprocess.CompletedProcess[str]":
    """A program of its own, in the folder of the code."""
    return subprocess.run(
        [*before, sys.executable, "-c", program, *map(str, words)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.parametrize("room", [1_000, 20_000, 60_000, 100_000])
def test_a_full_disk_is_told_and_nothing_is_half_done(tmp_path: Path, room: int) -> None:
    """A limit for the size of files stands for the disk: some write fails in the middle."""
    one, _ = crew(tmp_path / "mail", "one", "two")
    one.send(letter("two"))
    before = snapshot(one.root.path)
    done = run_program(FULL_DISK, one.root.path, room)
    assert done.stdout.startswith("Unavailable"), done.stdout + done.stderr
    assert snapshot(one.root.path) == before
    assert list(one.root.staging.iterdir()) == []
    one.send(letter("two"))
    assert disagreements(one.root.path) == []


def test_register_refuses_what_is_hostile(tmp_path: Path) -> None:
    root = init_root(tmp_path / "mail")
    for principal, address in (("a\nb", "a@y"), ("a\u202eb", "a@y")):
        with pytest.raises(MailError, match="principal_id"):
            register(root, Application(Participant(principal, address)), birthmark())
    with pytest.raises(MailError, match="address"):
        Participant("a", "../../a@y")
    assert list(root.mailboxes.iterdir()) == []


def test_limits_are_the_process_own() -> None:
    """The stand-in for a full disk must not leak into this process."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
