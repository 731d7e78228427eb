"""Single fields: what is safe as a path component, on one line, and in an id."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houmao.errors import MailError
from houmao.mailbox import fields
from houmao.mailbox.message import Participant, check_written
from tests.unit.mailbox.test_document import message

HOSTILE = ["a\nb", "a\0b", "\u202egnp.exe", "a\u200fb", "\x1b[2J", "x" * 10_000, " \t "]


@pytest.mark.parametrize(
    "text",
    [
        "coder",
        "@agents.localhost",
        "../../x@y",
        "a/b@y",
        "a@b/../c",
        "a..b@y",
        "a@b..c",
        "a b@y",
        "a@y\n",
        "a\0@y",
        "\u202ea@y",
        "ä@y",
        ".a@y",
        "a@-y",
        "a" * 10_000 + "@y",
        "a@y--0123456789abcdef0123456789abcdef",
    ],
)
def test_an_address_that_could_be_another_path_is_refused(text: str) -> None:
    with pytest.raises(MailError, match=r"^to: "):
        fields.check_address("to", text)


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,30}@[a-z0-9]{1,20}", fullmatch=True))
def test_an_address_is_one_path_component_and_its_folder_is_known(text: str) -> None:
    try:
        address = fields.check_address("to", text)
    except MailError:
        return
    assert "/" not in address
    assert address not in (".", "..")
    assert fields.entry_address(address) == (address, False)
    assert fields.entry_address(f"{address}--{'0f' * 16}") == (address, True)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_new_message_holds_nothing_that_deceives(text: str) -> None:
    for changes in (
        {"subject": text},
        {"to": (Participant("p", "p@y", display_name=text),)},
        {"headers": {text: 1}},
    ):
        with pytest.raises(MailError):
            check_written(message(**changes))


def test_a_body_may_hold_everything_but_nul_and_halves_of_characters() -> None:
    check_written(message(body="\u202e\x1b[2J\r\n---\n"))
    for body in ("\0", "\ud800"):
        with pytest.raises(MailError, match=r"^body: "):
            message(body=body)


def test_ids_sort_by_time() -> None:
    ids = [fields.message_id(at, bytes(range(10))) for at in (1.0, 1.001, 1.9, 2.0, 2e9)]
    assert ids == sorted(ids)
    assert all(fields.check_message_id("message_id", it) for it in ids)
    assert ids[0] == "msg-19700101T000001Z-0000000003e800010203040506070809"


def test_a_reference_may_lack_its_prefix() -> None:
    new = fields.message_id(0, bytes(10))
    assert fields.referred(fields.reference(new)) == fields.referred(new) == new
    with pytest.raises(MailError, match="message_ref"):
        fields.referred(f"stalwart:{new}")


@pytest.mark.parametrize("text", ["2026-03-27", "soon", "2026-03-27T07:05:00", ""])
def test_since_needs_its_zone(text: str) -> None:
    with pytest.raises(MailError, match="since"):
        fields.since(text)


def test_since_is_turned_to_utc() -> None:
    assert fields.since("2026-03-27T09:05:00+02:00") == "2026-03-27T07:05:00Z"
