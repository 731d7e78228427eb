"""The gateway of the session around a program, as that program is told of it."""

from pathlib import Path

from houmao import clock, config
from houmao.gateway.attaching import live_gateway
from houmao.gateway_files.status import PROTOCOL
from houmao.sessions.gateway_offer import folder_of
from houmao.sessions.target import SessionTarget, current, resolve
from houmao.sessions.variables import MANIFEST_PATH, spellings


def gateway_here() -> dict[str, object] | None:
    """Address and files of the gateway that answers here, None when none does."""
    settings, environ = config.load(), config.environment()
    path = next((environ[it] for it in spellings(MANIFEST_PATH) if environ.get(it)), None)
    if path and Path(path).exists():
        source, target = "process_env", resolve(path, settings, clock.now())
    else:
        source, target = "tmux_session_env", current(settings, environ)
    return _told(source, target, settings)


def _told(
    source: str, target: SessionTarget, settings: config.Settings
) -> dict[str, object] | None:
    found = live_gateway(target, settings)
    if found is None:
        return None
    return {
        "source": source,
        "host": found.host,
        "port": found.port,
        "base_url": f"http://{found.host}:{found.port}",
        "protocol_version": PROTOCOL,
        "state_path": str(folder_of(target.stored).state_path),
    }
