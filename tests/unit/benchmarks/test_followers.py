"""What clients were told is held against what there was to tell."""

import socket

from benchmarks.followers import Follower, Tally, tally


def followed(*pieces: bytes) -> Follower:
    """A client that was told this, piece by piece, and then nothing more."""
    ours, theirs = socket.socketpair()
    found = Follower(0, connection=ours)
    for piece in pieces:
        theirs.sendall(piece)
        found.take()
    theirs.close()
    found.take()
    assert found.connection is None
    return found


def test_what_was_told_whole_counts() -> None:
    """However it was cut; places without an event move on, and half an event does not."""
    found = followed(
        b"HTTP/1.1 200 OK\r\n\r\n1a\r\nretry: 1000\nid: 1-0\n\n\r\n",
        b"30\r\nid: 2-0\nevent: transition\nda",
        b'ta: {"a": 1}\n\n\r\n',
        b": still here\nid: 3-0\n\nevent: gap\ndata: {}\n\nid: 4-0\nevent: turn\nda",
    )
    assert (found.first, found.last, found.heard, found.gaps) == ("1-0", "3-0", ["2-0"], 1)


def test_lost_and_twice() -> None:
    """What was there before a client began is none of its."""
    whole = Follower(0, first="1-0", last="3-0", heard=["2-0", "3-0"])
    holed = Follower(0, first="0-0", last="3-0", heard=["3-0", "3-0"], gaps=1, resumed=2)
    published = [(1, 0), (2, 0), (3, 0)]
    assert tally([whole, holed], published) == Tally(4, lost=2, twice=1, gaps=1, resumed=2)
