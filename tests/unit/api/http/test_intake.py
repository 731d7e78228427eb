"""How much of a request is here does not depend on the pieces in which it comes."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houmao.api.http.intake import MAX_HEAD_BYTES, Intake, Stage

GET = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
KNOWN = POST + b"Content-Length: 4\r\n\r\nabcd"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"


def pieces(text: bytes, cuts: Sequence[int]) -> list[bytes]:
    """The text cut at these places."""
    places = [0, *sorted(cut % len(text) for cut in cuts), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(places) if a < b]


@given(st.sampled_from([GET, KNOWN, CHUNKED]), st.lists(st.integers(0, 200), max_size=6))
def test_a_request_is_whole_with_its_last_byte(request: bytes, cuts: Sequence[int]) -> None:
    """Not a byte earlier, in whatever pieces it comes; and nothing of it is lost."""
    intake = Intake(max_body=4)
    stages = [intake.take(piece) for piece in pieces(request, cuts)]
    assert stages[-1] is Stage.WHOLE
    assert set(stages[:-1]) <= {Stage.HEAD, Stage.BODY}
    assert bytes(intake.raw) == request


@pytest.mark.parametrize("body", [KNOWN, CHUNKED])
def test_a_body_larger_than_wanted(body: bytes) -> None:
    """Told as soon as more than that is here."""
    assert Intake(max_body=3).take(body) is Stage.OVERFULL


def test_a_head_without_end() -> None:
    """Told once it is longer than any that is wanted."""
    intake = Intake(max_body=4)
    assert intake.take(b"GET / HTTP/1.1\r\nX: ") is Stage.HEAD
    assert intake.take(b"x" * MAX_HEAD_BYTES) is Stage.TOO_LONG


@pytest.mark.parametrize("framing", [b"Content-Length: 4x", b"Transfer-Encoding: gzip"])
def test_a_body_without_known_end(framing: bytes) -> None:
    """It is no HTTP that anybody could follow."""
    assert Intake(max_body=4).take(POST + framing + b"\r\n\r\n") is Stage.BROKEN
