"""Where commands write what a server shall see: into the registry that the running one watches.

What a person has chosen by a variable stays; that it differs from what is watched is told.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from houmao import config
from houmao.cli.client.http import Answer, NotHoumao, Refused, Server, Unreachable
from houmao.config import Settings

#: What a host says of a tmux server that is nobody's choice.
_DEFAULT_SOCKET = "default"


@dataclass(frozen=True, slots=True)
class WatchedRegistry:
    """Settings to write by, and a sentence when nobody will see what is written."""

    settings: Settings
    warning: str = ""


def watched_registry(server: Server) -> WatchedRegistry:
    """The settings of this machine, with the registry of its running server. Raises ConfigError."""
    settings = config.load()
    try:
        hosts = server.get("houmao", "hosts")["hosts"]
    except Unreachable:
        return WatchedRegistry(
            settings,
            f"no server answers at {server.base_url}: nobody watches the registry "
            f"{settings.registry_root} until `houmao-passive-server serve` does",
        )
    except (NotHoumao, Refused) as error:
        return WatchedRegistry(settings, f"whether anybody watches is not known: {error.message}")
    here = next((it for it in hosts if it["host"] == settings.host_id), None)
    if here is None or not here["watched"]:
        return WatchedRegistry(
            settings,
            f"the server at {server.base_url} does not watch this host, {settings.host_id}: "
            "start `houmao-passive-server serve` here",
        )
    return _of(here, settings, server.base_url)


def _of(here: Answer, settings: Settings, url: str) -> WatchedRegistry:
    registry, socket = Path(here["registry_root"]), here["tmux_socket"]
    if not config.is_chosen("TMUX_SOCKET") and socket != _DEFAULT_SOCKET:
        settings = replace(settings, tmux_socket=socket)
    if registry == settings.registry_root:
        return WatchedRegistry(settings)
    if config.is_chosen("GLOBAL_REGISTRY_DIR"):
        return WatchedRegistry(
            settings,
            f"the server at {url} watches the registry {registry} and not "
            f"{settings.registry_root}: unset HOUMAO_GLOBAL_REGISTRY_DIR, or start it with "
            f"--registry-root {settings.registry_root}",
        )
    root = Path(here["runtime_root"])
    return WatchedRegistry(replace(settings, registry_root=registry, runtime_root=root))
