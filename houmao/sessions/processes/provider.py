"""Bring a tool up in a pane and wait until its process is there, or say why it is not."""

import time
from dataclasses import dataclass
from pathlib import Path

from houmao import clock
from houmao.detect.screen import parse
from houmao.errors import StartFailed, TmuxError
from houmao.files import replace_text
from houmao.sessions.processes.script import EXIT_CODE_NAME, SCRIPT_NAME, ProviderScript
from houmao.tmux.address import TmuxAddress
from houmao.tmux.capture import capture_all
from houmao.tmux.lifecycle import respawn
from houmao.tmux.process import ProcessTable, ToolProcess

#: Seconds until the tool's process must be there.
START_SECONDS = 10.0
#: Seconds for which it must stay: a tool that dislikes its options ends at once.
STEADY_SECONDS = 0.6
_POLL_SECONDS = 0.1
#: Characters of the pane that a failure shows.
_EXCERPT = 1200


@dataclass(frozen=True, slots=True)
class Provider:
    """A tool to run in a pane; `root` is its session's folder."""

    address: TmuxAddress
    pane_id: str
    root: Path
    tool: str


def write_script(root: Path, script: ProviderScript) -> Path:
    """Put the script into the session's folder, readable by its owner alone. Raises OSError."""
    path = root / SCRIPT_NAME
    replace_text(path, script.text())
    return path


def bring_up(provider: Provider, script: Path) -> ToolProcess:
    """Run the script and return the tool's process once it stays. Raises StartFailed, TmuxError."""
    (provider.root / EXIT_CODE_NAME).unlink(missing_ok=True)
    respawn(provider.address, provider.pane_id, ("/bin/sh", str(script)))
    deadline = clock.monotonic() + START_SECONDS
    found: ToolProcess | None = None
    since = 0.0
    while clock.monotonic() < deadline or found is not None:
        time.sleep(_POLL_SECONDS)
        before, found = found, _running(provider)
        if found is None and (provider.root / EXIT_CODE_NAME).exists():
            break
        if before is None or found is None or found.pid != before.pid:
            since = clock.monotonic()
        elif clock.monotonic() - since >= STEADY_SECONDS:
            return found
    raise StartFailed(_why(provider))


def _running(provider: Provider) -> ToolProcess | None:
    captured = capture_all(provider.address, provider.pane_id, 0.0)
    if captured is None or captured[0].dead:
        return None
    return ProcessTable.read().find_tool(captured[0].pid, provider.tool)


def _why(provider: Provider) -> str:
    try:
        code = (provider.root / EXIT_CODE_NAME).read_text("utf-8").strip()
        what = f"{provider.tool} ended with exit code {code} as soon as it was started"
    except OSError:
        what = f"no process of {provider.tool} was seen within {START_SECONDS:g} s"
    return f"{what}; its pane shows:\n{_last_text(provider)}"


def _last_text(provider: Provider) -> str:
    try:
        captured = capture_all(provider.address, provider.pane_id, 0.0)
    except TmuxError:
        captured = None
    text = _plain(captured[1].raw) if captured else ""
    return text[-_EXCERPT:] or "(nothing)"


def _plain(raw: str) -> str:
    return "\n".join(row.plain for row in parse(raw).rows).rstrip()
