"""Agents write to each other on a real root: what arrives, what is refused, what stays."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from houmao.errors import Conflict, HoumaoError, MailboxBroken, MailError, MailLimit, NotFound
from houmao.mailbox import reading
from houmao.mailbox.admin import (
    FORCE,
    STASH,
    Application,
    EndedRules,
    cleanup,
    deregister,
    register,
)
from houmao.mailbox.attaching import AttachedFile
from houmao.mailbox.box import Mailbox, MailDraft
from houmao.mailbox.founding import SCRIPTS, init_root
from houmao.mailbox.limits import MailLimits
from houmao.mailbox.message import Participant
from houmao.mailbox.reading import InboxFilter, LogFilter
from houmao.mailbox.repair import RepairWish, repair
from houmao.mailbox.root import open_root
from houmao.mailbox.scripts import birthmark
from houmao.mailbox.search import search
from tests.mail import address_of, crew, disagreements, letter, mailbox, snapshot

EVERYTHING = InboxFilter()


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Mailbox, Mailbox]:
    coder, reviewer = crew(tmp_path / "mail", "coder", "reviewer")
    return coder, reviewer


def test_a_message_is_in_the_inbox_and_a_reply_in_its_thread(
    pair: tuple[Mailbox, Mailbox],
) -> None:
    coder, reviewer = pair
    sent = coder.send(letter("reviewer", subject="Draft", body="See\nit."))
    (got,) = reviewer.check(EVERYTHING)
    assert (got.subject, got.body, got.unread) == ("Draft", "See\nit.", True)
    assert coder.check(EVERYTHING) == []
    reviewer.reply(got.message_id, "Fine.")
    (answer,) = coder.check(EVERYTHING)
    assert (answer.subject, answer.thread_id) == ("Re: Draft", sent.message_id)
    assert [it.body for it in coder.thread(answer.message_id)] == ["See\nit.", "Fine."]
    assert disagreements(coder.root.path) == []


def test_a_check_tells_everybody_whom_a_message_went_to(tmp_path: Path) -> None:
    """In the order of the message, copies apart, whether one got it or many did."""
    names = ("zoe", "adam", "coder", "reader", "boss")
    zoe, adam, coder, reader, _ = crew(tmp_path / "mail", *names)
    coder.send(letter("adam", subject="alone"))
    everybody = MailDraft(
        (zoe.address, adam.address), "all", "x", cc=(reader.address, address_of("boss"))
    )
    coder.send(everybody)
    coder.send(letter("adam", "coder", subject="two"))
    told = {
        it.subject: ([to.address for to in it.to], [to.address for to in it.cc])
        for it in adam.check(EVERYTHING)
    }
    assert told == {
        "two": ([adam.address, coder.address], []),
        "all": (list(everybody.to), list(everybody.cc)),
        "alone": ([adam.address], []),
    }
    (copy,) = reader.check(EVERYTHING)
    assert copy.to == zoe.check(EVERYTHING)[0].to


def test_only_marking_changes_what_is_unread(pair: tuple[Mailbox, Mailbox]) -> None:
    coder, reviewer = pair
    for subject in ("one", "two"):
        coder.send(letter("reviewer", subject=subject))
    newest, oldest = reviewer.check(EVERYTHING)
    reviewer.read(oldest.message_id)
    assert [it.subject for it in reviewer.check(InboxFilter(unread_only=True))] == ["two", "one"]
    assert reviewer.mark(oldest.message_id, read=True)["read"] is True
    assert [it.subject for it in reviewer.check(InboxFilter(unread_only=True))] == ["two"]
    reviewer.mark(newest.message_id, archived=True)
    assert [it.subject for it in reviewer.check(EVERYTHING)] == ["one"]
    assert [it.subject for it in reviewer.check(InboxFilter(limit=1))] == ["one"]
    assert reviewer.check(InboxFilter(since="2999-01-01T00:00:00Z")) == []


def test_one_unknown_recipient_fails_the_whole_send(pair: tuple[Mailbox, Mailbox]) -> None:
    coder, _ = pair
    before = snapshot(coder.root.path)
    with pytest.raises(NotFound, match="nobody@agents"):
        coder.send(letter("reviewer", "nobody"))
    assert snapshot(coder.root.path) == before
    assert list(coder.root.staging.iterdir()) == []


def test_more_recipients_than_sqlite_attaches_and_oneself(tmp_path: Path) -> None:
    names = [f"a{number}" for number in range(25)]
    boxes = crew(tmp_path / "mail", *names)
    boxes[0].send(letter(*names))
    assert [len(it.check(EVERYTHING)) for it in boxes] == [1] * 25
    assert boxes[0].check(EVERYTHING)[0].unread
    assert disagreements(boxes[0].root.path) == []


def test_attachments_go_by_path(pair: tuple[Mailbox, Mailbox], tmp_path: Path) -> None:
    coder, reviewer = pair
    file = tmp_path / "kernel.txt"
    file.write_text("x" * 10)
    files = (AttachedFile(str(file), "the kernel"),)
    coder.send(MailDraft((reviewer.address,), "Kernel", "", files=files))
    (attached,) = reviewer.check(EVERYTHING)[0].attachments
    assert (attached.path, attached.size_bytes, attached.label) == (str(file), 10, "the kernel")
    with pytest.raises(MailError, match=r"attachments\.path"):
        coder.send(MailDraft((reviewer.address,), "K", "", files=(AttachedFile("/no/such"),)))


def test_a_copied_file_stays_as_it_was_sent(pair: tuple[Mailbox, Mailbox], tmp_path: Path) -> None:
    coder, reviewer = pair
    file = tmp_path / "kernel.txt"
    file.write_text("as it was")
    draft = MailDraft(
        (reviewer.address,), "Kernel", "", files=(AttachedFile(str(file), copied=True),)
    )
    coder.send(draft)
    file.write_text("changed")
    (got,) = reviewer.check(EVERYTHING)[0].attachments
    copy = coder.root.managed_attachments / got.attachment_id / "kernel.txt"
    assert (got.kind, got.path, copy.read_text()) == ("managed_copy", str(copy), "as it was")
    with pytest.raises(NotFound):
        coder.send(replace(draft, to=("nobody@agents.localhost",)))
    with pytest.raises(MailError, match="subject"):
        coder.send(replace(draft, subject="two\nlines"))
    assert list(coder.root.managed_attachments.iterdir()) == [copy.parent]


def test_a_stranger_reads_and_marks_nothing(tmp_path: Path) -> None:
    coder, reviewer, spy = crew(tmp_path / "mail", "coder", "reviewer", "spy")
    sent = coder.send(letter("reviewer")).message_id
    for act in (spy.read, spy.thread, lambda ref: spy.mark(ref, read=True)):
        with pytest.raises(NotFound, match="spy@"):
            act(sent)
    with pytest.raises(NotFound, match="spy@"):
        spy.reply(sent, "I was here")
    forged = Mailbox(coder.root, "spy", coder.address)
    with pytest.raises(MailError, match=r"from\.principal_id"):
        forged.send(letter("reviewer"))
    assert len(reviewer.check(EVERYTHING)) == 1


def test_safe_reuses_stash_keeps_and_force_removes(tmp_path: Path) -> None:
    (coder, other) = crew(tmp_path / "mail", "coder", "other")
    root, address = coder.root, coder.address
    other.send(letter("coder"))
    again = register(root, Application(Participant("coder", address)), birthmark())
    assert again["reused_existing"] is True
    thief = Participant("thief", address)
    with pytest.raises(Conflict, match="belongs to coder"):
        register(root, Application(thief), birthmark())
    stashed = register(root, Application(thief, STASH), birthmark())
    aside = Path(str(stashed["stashed_mailbox_path"]))
    assert aside.name.startswith(f"{address}--")
    assert len(list((aside / "inbox").iterdir())) == 1
    assert Mailbox(root, "thief", address).check(EVERYTHING) == []
    assert disagreements_after_repair(root.path) == []
    forced = register(root, Application(Participant("third", address), FORCE), birthmark())
    assert forced["replaced_registration_id"] == stashed["active_registration_id"]
    assert disagreements_after_repair(root.path) == []


def disagreements_after_repair(path: Path) -> list[str]:
    repair(open_root(path), RepairWish(), birthmark())
    return [it for it in disagreements(path) if "link" in it or "file" in it]


def test_a_mailbox_may_lie_elsewhere(tmp_path: Path) -> None:
    (coder,) = crew(tmp_path / "mail", "coder")
    owner = Participant("away", address_of("away"))
    register(coder.root, Application(owner, path=tmp_path / "away"), birthmark())
    coder.send(letter("away"))
    assert (coder.root.mailboxes / owner.address).is_symlink()
    assert len(list((tmp_path / "away" / "inbox").iterdir())) == 1
    deregister(coder.root, owner.address, "purge", 0.0)
    assert not (coder.root.mailboxes / owner.address).exists()
    assert (tmp_path / "away" / "inbox").is_dir()


def test_unregistered_gets_no_mail_and_comes_back_with_its_old(
    pair: tuple[Mailbox, Mailbox],
) -> None:
    coder, reviewer = pair
    coder.send(letter("reviewer"))
    ended = deregister(coder.root, reviewer.address, "deactivate", 0.0)
    assert ended["resulting_status"] == "inactive"
    with pytest.raises(NotFound):
        coder.send(letter("reviewer"))
    mailbox(coder.root, "reviewer")
    assert len(reviewer.check(EVERYTHING)) == 1


def test_purge_and_cleanup_never_touch_messages(pair: tuple[Mailbox, Mailbox]) -> None:
    coder, reviewer = pair
    coder.send(letter("reviewer"))
    deregister(coder.root, reviewer.address, "deactivate", 100.0)
    others = EndedRules(250.0, 100, address=coder.address)
    assert {it.address for it, _ in cleanup(coder.root, others, dry_run=False)} == {coder.address}
    early = cleanup(coder.root, EndedRules(150.0, 100), dry_run=False)
    assert {verdict for _, verdict in early} == {"preserved"}
    late = cleanup(coder.root, EndedRules(250.0, 100), dry_run=False)
    assert [it.address for it, verdict in late if verdict == "removed"] == [reviewer.address]
    assert len(list(coder.root.messages.glob("*/*.md"))) == 1
    assert not coder.root.entry(reviewer.address).exists()


@pytest.mark.parametrize("damage", ["none", "missing", "garbage"])
def test_the_index_is_rebuilt_from_the_files(pair: tuple[Mailbox, Mailbox], damage: str) -> None:
    coder, reviewer = pair
    for number in range(3):
        coder.send(letter("reviewer", subject=f"no {number}"))
    reviewer.mark(reviewer.check(EVERYTHING)[0].message_id, read=True)
    before = snapshot(coder.root.path)
    if damage == "missing":
        coder.root.index.unlink()
    elif damage == "garbage":
        coder.root.index.write_bytes(b"no database" * 1000)
        with pytest.raises(MailboxBroken, match="mailbox repair"):
            coder.send(letter("reviewer"))
    done = repair(coder.root, RepairWish(), birthmark())
    assert (done["message_count"], done["projection_count"]) == (3, 6)
    assert (done["restored_state_count"], done["defaulted_state_count"]) == (6, 0)
    assert bool(done["backed_up_index_path"]) is (damage == "garbage")
    assert disagreements(coder.root.path) == []
    assert [it.unread for it in reviewer.check(EVERYTHING)] == [False, True, True]
    if damage == "none":
        assert snapshot(coder.root.path) == before


def test_repair_moves_leftovers_aside_and_heals_a_broken_state(
    pair: tuple[Mailbox, Mailbox],
) -> None:
    coder, reviewer = pair
    coder.send(letter("reviewer"))
    (coder.root.staging / "half.md").write_text("---\n")
    state = coder.root.entry(reviewer.address) / "mailbox.sqlite"
    state.write_bytes(b"garbage" * 1000)
    with pytest.raises(MailboxBroken, match="mailbox repair"):
        reviewer.check(EVERYTHING)
    done = repair(coder.root, RepairWish(), birthmark())
    assert done["staging_artifact_count"] == 1
    assert [it.subject for it in reviewer.check(EVERYTHING)] == ["Hello"]


def test_a_message_file_changed_by_hand_is_named(pair: tuple[Mailbox, Mailbox]) -> None:
    coder, reviewer = pair
    sent = coder.send(letter("reviewer"))
    (path,) = coder.root.messages.glob("*/*.md")
    path.write_text(path.read_text().replace("subject:", "topic:"))
    with pytest.raises(MailboxBroken, match="topic"):
        reviewer.read(sent.message_id)
    before = snapshot(coder.root.path)
    with pytest.raises(MailboxBroken, match=str(path)):
        repair(coder.root, RepairWish(), birthmark())
    assert snapshot(coder.root.path) == before


def test_a_storm_of_replies_ends_with_an_error_to_its_sender(tmp_path: Path) -> None:
    root = init_root(tmp_path / "mail")
    limits = MailLimits(thread_depth=4)
    one, two = (mailbox(root, name, limits) for name in ("one", "two"))
    last = one.send(letter("two")).message_id
    for box in (two, one, two):
        last = box.reply(last, "and you?").message_id
    with pytest.raises(MailLimit, match="4 messages in this thread"):
        one.reply(last, "and you?")
    assert len(list(root.messages.glob("*/*.md"))) == 4
    one.send(letter("two"))


def test_a_sender_may_write_so_often_in_a_minute(tmp_path: Path) -> None:
    root = init_root(tmp_path / "mail")
    mailbox(root, "two")
    now = 1_700_000_000.0
    mailbox(root, "one")
    one = Mailbox(root, "one", address_of("one"), MailLimits(per_minute=2), now=lambda: now)
    for _ in range(2):
        one.send(letter("two"))
    with pytest.raises(MailLimit, match="within a minute"):
        one.send(letter("two"))
    later = Mailbox(root, "one", one.address, one.limits, now=lambda: now + 61)
    later.send(letter("two"))


def test_words_are_found_also_in_an_index_made_anew(pair: tuple[Mailbox, Mailbox]) -> None:
    coder, reviewer = pair
    coder.send(letter("reviewer", subject="Kernel", body='the "quick" fox'))
    reviewer.send(letter("coder", subject="Other", body="nothing"))
    assert [it.subject for it in search(coder.root, "fox kernel")] == ["Kernel"]
    assert search(coder.root, 'fox OR "') == ()
    repair(coder.root, RepairWish(), birthmark())
    coder.send(letter("reviewer", subject="Second", body="another fox"))
    assert [it.subject for it in search(coder.root, "FOX")] == ["Second", "Kernel"]
    coder.root.search_index.write_bytes(b"garbage" * 1000)
    assert len(search(coder.root, "fox")) == 2


def test_the_log_tells_who_wrote_to_whom(pair: tuple[Mailbox, Mailbox]) -> None:
    coder, reviewer = pair
    coder.send(letter("reviewer", subject="one"))
    reviewer.send(letter("coder", "reviewer", subject="two"))
    lines = reading.log(coder.root, LogFilter())
    assert [(it.subject, it.sender, it.recipients) for it in lines] == [
        ("two", reviewer.address, (coder.address, reviewer.address)),
        ("one", coder.address, (reviewer.address,)),
    ]
    assert [it.subject for it in reading.log(coder.root, LogFilter(recipient=coder.address))] == [
        "two"
    ]


def test_the_rules_are_there_and_another_programs_scripts_stay(tmp_path: Path) -> None:
    root = init_root(tmp_path / "mail")
    scripts = root.path / "rules" / "scripts"
    assert {it.name for it in scripts.iterdir()} == {*SCRIPTS, "requirements.txt"}
    foreign = scripts / "deliver_message.py"
    foreign.write_text("# of another program\n")
    (scripts / "repair_index.py").write_text("from houmao.mailbox.scripts import older\n")
    init_root(tmp_path / "mail")
    assert foreign.read_text() == "# of another program\n"
    assert "older" not in (scripts / "repair_index.py").read_text()


def test_scripts_print_one_object(pair: tuple[Mailbox, Mailbox], tmp_path: Path) -> None:
    coder, reviewer = pair
    sent = coder.send(letter("reviewer")).message_id
    payload: dict[str, object] = {"address": reviewer.address, "message_id": sent, "read": True}
    code, answer = run_script(coder.root.path, "update_mailbox_state.py", payload, tmp_path)
    assert (code, answer["ok"], answer["read"]) == (0, True, True)
    code, answer = run_script(
        coder.root.path, "update_mailbox_state.py", {**payload, "colour": "red"}, tmp_path
    )
    assert (code, answer["ok"]) == (1, False)
    assert "colour" in str(answer["error"])
    code, answer = run_script(coder.root.path, "repair_index.py", {}, tmp_path)
    assert (code, answer["message_count"]) == (0, 1)


def run_script(
    root: Path, name: str, payload: object, folder: Path
) -> tuple[int, dict[str, object]]:
    file = folder / "payload.json"
    file.write_text(json.dumps(payload))
    done = subprocess.run(
        [
            sys.executable,
            str(root / "rules" / "scripts" / name),
            "--mailbox-root",
            str(root),
            "--payload-file",
            str(file),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, json.loads(done.stdout)


def test_there_is_an_error_for_every_root_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="mailbox init"):
        open_root(tmp_path / "nowhere")
    with pytest.raises(HoumaoError, match=r"locks|protocol-version"):
        open_root(tmp_path)
    root = init_root(tmp_path / "mail")
    root.version_file.write_text("2\n")
    with pytest.raises(MailboxBroken, match="protocol-version"):
        open_root(root.path)
    with pytest.raises(MailboxBroken, match="protocol-version"):
        init_root(root.path)
