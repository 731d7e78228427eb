"""launchd of macOS as a service manager. It has no journal: what is said goes to the log alone."""

import os
import plistlib
import re
from collections.abc import Mapping
from pathlib import Path

from houmao.cli.service.manager import ask, order

LABEL = "houmao"


class Launchd:
    """A launch agent of the logged-in user."""

    program = "launchctl"
    hint = "`houmao-mgr server logs` shows what it says"

    def path(self, environ: Mapping[str, str]) -> Path:
        """Where launchd looks for the user's agents."""
        return Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"

    def text(self, argv: tuple[str, ...], environ: Mapping[str, str], log: Path) -> str:
        """The property list of the agent."""
        agent = {
            "Label": LABEL,
            "ProgramArguments": list(argv),
            "EnvironmentVariables": dict(environ),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            # The server ends its own processes; tmux servers that it began are the user's.
            "AbandonProcessGroup": True,
            "Umask": 0o077,
            # What is said before the server keeps its log, such as why it cannot start.
            "StandardOutPath": str(log),
            "StandardErrorPath": str(log),
        }
        return plistlib.dumps(agent).decode()

    def start(self, path: Path) -> None:
        """Load the agent; one of an earlier file is taken out first."""
        if self.state() != "unknown":
            self.stop(path)
        order("launchctl", "bootstrap", _domain(), str(path))

    def stop(self, path: Path) -> None:
        """Unload the agent, which ends it."""
        order("launchctl", "bootout", f"{_domain()}/{LABEL}")

    def state(self) -> str:
        """What `print` says of the agent."""
        told = ask("launchctl", "print", f"{_domain()}/{LABEL}")
        found = re.search(r"^\s*state = (.+)$", told, re.MULTILINE)
        return found[1] if found else "unknown"


def _domain() -> str:
    return f"gui/{os.getuid()}"
