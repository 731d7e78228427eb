"""What our own control client makes of a server that does not understand it."""

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from houmao.tmux.address import TmuxAddress
from houmao.tmux.attachment import NotUnderstood, OwnClient


def test_a_server_that_hangs_up_is_one_for_tmuxs_own_client(tmp_path: Path) -> None:
    """As a server does whose messages are framed otherwise; a silent one would be another."""
    with socket.socket(socket.AF_UNIX) as listener, ThreadPoolExecutor(1) as pool:
        listener.bind(str(tmp_path / "tmux"))
        listener.listen()
        hung_up = pool.submit(lambda: listener.accept()[0].close())
        with pytest.raises(NotUnderstood):
            OwnClient(TmuxAddress(str(tmp_path / "tmux")), ("attach-session",))
        hung_up.result(5)
