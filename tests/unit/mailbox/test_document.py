"""A message file says what the message says, both ways, whatever people put into it."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from houmao.errors import HoumaoError, MailError
from houmao.mailbox.document import alone_to, body_of, parse, render
from houmao.mailbox.message import Attachment, Message, Participant

FIRST = "msg-20260327T070500Z-0123456789abcdef0123456789abcdef"
SECOND = "msg-20260327T070501Z-fedcba9876543210fedcba9876543210"
CODER = Participant("HOUMAO-coder", "HOUMAO-coder@agents.localhost")
REVIEWER = Participant("HOUMAO-reviewer", "HOUMAO-reviewer@agents.localhost", display_name="R")

#: Anything UTF-8 can say but NUL, which no file of text holds.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200)
filled = texts.filter(str.strip)
words = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=8)
people = st.builds(
    Participant,
    principal_id=filled,
    address=words.map(lambda word: f"{word}@agents.localhost"),
    display_name=st.none() | filled,
)
attachments = st.builds(
    Attachment,
    attachment_id=filled,
    kind=st.just("path_ref"),
    path=texts.map(lambda text: f"/{text}"),
    media_type=filled,
    size_bytes=st.none() | st.integers(min_value=0),
    label=st.none() | texts,
)
plain = st.none() | st.booleans() | st.integers() | words
headers = st.dictionaries(words, plain | st.lists(plain), max_size=3)


def message(**changes: object) -> Message:
    given: dict[str, object] = {
        "message_id": FIRST,
        "thread_id": FIRST,
        "created_at_utc": "2026-03-27T07:05:00Z",
        "sender": CODER,
        "to": (REVIEWER,),
        "subject": "Kernel draft ready",
        "body": "See it.\n",
    }
    return Message(**(given | changes))  # type: ignore[arg-type]


@given(
    subject=filled,
    body=texts,
    to=st.lists(people, min_size=1, max_size=3).map(tuple),
    attached=st.lists(attachments, max_size=2).map(tuple),
    headers=headers,
)
def test_what_is_written_is_read(
    subject: str,
    body: str,
    to: tuple[Participant, ...],
    attached: tuple[Attachment, ...],
    headers: dict[str, object],
) -> None:
    written = message(subject=subject, body=body, to=to, attachments=attached, headers=headers)
    assert parse(render(written)) == written
    assert body_of(render(written)) == body


@given(
    to=st.lists(people | st.just(REVIEWER), min_size=1, max_size=2).map(tuple),
    cc=st.lists(people, max_size=1).map(tuple),
    body=texts | st.just(render(message())),
)
def test_a_message_to_one_alone_is_told_by_its_head(
    to: tuple[Participant, ...], cc: tuple[Participant, ...], body: str
) -> None:
    """What its body imitates does not count."""
    written = render(message(to=to, cc=cc, body=body))
    assert alone_to(REVIEWER)(written) == (to == (REVIEWER,) and not cc)


@given(st.text(max_size=300))
def test_any_text_is_a_message_or_a_clear_error(text: str) -> None:
    with pytest.raises(HoumaoError):
        parse(text)


@given(st.dictionaries(words | st.sampled_from(["to", "from", "subject"]), plain | headers))
def test_any_front_matter_is_a_message_or_a_clear_error(fields: dict[str, object]) -> None:
    with pytest.raises(MailError):
        parse(f"---\n{yaml.safe_dump(fields)}---\n\nbody")


def test_a_yaml_reader_finds_the_fields_of_the_protocol() -> None:
    head = yaml.safe_load(render(message()).split("---\n")[1])
    assert list(head) == [
        "protocol_version",
        "message_id",
        "thread_id",
        "in_reply_to",
        "references",
        "created_at_utc",
        "from",
        "to",
        "cc",
        "reply_to",
        "subject",
        "attachments",
        "headers",
    ]
    assert head["from"] == {"principal_id": CODER.principal_id, "address": CODER.address}


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("protocol_version: 1", "protocol_version: 2", "protocol_version"),
        ("subject:", "colour: red\nsubject:", "colour"),
        ('subject: "Kernel draft ready"', 'subject: "  "', "subject"),
        ('subject: "Kernel draft ready"', "subject: 7", "subject"),
        (f'message_id: "{FIRST}"', 'message_id: "../../etc"', "message_id"),
        ('created_at_utc: "2026-03-27T07:05:00Z"', 'created_at_utc: "soon"', "created_at_utc"),
        ("in_reply_to: null", f'in_reply_to: "{SECOND}"', "references"),
        ("references: []", f'references: ["{SECOND}"]', "references"),
        (f'thread_id: "{FIRST}"', f'thread_id: "{SECOND}"', "thread_id"),
        ("headers: {}", "headers: []", "headers"),
        ("cc: []", 'cc: [{principal_id: "x"}]', "cc.address"),
        ("cc: []", 'cc: [{principal_id: "x", address: "../x@y"}]', "cc.address"),
        ("cc: []", 'cc: [{principal_id: "x", address: "x@y", age: "9"}]', "cc.age"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(old: str, new: str, field: str) -> None:
    text = render(message())
    assert old in text
    with pytest.raises(MailError) as caught:
        parse(text.replace(old, new))
    assert caught.value.field == field


def test_a_fraction_of_a_second_is_cut_off_and_another_zone_refused() -> None:
    text = render(message())
    assert parse(text.replace("07:05:00Z", "07:05:00.9Z")).created_at_utc == "2026-03-27T07:05:00Z"
    with pytest.raises(MailError, match="created_at_utc"):
        parse(text.replace("07:05:00Z", "07:05:00+02:00"))
