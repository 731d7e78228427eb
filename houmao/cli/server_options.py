"""Options of whatever starts the pair's server. Starts nothing."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from houmao.config import DEFAULT_HOST, DEFAULT_PAIR_PORT

Command = Callable[..., Any]

#: Options of the original that decide nothing here, with the words each takes.
_WITHOUT_EFFECT = (
    "--watch-poll-interval-seconds",
    "--recent-transition-limit",
    "--stability-threshold-seconds",
    "--completion-stability-seconds",
    "--unknown-to-stalled-timeout-seconds",
    "--supported-tui-process",
    "--compat-shell-ready-timeout-seconds",
    "--compat-shell-ready-poll-interval-seconds",
    "--compat-provider-ready-timeout-seconds",
    "--compat-provider-ready-poll-interval-seconds",
    "--compat-codex-warmup-seconds",
)


class BaseUrl(click.ParamType[tuple[str, int]]):
    """`http://HOST:PORT`, as host and port."""

    name = "URL"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, int]:
        """Both parts; fails for anything else."""
        if isinstance(value, tuple):
            return value
        try:
            found = urlsplit(value)
            host, port = found.hostname, found.port
        except ValueError:
            host, port = None, None
        if host is None or port is None or found.scheme != "http" or found.path not in ("", "/"):
            self.fail(f"{value!r} is no http://HOST:PORT, as in http://127.0.0.1:9889")
        return host, port


def base_url_option(command: Command) -> Command:
    """Add `--api-base-url`; the command gets `base_url`, a host and a port."""
    return click.option(
        "--api-base-url",
        "base_url",
        type=BaseUrl(),
        default=f"http://{DEFAULT_HOST}:{DEFAULT_PAIR_PORT}",
        show_default=True,
        help="Where the server listens.",
    )(command)


def serve_options(command: Command) -> Command:
    """Add what decides how a server runs; options of the original are taken and left."""

    @click.option("--runtime-root", type=Path, help="Folder of all runtime state.")
    @click.option("--registry-root", type=Path, help="Folder of the shared agent registry.")
    @click.option("--adopt", is_flag=True, help="Adopt every supported tool in any pane.")
    @click.option("--startup-child/--no-startup-child", "startup_child", hidden=True)
    @wraps(command)
    def wrapper(*args: Any, startup_child: bool, **kwargs: Any) -> Any:
        left = {name.removeprefix("--").replace("-", "_") for name in _WITHOUT_EFFECT}
        return command(*args, **{name: it for name, it in kwargs.items() if name not in left})

    for name in _WITHOUT_EFFECT:
        wrapper = click.option(name, multiple=True, hidden=True)(wrapper)
    return wrapper
