"""`houmao-mgr server start`: the pair's server in the background, once."""

import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from houmao import clock, config
from houmao.cli.client.http import Server, Unreachable
from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option, own_token
from houmao.cli.render.output import CommandOutput
from houmao.cli.server_options import base_url_option, serve_options
from houmao.config import Settings
from houmao.serve.programs import PYTHON
from houmao.server_kind import ServerKind

#: Seconds a server may take until it answers, and between two looks.
START_SECONDS, _LOOK_EVERY = 30.0, 0.05
_PROGRAM = (*PYTHON, "houmao.cli.pair_server", "serve")


@dataclass(frozen=True, slots=True)
class Start:
    """A server to start, and where its output goes."""

    settings: Settings
    argv: tuple[str, ...]

    @property
    def logs(self) -> Mapping[str, str]:
        """What the server says, by stream."""
        folder = self.settings.logs_root
        return {it: str(folder / f"{ServerKind.PAIR}.{it}.log") for it in ("stdout", "stderr")}


@click.command(
    epilog=examples(
        "houmao-mgr server start",
        "houmao-mgr server start --api-base-url http://127.0.0.1:9890 --foreground",
    )
)
@base_url_option
@click.option("--foreground", is_flag=True, help="Serve in this terminal until Ctrl-C.")
@serve_options
@json_option
@click.pass_context
def start(
    ctx: click.Context,
    /,
    base_url: tuple[str, int],
    foreground: bool,
    output: CommandOutput,
    **options: Any,
) -> None:
    """Start `houmao-server` in the background; one that runs already is left as it is."""
    wanted = _start(base_url, **options)
    if foreground:
        os.execv(wanted.argv[0], wanted.argv)
    answer = started(wanted)
    output.write(answer, [str(answer["detail"])])
    if not answer["success"]:
        ctx.exit(1)


def _start(
    base_url: tuple[str, int], runtime_root: Path | None, registry_root: Path | None, adopt: bool
) -> Start:
    host, port = base_url
    settings = config.load(
        host=host, port=port, runtime_root=runtime_root, registry_root=registry_root
    )
    roots = {"--runtime-root": runtime_root, "--registry-root": registry_root}
    words = [word for name, root in roots.items() if root for word in (name, str(root))]
    adopting = ("--adopt",) if adopt else ()
    argv = (*_PROGRAM, "--api-base-url", settings.api_base_url, *words, *adopting)
    return Start(settings, argv)


def started(wanted: Start) -> Mapping[str, Any]:
    """What came of it: a server that answers, or the exit code of one that could not."""
    server = Server(wanted.settings.port, START_SECONDS, own_token())
    found = _answering(server)
    if found is not None:
        return _told(wanted, found, reused=True)
    child = _spawn(wanted)
    deadline = clock.monotonic() + START_SECONDS
    while clock.monotonic() < deadline and child.poll() is None:
        found = _answering(server)
        if found is not None:
            return _told(wanted, found, reused=False)
        time.sleep(_LOOK_EVERY)
    return _failed(wanted, child.poll())


def _spawn(wanted: Start) -> "subprocess.Popen[bytes]":
    paths = {it: Path(path) for it, path in wanted.logs.items()}
    for path in paths.values():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with paths["stdout"].open("ab") as out, paths["stderr"].open("ab") as err:
        return subprocess.Popen(
            wanted.argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )


def _answering(server: Server) -> Mapping[str, Any] | None:
    """The server's instance, None while none answers. Raises NotHoumao for a stranger."""
    try:
        server.recognised()
        return server.get("houmao", "server", "current-instance")
    except Unreachable:
        return None


def _told(wanted: Start, found: Mapping[str, Any], *, reused: bool) -> Mapping[str, Any]:
    which = "runs already" if reused else "runs"
    return {
        **_base(wanted),
        "success": True,
        "running": True,
        "detail": f"houmao-server {which} at {wanted.settings.api_base_url}",
        "reused_existing": reused,
        "pid": found["pid"],
        "server_root": found["server_root"],
        "started_at_utc": found["started_at_utc"],
        "current_instance": found,
    }


def _failed(wanted: Start, code: int | None) -> Mapping[str, Any]:
    why = f"ended with code {code}" if code is not None else f"is silent for {START_SECONDS:g} s"
    detail = f"houmao-server {why}; look at {wanted.logs['stderr']}"
    return {**_base(wanted), "detail": detail, "exit_code": code}


def _base(wanted: Start) -> Mapping[str, Any]:
    return {
        "success": False,
        "running": False,
        "mode": "background",
        "api_base_url": wanted.settings.api_base_url,
        "reused_existing": False,
        "pid": None,
        "exit_code": None,
        "server_root": str(wanted.settings.server_root),
        "started_at_utc": None,
        "current_instance": None,
        "log_paths": dict(wanted.logs),
    }
