"""Keys into a pane of a real tmux: they reach its program and no other, or none are sent."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from houmao.errors import TmuxError
from houmao.requests.pressing import KEYS
from houmao.tmux import listing
from houmao.tmux.address import TmuxAddress
from houmao.tmux.panes import Pane
from houmao.tmux.typing import PaneSpot, spot_of, type_keys
from tests.services import TmuxServer, wait_until

SECRET = "echo; #{pane_id} ' \" $(x) \\ %% 猴 🐒\nsecond line\t~"


@dataclass(frozen=True, slots=True)
class Panes:
    """A pane whose program notes what it gets, and what a person can do to it."""

    tmux: TmuxServer
    folder: Path
    pane_id: str

    @property
    def address(self) -> TmuxAddress:
        return TmuxAddress(str(self.tmux.socket))

    @property
    def spot(self) -> PaneSpot:
        """The pane as it is now."""
        return spot_of(self.pane)

    @property
    def pane(self) -> Pane:
        return next(it for it in listing.panes(self.address) if it.pane_id == self.pane_id)

    def type(self, keys: str) -> bool:
        return type_keys(self.spot, keys)

    def got(self, name: str = "own") -> str:
        """What the program of that name was given."""
        found = self.folder / name
        return found.read_bytes().decode() if found.exists() else ""

    def await_text(self, text: str, name: str = "own") -> None:
        wait_until(lambda: self.got(name) == text, f"{name} got {text!r}, not {self.got(name)!r}")

    def program(self, name: str) -> str:
        """A shell line whose program notes every byte it reads."""
        log = self.folder / name
        return f"stty raw -echo; exec cat -u > {log}"

    def split(self, *options: str) -> None:
        """Another pane beside it, whose program notes what it gets as `other`."""
        self.tmux.run("split-window", "-d", *options, "-t", self.pane_id, self.program("other"))
        wait_until(lambda: (self.folder / "other").exists(), "the other program runs")


@pytest.fixture
def panes(tmux_server: TmuxServer, tmp_path: Path) -> Panes:
    found = Panes(tmux_server, tmp_path, "%0")
    pane_id = tmux_server.new_session("work", found.program("own"))
    wait_until(lambda: (tmp_path / "own").exists(), "the program runs")
    found = replace(found, pane_id=pane_id)
    wait_until(lambda: found.pane.command == "cat", "the program is in front")
    return found


def copy_mode(panes: Panes) -> None:
    panes.tmux.run("copy-mode", "-t", panes.pane_id)


def choose_mode(panes: Panes) -> None:
    panes.tmux.run("choose-tree", "-t", panes.pane_id)


def clock_mode(panes: Panes) -> None:
    panes.tmux.run("clock-mode", "-t", panes.pane_id)


def synchronized(panes: Panes) -> None:
    panes.split()
    panes.tmux.run("set-option", "-w", "-t", panes.pane_id, "synchronize-panes", "on")


def split_before(panes: Panes) -> None:
    panes.split("-b")


def swapped(panes: Panes) -> None:
    panes.split()
    panes.tmux.run("swap-pane", "-d", "-s", panes.pane_id, "-t", "work:0.1")


def another_is_active(panes: Panes) -> None:
    panes.split()
    panes.tmux.run("select-pane", "-t", "work:0.1")


def zoomed(panes: Panes) -> None:
    panes.split()
    panes.tmux.run("resize-pane", "-Z", "-t", "work:0.1")


def broken_out(panes: Panes) -> None:
    panes.split()
    panes.tmux.run("break-pane", "-d", "-s", panes.pane_id)


def in_another_session(panes: Panes) -> None:
    panes.split()
    panes.tmux.new_session("elsewhere", "sleep 100")
    panes.tmux.run("join-pane", "-d", "-s", panes.pane_id, "-t", "elsewhere:0")


def renamed(panes: Panes) -> None:
    panes.tmux.opened.add("play")
    panes.tmux.run("rename-session", "-t", "work", "play")


def linked(panes: Panes) -> None:
    panes.tmux.new_session("elsewhere", "sleep 100")
    panes.tmux.run("link-window", "-d", "-s", "work:0", "-t", "elsewhere:5")


def grouped(panes: Panes) -> None:
    panes.tmux.opened.add("group")
    panes.tmux.run("new-session", "-d", "-t", "work", "-s", "group")


@pytest.mark.parametrize(
    "happens",
    [
        copy_mode,
        choose_mode,
        clock_mode,
        synchronized,
        split_before,
        swapped,
        another_is_active,
        zoomed,
        broken_out,
        in_another_session,
        renamed,
        linked,
        grouped,
    ],
)
def test_keys_reach_their_program_and_no_other(
    panes: Panes, happens: Callable[[Panes], None]
) -> None:
    """Text, Enter and Escape, byte for byte, whatever a person did with the pane."""
    happens(panes)
    assert panes.type(SECRET)
    assert panes.type(KEYS["Enter"])
    assert panes.type(KEYS["Escape"])
    panes.await_text(f"{SECRET}\r\x1b")
    assert panes.got("other") == ""


def input_off(panes: Panes) -> None:
    panes.tmux.run("select-pane", "-d", "-t", panes.pane_id)


def cursor_moved(panes: Panes) -> None:
    tty = panes.tmux.run("display-message", "-p", "-t", panes.pane_id, "#{pane_tty}")
    Path(tty).write_text("x")
    wait_until(lambda: panes.pane.cursor_x == 1, "the cursor has moved")


def respawned(panes: Panes) -> None:
    panes.tmux.run("respawn-pane", "-k", "-t", panes.pane_id, panes.program("other"))
    wait_until(lambda: (panes.folder / "other").exists(), "the other program runs")


def died(panes: Panes) -> None:
    panes.tmux.run("set-option", "-p", "-t", panes.pane_id, "remain-on-exit", "on")
    panes.tmux.run("respawn-pane", "-k", "-t", panes.pane_id, "true")
    wait_until(lambda: panes.pane.dead, "the program has ended")


def gone(panes: Panes) -> None:
    panes.split()
    panes.tmux.run("kill-pane", "-t", panes.pane_id)


@pytest.mark.parametrize("happens", [input_off, cursor_moved, respawned, died, gone])
def test_a_pane_that_is_not_what_it_was_gets_nothing(
    panes: Panes, happens: Callable[[Panes], None]
) -> None:
    """Between the look and the keys anything may have happened; then none are sent."""
    seen = panes.spot
    happens(panes)
    assert not _typed(panes, seen)
    assert panes.got() == panes.got("other") == ""
    assert panes.tmux.run("list-buffers") == ""


def _typed(panes: Panes, seen: PaneSpot) -> bool:
    try:
        return type_keys(seen, SECRET)
    except TmuxError:
        return False


def test_another_program_in_front_gets_nothing(panes: Panes) -> None:
    """A shell that the tool has left behind would run the text."""
    assert not type_keys(replace(panes.spot, command="claude"), "rm -rf\r")
    assert panes.got() == ""


def test_a_megabyte_is_one_step(panes: Panes) -> None:
    """No length is too long for it."""
    text = "0123456789abcde\n" * 62_500
    assert panes.type(text)
    panes.await_text(text)


def test_keys_wait_for_the_words_they_answer(panes: Panes) -> None:
    """A pane that shows other words by then gets nothing."""
    asking = f"printf 'Allow rm -r a.txt'; {panes.program('own')}"
    panes.tmux.run("respawn-pane", "-k", "-t", panes.pane_id, asking)
    capture = ("capture-pane", "-p", "-t", panes.pane_id)
    wait_until(lambda: "rm -r" in panes.tmux.run(*capture), "the question is shown")
    shown = replace(panes.spot, cursor=None, command="", shows=("Allow rm -r a.txt",))
    other = replace(shown, shows=("Allow rm -r b.txt",))
    assert not type_keys(other, "1")
    assert type_keys(shown, "2")
    panes.await_text("2")
