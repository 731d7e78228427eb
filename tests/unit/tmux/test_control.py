"""Replies are read from whatever pieces of bytes arrive, and by nothing but their own frame."""

from hypothesis import given
from hypothesis import strategies as st

from houmao.tmux.control import Reply, ReplyReader

FRAME = "1795259129 275 1"


def framed(*lines: str, frame: str = FRAME, end: str = "end") -> bytes:
    return "".join(f"{line}\n" for line in (f"%begin {frame}", *lines, f"%{end} {frame}")).encode()


def test_reply_has_the_lines_between_its_frame() -> None:
    """Blank lines and leading blanks are text."""
    assert ReplyReader().feed(framed("a", "", "  b")) == [Reply(True, ["a", "", "  b"])]


def test_empty_reply() -> None:
    """A command may succeed without a word."""
    assert ReplyReader().feed(framed()) == [Reply(True, [])]


def test_complaint_is_a_reply_that_is_not_ok() -> None:
    """tmux's own words come with it."""
    assert ReplyReader().feed(framed("can't find pane: %9", end="error")) == [
        Reply(False, ["can't find pane: %9"])
    ]


def test_frames_in_a_panes_text_are_text() -> None:
    """A pane may print what looks like any line of the protocol, but cannot guess its frame."""
    fakes = (
        "%begin 1795259129 275 1",
        "%end 1795259129 276 1",
        "%end 1795259128 275 1",
        "%end 1795259129 275 0",
        "%end 1795259129 275 1 ",
        " %end 1795259129 275 1",
        "%error 1 2 1",
        "%exit",
        "%sessions-changed",
        "%end",
    )
    reader = ReplyReader()
    assert reader.feed(framed(*fakes)) == [Reply(True, list(fakes))]
    assert reader.notices == []


def test_replies_to_others_are_left_out() -> None:
    """The frame of the attach command itself carries another flag."""
    reader = ReplyReader()
    assert reader.feed(framed("hello", frame="1 2 0") + framed("ours")) == [Reply(True, ["ours"])]


def test_notices_stand_between_replies() -> None:
    """They are kept in order, apart from the replies; other lines outside of frames are nothing."""
    reader = ReplyReader()
    data = b"%session-changed $1 a\n" + framed("x") + b"stray\n%sessions-changed\n%exit\n"
    assert reader.feed(data) == [Reply(True, ["x"])]
    assert reader.notices == ["%session-changed $1 a", "%sessions-changed", "%exit"]


def test_bytes_that_are_no_text_are_replaced() -> None:
    """Nothing a pane shows can make a reply unreadable."""
    data = framed("X").replace(b"X", b"\xff\xf0\x9f")
    (reply,) = ReplyReader().feed(data)
    assert reply.lines == ["��"]


LINES = st.lists(
    st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=30)
    | st.sampled_from(["%end 1 2 1", f"%end {FRAME} ", f"%begin {FRAME}", "%exit", ""]),
    max_size=8,
).filter(lambda lines: f"%end {FRAME}" not in lines and f"%error {FRAME}" not in lines)


@given(st.lists(LINES, min_size=1, max_size=4), st.data())
def test_pieces_do_not_matter(texts: list[list[str]], data: st.DataObject) -> None:
    """However the stream is cut, the replies are the same."""
    stream = b"%notice\n".join(framed(*lines) for lines in texts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    reader = ReplyReader()
    replies = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        replies += reader.feed(stream[start:end])
    assert replies == [Reply(True, lines) for lines in texts]
    assert reader.notices == ["%notice"] * (len(texts) - 1)
