"""The published houmao 0.1.0 and ours on one mailbox root, both ways and at the same time.

Needs its environment: HOUMAO_PEERS_DIR names a folder with `houmao-0.1.0/bin/python`.
"""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from houmao.mailbox.box import Mailbox
from houmao.mailbox.document import render
from houmao.mailbox.founding import init_root
from houmao.mailbox.message import Message, Participant
from houmao.mailbox.reading import InboxFilter
from houmao.mailbox.repair import RepairWish, repair
from houmao.mailbox.scripts import birthmark
from tests.mail import address_of, disagreements, letter, mailbox, snapshot

PYTHON = Path(os.environ.get("HOUMAO_PEERS_DIR", "/nowhere"), "houmao-0.1.0", "bin", "python")
PROGRAM = Path(__file__).with_name("original.py")
BUNDLED = "houmao/mailbox/assets/rules/scripts"

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="HOUMAO_PEERS_DIR names no folder with houmao-0.1.0"
)


def original(root: Path, operation: str, **given: object) -> Any:
    return json.loads(
        run(PROGRAM, str(root), operation, json.dumps(given), home=root.parent).stdout
    )


def run(*argv: str | Path, home: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [PYTHON, *argv],
        env={"HOME": str(home), "PATH": os.defpath},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-500:]
    return done


@pytest.fixture(params=["ours", "theirs"])
def root_path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A root that one of the two has made."""
    path = tmp_path / "mail"
    if request.param == "ours":
        init_root(path)
    else:
        original(path, "init")
    return path


def test_both_register_send_reply_check_and_mark(root_path: Path) -> None:
    root = init_root(root_path)
    ours = mailbox(root, "ours")
    assert original(root_path, "register", name="theirs")["ok"] is True
    assert original(root_path, "register", name="ours")["reused_existing"] is True
    assert mailbox(root, "theirs").address == address_of("theirs")

    sent = ours.send(letter("theirs", subject="Grüße \U0001f600", body="---\none\n"))
    (got,) = original(root_path, "check", name="theirs", unread_only=True)
    assert (got["subject"], got["body_text"]) == (sent.subject, "---\none\n")
    original(root_path, "reply", name="theirs", ref=got["message_ref"], body="two")
    original(root_path, "read", name="theirs", ref=got["message_ref"])
    (answer,) = ours.check(InboxFilter(unread_only=True))
    assert (answer.body, answer.thread_id) == ("two", sent.message_id)
    ours.reply(answer.message_id, "three")
    unread = original(root_path, "check", name="theirs", unread_only=True)
    assert [it["body_text"] for it in unread] == ["three"]
    assert not Mailbox(root, "theirs", address_of("theirs")).read(got["message_ref"]).unread
    assert [it.body for it in ours.thread(sent.message_id)] == ["---\none\n", "two", "three"]
    assert disagreements(root_path) == []


def test_each_repairs_what_the_other_wrote(root_path: Path) -> None:
    root = init_root(root_path)
    ours = mailbox(root, "ours")
    original(root_path, "register", name="theirs")
    ours.send(letter("theirs"))
    original(root_path, "send", name="theirs", to=["ours"], subject="Hi", body="words")
    before = snapshot(root_path)
    repair(root, RepairWish(), birthmark())
    assert snapshot(root_path) == before
    assert original(root_path, "repair")["message_count"] == 2
    assert disagreements(root_path) == []
    ours.send(letter("theirs"))
    assert len(original(root_path, "check", name="theirs", unread_only=True)) == 2


def test_its_scripts_deliver_into_our_root(tmp_path: Path) -> None:
    root = init_root(tmp_path / "mail")
    ours = mailbox(root, "ours")
    mailbox(root, "theirs")
    new = "msg-20260327T070500Z-0123456789abcdef0123456789abcdef"
    message = Message(
        message_id=new,
        thread_id=new,
        created_at_utc="2026-03-27T07:05:00Z",
        sender=Participant("theirs", address_of("theirs")),
        to=(Participant("ours", ours.address),),
        subject="By script",
        body="words",
    )
    staged = root.staging / "new.md"
    staged.write_text(render(message))
    payload = tmp_path / "payload.json"
    sender = {"principal_id": "theirs", "address": address_of("theirs")}
    payload.write_text(
        json.dumps(
            {
                "staged_message_path": str(staged),
                "message_id": new,
                "thread_id": new,
                "created_at_utc": message.created_at_utc,
                "sender": sender,
                "to": [{"principal_id": "ours", "address": ours.address}],
                "subject": message.subject,
            }
        )
    )
    (script,) = PYTHON.parents[1].glob(f"lib/*/site-packages/{BUNDLED}/deliver_message.py")
    arguments = ("--mailbox-root", root.path, "--payload-file", payload)
    done = run(script, *arguments, home=tmp_path)
    assert json.loads(done.stdout)["ok"] is True
    assert [it.subject for it in ours.check(InboxFilter(unread_only=True))] == ["By script"]


def test_both_at_once_lose_nothing(root_path: Path) -> None:
    root = init_root(root_path)
    names = [f"a{number}" for number in range(6)]
    boxes = [mailbox(root, name) for name in names]

    def theirs(name: str) -> list[float | None]:
        given = {"name": name, "to": names, "count": 15, "body": "words"}
        return list(original(root_path, "series", **given))

    def ours(box: Mailbox) -> int:
        for number in range(60):
            box.send(letter(names[number % len(names)]))
        return 60

    with ThreadPoolExecutor(6) as pool:
        others = [pool.submit(theirs, name) for name in names[:3]]
        own = [pool.submit(ours, box) for box in boxes[3:]]
        sent = sum(it.result() for it in own)
        sent += sum(spent is not None for it in others for spent in it.result())
    assert sent == 3 * 15 + 3 * 60
    assert sum(len(box.check(InboxFilter())) for box in boxes) == sent
    assert disagreements(root_path) == []
    before = snapshot(root_path)
    repair(root, RepairWish(), birthmark())
    assert snapshot(root_path) == before
