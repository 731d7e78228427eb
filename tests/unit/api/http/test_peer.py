"""Whose a loopback connection is, asked of the real kernel."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from houmao.api.http.peer import GONE, asker, owner

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="Linux alone tells")

#: A user that every Linux has and that nobody works as.
NOBODY = 65534


@contextmanager
def connected(host: str) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection of ours: the one that asked, and the one that was asked."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as server:
        server.bind((host, 0))
        server.listen()
        with closing(socket.create_connection(server.getsockname()[:2])) as client:
            accepted, _ = server.accept()
            with closing(accepted):
                yield client, accepted


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_our_own_connection_is_ours(host: str) -> None:
    """The other end belongs to the user who runs this test."""
    with connected(host) as (_, here):
        assert owner(here.getpeername()[:2], here.getsockname()[:2]) == os.getuid()


def test_who_has_left_owns_nothing() -> None:
    """An end that no table lists is nobody's, not ours."""
    assert owner(("127.0.0.1", 1), ("127.0.0.1", 2)) == GONE


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_end_that_was_closed_is_nobodys(host: str) -> None:
    """The kernel gives such an end to root, who has not asked."""
    with connected(host) as (client, here):
        peer = here.getpeername()[:2]
        client.close()
        assert owner(peer, here.getsockname()[:2]) == GONE


def test_another_user_is_told_from_us() -> None:
    """A connection of another local user is theirs, and is asked for once."""
    program = shutil.which("setpriv")
    if os.getuid() != 0 or program is None:
        pytest.skip("only root can work as another user")
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        code = f"import socket; socket.create_connection({server.getsockname()!r}).recv(1)"
        words = [program, f"--reuid={NOBODY}", "--clear-groups", sys.executable, "-I", "-c", code]
        with subprocess.Popen(words) as process:
            accepted, _ = server.accept()
            with closing(accepted):
                ask = asker()
                assert ask({"gunicorn.socket": accepted}) == NOBODY
                accepted.send(b"x")
            process.wait(10)


def test_a_request_without_a_connection_is_nobodys() -> None:
    """In-process callers have no other end to ask for."""
    assert asker()({}) is None
