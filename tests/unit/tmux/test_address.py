"""A tmux server is named the same way for every program that talks to it."""

import os
from pathlib import Path

import pytest

from houmao.errors import TmuxError
from houmao.tmux.address import TmuxAddress, require_tmux


@pytest.mark.parametrize(
    ("socket", "words"),
    [
        (None, ("tmux", "-u", "-L", "default")),
        ("work", ("tmux", "-u", "-L", "work")),
        ("/run/t.sock", ("tmux", "-u", "-S", "/run/t.sock")),
    ],
)
def test_command_line(socket: str | None, words: tuple[str, ...]) -> None:
    """Never bare, since that would mean the server around us; always in UTF-8."""
    assert TmuxAddress(socket).arguments == words


@pytest.mark.parametrize(
    ("socket", "environ", "path"),
    [
        (None, {}, "/tmp/tmux-{uid}/default"),
        ("work", {}, "/tmp/tmux-{uid}/work"),
        ("work", {"TMUX_TMPDIR": "/run/user/7"}, "/run/user/7/tmux-{uid}/work"),
        ("work", {"TMUX_TMPDIR": ""}, "/tmp/tmux-{uid}/work"),
        ("/run/t.sock", {"TMUX_TMPDIR": "/elsewhere"}, "/run/t.sock"),
    ],
)
def test_socket_path(socket: str | None, environ: dict[str, str], path: str) -> None:
    """Where tmux itself would put the socket."""
    assert TmuxAddress(socket).path(environ) == Path(path.format(uid=os.getuid()))


def test_missing_tmux_names_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One sentence that says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TmuxError, match="tmux is not installed: install the package `tmux`"):
        require_tmux()
