"""`houmao-mgr service`: the server under the user's own systemd, which keeps it running."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from houmao import config
from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option
from houmao.cli.render.output import CommandOutput
from houmao.errors import HoumaoError, UsageError
from houmao.files import replace_text

UNIT = "houmao.service"
#: Variables that a service would not have by itself, and by which tools and tmux are found.
_KEPT = ("PATH", "TMUX_TMPDIR")


@click.group(epilog=examples("houmao-mgr service install", "journalctl --user -u houmao -f"))
def service() -> None:
    """Have systemd start the server with your session, and start it again when it ends.

    What the server says goes to the journal, which keeps it within bounds.
    """


@service.command(epilog=examples("houmao-mgr service install"))
def install() -> None:
    """Write the unit with the settings that hold now, and start it."""
    environ = config.environment()
    kept = {name: environ[name] for name in _KEPT if name in environ}
    path = unit_path(environ)
    _require_systemd()
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, unit_text({**kept, **config.load().as_environ()}))
    _systemctl("daemon-reload")
    _systemctl("enable", "--now", UNIT)
    click.echo(f"{UNIT} runs; `loginctl enable-linger` lets it start before you log in")


@service.command(epilog=examples("houmao-mgr service uninstall"))
def uninstall() -> None:
    """End the service and remove its unit; agents and settings stay."""
    path = unit_path(config.environment())
    if not path.exists():
        click.echo("the service is not installed")
        return
    _require_systemd()
    _systemctl("disable", "--now", UNIT)
    path.unlink()
    _systemctl("daemon-reload")
    click.echo(f"{UNIT} is removed")


@service.command(epilog=examples("houmao-mgr service status --json"))
@json_option
def status(output: CommandOutput) -> None:
    """Tell whether the service is installed, and what systemd says of it."""
    path = unit_path(config.environment())
    installed = path.exists()
    state = _state() if installed and shutil.which("systemctl") else "unknown"
    answer = {"installed": installed, "unit": str(path), "state": state}
    lines = [f"{path}: {state}"] if installed else ["the service is not installed"]
    output.write(answer, lines)


def unit_path(environ: Mapping[str, str]) -> Path:
    """Where the user's systemd looks for the unit."""
    base = environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "systemd" / "user" / UNIT


def unit_text(environ: Mapping[str, str]) -> str:
    """The unit that serves with these variables by this very Python."""
    variables = "".join(f"Environment={_quoted(f'{k}={v}')}\n" for k, v in sorted(environ.items()))
    argv = (sys.executable, "-P", "-m", "houmao.serve.main", "serve")
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


def _quoted(text: str) -> str:
    """A word as systemd reads it. Raises UsageError for one that a unit cannot hold."""
    if "\n" in text:
        raise UsageError(f"{text.partition('=')[0]} holds a line end, which a unit cannot")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _require_systemd() -> None:
    if shutil.which("systemctl") is None:
        raise UsageError(
            "there is no systemd here; have what starts your programs run "
            "`houmao-passive-server serve`"
        )


def _state() -> str:
    argv = ("systemctl", "--user", "is-active", UNIT)
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _systemctl(*words: str) -> None:
    done = subprocess.run(
        ("systemctl", "--user", *words), capture_output=True, text=True, check=False
    )
    if done.returncode:
        why = done.stderr.strip() or f"exit {done.returncode}"
        raise HoumaoError(f"systemctl --user {words[0]} failed: {why}")
