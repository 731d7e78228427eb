"""Keys that a program has not read are known, and looking takes none away."""

import os
import tty

from houmao.tmux.unread import has_unread_keys
from tests.services import wait_until


def test_keys_are_unread_until_somebody_reads_them() -> None:
    keyboard, terminal = os.openpty()
    try:
        tty.setraw(terminal)
        name = os.ttyname(terminal)
        assert not has_unread_keys(name)
        os.write(keyboard, b"half a thought")
        # The kernel carries them over in its own time.
        wait_until(lambda: has_unread_keys(name), "they are there")
        assert os.read(terminal, 100) == b"half a thought"
        assert not has_unread_keys(name)
    finally:
        os.close(keyboard)
        os.close(terminal)


def test_nothing_is_told_of_a_terminal_that_is_not_there() -> None:
    assert not has_unread_keys("")
    assert not has_unread_keys("/dev/pts/no-such")
