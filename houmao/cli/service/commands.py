"""`houmao-mgr service`: the server under the user's own service manager, which keeps it running."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import click

from houmao import config
from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option
from houmao.cli.render.output import CommandOutput
from houmao.cli.service.launchd import Launchd
from houmao.cli.service.manager import ServiceManager
from houmao.cli.service.systemd import Systemd
from houmao.errors import UsageError
from houmao.files import replace_text
from houmao.serve.log_file import log_path
from houmao.serve.programs import PYTHON

#: Variables that a service would not have by itself, and by which tools and tmux are found.
_KEPT = ("PATH", "TMUX_TMPDIR")
_NOT_INSTALLED = "the service is not installed"


@click.group(epilog=examples("houmao-mgr service install", "houmao-mgr server logs -f"))
def service() -> None:
    """Have the server start with your session, and again when it fails.

    By your own systemd, or launchd on macOS. `houmao-mgr server logs` shows what it says, which
    systemd's journal has, too.
    """


@service.command(epilog=examples("houmao-mgr service install"))
def install() -> None:
    """Write the service's file with the settings that hold now, and start it."""
    manager = _required_manager()
    path = _written(manager, config.environment())
    manager.start(path)
    click.echo(f"{path.name} runs; {manager.hint}")


@service.command(epilog=examples("houmao-mgr service uninstall"))
def uninstall() -> None:
    """End the service and remove its file; agents and settings stay."""
    path = _manager().path(config.environment())
    if not path.exists():
        click.echo(_NOT_INSTALLED)
        return
    _required_manager().stop(path)
    path.unlink()
    click.echo(f"{path.name} is removed")


@service.command(epilog=examples("houmao-mgr service status --json"))
@json_option
def status(output: CommandOutput) -> None:
    """Tell whether the service is installed, and what its manager says of it."""
    manager = _manager()
    path = manager.path(config.environment())
    installed = path.exists()
    state = manager.state() if installed and shutil.which(manager.program) else "unknown"
    answer = {"installed": installed, "unit": str(path), "state": state}
    output.write(answer, [f"{path}: {state}" if installed else _NOT_INSTALLED])


def _written(manager: ServiceManager, environ: Mapping[str, str]) -> Path:
    kept = {name: environ[name] for name in _KEPT if name in environ}
    path, settings = manager.path(environ), config.load()
    argv = (*PYTHON, "houmao.serve.main", "serve")
    log = log_path(settings.logs_root, settings.service)
    text = manager.text(argv, {**kept, **settings.as_environ()}, log)
    for folder in (path.parent, log.parent):
        folder.mkdir(parents=True, exist_ok=True)
    replace_text(path, text)
    return path


def _manager() -> ServiceManager:
    """The manager of this machine, systemd where there is none."""
    launchd = Launchd()
    return launchd if shutil.which(launchd.program) else Systemd()


def _required_manager() -> ServiceManager:
    manager = _manager()
    if shutil.which(manager.program) is None:
        raise UsageError(
            "there is neither systemd nor launchd here; have what starts your programs run "
            "`houmao-passive-server serve`"
        )
    return manager
