"""Requests and the rules of their life."""

from pathlib import Path

from houmao.requests.files import RequestFiles
from houmao.requests.request import (
    Request,
    RequestKind,
    RequestOutcome,
    ended,
    not_typed,
    turn_ended,
    typing,
)

REQUEST = Request("mreq-1", "agent", RequestKind.SUBMIT_PROMPT, "hello", 10.0, 70.0)


def test_an_end_is_final() -> None:
    """Neither a second end nor a second verdict changes what was told."""
    done = ended(REQUEST, RequestOutcome.SUBMITTED, "sent", 12.0)
    judged = turn_ended(done, "success", 13.0)

    assert ended(done, RequestOutcome.EXPIRED, "late", 99.0) == done
    assert turn_ended(judged, "interrupted", 99.0) == judged


def test_a_text_is_kept_only_while_it_may_stand_in_the_composer(tmp_path: Path) -> None:
    """What was typed and not proven to be sent is known by its record; nothing else is kept."""
    files = RequestFiles(tmp_path)
    typed = typing(REQUEST, 1.0)
    for outcome, kept in (
        (RequestOutcome.UNVERIFIED, REQUEST.text),
        (RequestOutcome.COMMAND_UNKNOWN, REQUEST.text),
        (RequestOutcome.SUBMITTED, ""),
        (RequestOutcome.DRAFT_PRESENT, ""),
    ):
        files.save(ended(typed, outcome, "", 2.0))
        found = files.load(REQUEST.request_id)
        assert found is not None
        assert (found.text, found.may_stand) == (kept, bool(kept))
    back = turn_ended(ended(typed, RequestOutcome.SUBMITTED, "", 2.0), "interrupted", 3.0)
    files.save(back)
    found = files.load(REQUEST.request_id)
    assert found is not None
    assert found.text == REQUEST.text, "some tools put back what they had not answered"
    files.save(ended(not_typed(typed), RequestOutcome.UNVERIFIED, "", 2.0))
    found = files.load(REQUEST.request_id)
    assert found is not None
    assert not found.may_stand
