"""The user's own systemd as a service manager. What the server says goes to its journal."""

from collections.abc import Mapping
from pathlib import Path

from houmao.cli.service.manager import ask, order
from houmao.errors import UsageError

UNIT = "houmao.service"


class Systemd:
    """A user unit, wanted by the default target."""

    program = "systemctl"
    hint = "`loginctl enable-linger` lets it start before you log in"

    def path(self, environ: Mapping[str, str]) -> Path:
        """Where the user's systemd looks for the unit."""
        base = environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
        return Path(base) / "systemd" / "user" / UNIT

    def text(self, argv: tuple[str, ...], environ: Mapping[str, str], log: Path) -> str:
        """The unit. Raises UsageError for a value with a line end."""
        variables = "".join(
            f"Environment={_quoted(f'{k}={v}')}\n" for k, v in sorted(environ.items())
        )
        return f"""\
[Unit]
Description=Houmao watches the coding agents in tmux

[Service]
ExecStart={" ".join(_quoted(word).replace("$", "$$") for word in argv)}
{variables}Restart=on-failure
RestartSec=5
# The server ends its own processes; tmux servers that it began are the user's and go on.
KillMode=process
UMask=0077

[Install]
WantedBy=default.target
"""

    def start(self, path: Path) -> None:
        """Enable the unit and start it."""
        order("systemctl", "--user", "daemon-reload")
        order("systemctl", "--user", "enable", "--now", path.name)

    def stop(self, path: Path) -> None:
        """Disable the unit, which ends it."""
        order("systemctl", "--user", "disable", "--now", path.name)

    def state(self) -> str:
        """What `is-active` says."""
        return ask("systemctl", "--user", "is-active", UNIT) or "unknown"


def _quoted(text: str) -> str:
    """A word as systemd reads it. Raises UsageError for one that a unit cannot hold."""
    if "\n" in text:
        raise UsageError(f"{text.partition('=')[0]} holds a line end, which a unit cannot")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
