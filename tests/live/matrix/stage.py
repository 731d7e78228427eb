"""One CLI in a private tmux beside the scripted API, and a camera on its pane. No Houmao runs here.

It presses keys and takes pictures; what is true of them is `truth`'s business.
"""

import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.live.clis import clis, version_of
from tests.live.lab import came, conversations, scripted_api
from tests.live.matrix.looks import Look
from tests.services import TmuxServer, private_tmux

#: Seconds between two pictures.
LOOK_SECONDS = 0.25
_SESSION = "matrix"
_MARK = "\x1ftitle\x1f"


@dataclass(slots=True)
class Stage:
    """The CLI on its terminal; times are epoch seconds."""

    tmux: TmuxServer
    log: Path
    began: float = field(default_factory=time.time)
    #: Cases' frames: `raw`, `title`, and seconds since `began`: `at_seconds` before the picture,
    #: `taken_seconds` after it.
    frames: list[dict[str, Any]] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def keys(self, *keys: str) -> None:
        """Press keys, as fast as a person does."""
        for key in keys:
            self.tmux.run("send-keys", "-t", f"={_SESSION}:", key)
            time.sleep(0.3)

    def write(self, text: str) -> None:
        """Type a text."""
        self.tmux.run("send-keys", "-t", f"={_SESSION}:", "-l", "--", text)
        time.sleep(0.5)

    def shows(self, pattern: str, seconds: float = 5.0) -> bool:
        """Whether the screen comes to show a pattern in time."""
        screen = re.compile(pattern)
        return came(lambda: screen.search(self.tmux.screen(f"={_SESSION}:")) is not None, seconds)

    def api_log(self) -> list[dict[str, Any]]:
        """What the scripted API saw of conversations."""
        return conversations(self.log)

    def watch(self) -> None:
        """Take pictures until the stage is left."""
        while not self._over.wait(LOOK_SECONDS):
            self._look()

    def leave(self) -> None:
        """Take no more pictures."""
        self._over.set()

    def _look(self) -> None:
        at, target = time.time(), f"={_SESSION}:"
        told = self.tmux.run(
            *("capture-pane", "-p", "-e", "-t", target, ";"),
            *("display-message", "-p", "-t", target, f"{_MARK}#{{pane_title}}"),
        )
        raw, _, title = told.rpartition(_MARK)
        taken = time.time() - self.began
        frame = {"at_seconds": at - self.began, "taken_seconds": taken, "raw": raw, "title": title}
        self.frames.append(frame)


@contextmanager
def stage(tool: str, bin_folder: Path, api_script: Path, look: Look) -> Iterator[Stage]:
    """The CLI started and watched; everything is gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="houmao-matrix-")))
        work = folder / "work"
        work.mkdir()
        (work / "alpha.txt").write_text("a file to be found\n")
        log = folder / "api.jsonl"
        log.touch()
        url = stack.enter_context(scripted_api(api_script, log))
        tmux = stack.enter_context(private_tmux())
        path = os.pathsep.join((str(bin_folder), os.environ["PATH"]))
        cli = clis(url, work)[tool].at(version_of(tool, str(bin_folder)))
        line = look.worn(cli).command(folder / "home", path)
        size = ("-x", str(look.columns), "-y", str(look.rows))
        tmux.run("new-session", "-d", "-s", _SESSION, "-c", str(work), *size, line)
        found = Stage(tmux, log)
        camera = threading.Thread(target=found.watch, daemon=True)
        camera.start()
        try:
            yield found
        finally:
            found.leave()
            camera.join(5)
