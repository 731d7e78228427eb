"""Attach a gateway to a session of this machine, detach it, and say how it stands.

The agent lives on through all of it. What is published of a gateway (tmux variables, registry
record, manifest) is written here; what a gateway says of itself is its own business.
"""

import shlex
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import psutil

from houmao import token
from houmao.clock import monotonic
from houmao.config import Settings, gateway_listener
from houmao.errors import Conflict, HoumaoError, Unavailable, UsageError
from houmao.gateway.client import GatewayAway, GatewayClient, GatewayRefused
from houmao.gateway.parent import MODULE, START_SECONDS, GatewayOrder, NotStarted, order_gateway
from houmao.gateway_files.folder import (
    ANYWHERE,
    GatewayFolder,
    GatewayListener,
    RememberedGateway,
)
from houmao.gateway_files.status import (
    ABSENT,
    PROTOCOL,
    WINDOW,
    AgentPresence,
    GatewayInstance,
    QueueLoad,
    SurfaceEligibility,
    status,
)
from houmao.registry.record import GATEWAY_HOSTS, GatewayAddress
from houmao.serve.programs import PYTHON
from houmao.sessions.gateway_offer import attach_contract, folder_of, subject_of
from houmao.sessions.target import SessionTarget
from houmao.sessions.variables import spellings
from houmao.tmux import lifecycle
from houmao.tmux.command import run
from houmao.tmux.ending import Survivor, end_processes

#: Name of the tmux window in which a gateway runs in the foreground; never window 0.
WINDOW_NAME = "gateway"
#: Seconds a gateway gets to end by itself, and then to be ended.
END_SECONDS = 5.0

#: A gateway that is there says so at once.
_HEALTH_SECONDS = 2.0
_PAUSE = 0.02
_NAMES = (
    "AGENT_GATEWAY_HOST",
    "AGENT_GATEWAY_PORT",
    "GATEWAY_STATE_PATH",
    "GATEWAY_PROTOCOL_VERSION",
)


@dataclass(frozen=True, slots=True)
class AttachOptions:
    """Where a gateway shall listen; None leaves it to what is remembered."""

    listener: GatewayListener = ANYWHERE
    foreground: bool = False


def live_gateway(target: SessionTarget, settings: Settings) -> GatewayClient | None:
    """The gateway that runs beside a session and answers, None when none does."""
    instance = folder_of(target.stored).instance()
    if instance is None or not _is_gateway(instance.pid):
        return None
    found = GatewayClient(instance.host, instance.port, _token(settings), _HEALTH_SECONDS)
    with suppress(GatewayAway, GatewayRefused):
        if found.call("GET", "/health").get("protocol_version") == PROTOCOL:
            return replace(found, timeout_seconds=GatewayClient("", 0).timeout_seconds)
    return None


def _refuse_beside_another(target: SessionTarget, settings: Settings) -> None:
    """Raise Conflict where a gateway runs that speaks to its callers in another way."""
    instance = folder_of(target.stored).instance()
    if instance is None or not _is_gateway(instance.pid):
        return
    found = GatewayClient(instance.host, instance.port, _token(settings), _HEALTH_SECONDS)
    with suppress(GatewayAway, GatewayRefused):
        spoken = found.call("GET", "/health").get("protocol_version")
        raise Conflict(
            f"a gateway of another release, which speaks {spoken}, is attached to "
            f"{target.stored.agent_name}; detach it first"
        )


def require_gateway(target: SessionTarget, settings: Settings) -> GatewayClient:
    """As `live_gateway`, but none is an error."""
    found = live_gateway(target, settings)
    if found is None:
        name = target.stored.agent_name
        raise Unavailable(
            f"no gateway is attached to {name}; attach one: houmao-mgr agents gateway attach {name}"
        )
    return found


def status_of(target: SessionTarget, settings: Settings) -> Mapping[str, Any]:
    """The live gateway's status, or that none is attached."""
    found = live_gateway(target, settings)
    return found.call("GET", "/v1/status") if found else _offline(target)


def attach(target: SessionTarget, settings: Settings, options: AttachOptions) -> Mapping[str, Any]:
    """Start a gateway unless a healthy one runs; its status. Raises HoumaoError."""
    target.require_live()
    found = live_gateway(target, settings)
    if found is None:
        _refuse_beside_another(target, settings)
        instance = _started(target, settings, options)
        _announce(target, instance)
        found = GatewayClient(instance.host, instance.port, _token(settings))
    return found.call("GET", "/v1/status")


def detach(target: SessionTarget, settings: Settings) -> Mapping[str, Any]:
    """End the session's gateway if one runs, and take back what was published of it."""
    folder = folder_of(target.stored)
    instance = folder.instance()
    if instance is not None:
        _end(instance)
    if target.panes:
        names = [name for each in _NAMES for name in spellings(each)]
        lifecycle.unpublish(target.address, target.panes[0].session_id, names)
    _record(target, None)
    if folder.root.is_dir():
        folder.withdraw(_offline(target))
    return _offline(target)


def _token(settings: Settings) -> str | None:
    return token.read(settings.token_file) if settings.token_file.exists() else None


def _offline(target: SessionTarget) -> Mapping[str, Any]:
    there = AgentPresence(target.stored.generation_id, SurfaceEligibility.UNKNOWN)
    return status(subject_of(target.stored), None, there if target.panes else ABSENT, QueueLoad())


# --- starting ------------------------------------------------------------------------------


def _started(target: SessionTarget, settings: Settings, options: AttachOptions) -> GatewayInstance:
    folder = folder_of(target.stored)
    folder.prepare(attach_contract(target.stored, folder.blueprint()))
    order, mode = _order(target, folder, options)
    if mode == WINDOW:
        _start_in_window(target, settings, order, folder)
    else:
        order_gateway(_for_target(settings, target), order)
    instance = folder.instance()
    if instance is None:
        raise NotStarted(f"the gateway does not say where it listens; see {folder.log_path}")
    folder.remember(RememberedGateway(GatewayListener(instance.host, instance.port), mode))
    return instance


def _order(
    target: SessionTarget, folder: GatewayFolder, options: AttachOptions
) -> tuple[GatewayOrder, str]:
    """Option, then variable, then what is remembered, then the blueprint, then any free port."""
    asked, env = options.listener, GatewayListener(*gateway_listener())
    remembered, blueprint = folder.remembered(), folder.blueprint()
    past = remembered.listener
    host = asked.host or env.host or past.host or blueprint.host or "127.0.0.1"
    if host not in GATEWAY_HOSTS:
        raise UsageError(f"a gateway listens on 127.0.0.1 or 0.0.0.0, not on {host!r}")
    fixed = asked.port or env.port or (blueprint.port if past.port in (None, blueprint.port) else 0)
    if fixed and not _is_free(host, fixed):
        raise Conflict(f"port {fixed} on {host} is taken; choose another with --gateway-port")
    # A port that was only remembered is a wish: somebody else may have it by now.
    port = fixed or (past.port if past.port and _is_free(host, past.port) else 0)
    mode = WINDOW if options.foreground else remembered.execution_mode
    return GatewayOrder(str(target.stored.path), host, port), mode


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            tried.bind((host, port))
            return True
    return False


def _for_target(settings: Settings, target: SessionTarget) -> Settings:
    """Settings under which another process finds this very session."""
    return replace(settings, tmux_socket=target.address.socket, registry_root=target.registry.root)


def _start_in_window(
    target: SessionTarget, settings: Settings, order: GatewayOrder, folder: GatewayFolder
) -> None:
    before = folder.instance()
    environ = _for_target(settings, target).as_environ()
    words = ["env", *(f"{name}={value}" for name, value in environ.items()), *PYTHON, MODULE]
    words += ["--manifest", order.manifest_path, "--host", order.host, "--port", str(order.port)]
    session = target.panes[0].session_id
    run(
        target.address,
        *("new-window", "-d", "-t", f"{session}:", "-n", WINDOW_NAME, shlex.join(words)),
    )
    deadline = monotonic() + START_SECONDS
    while folder.instance() == before or live_gateway(target, settings) is None:
        if monotonic() > deadline:
            raise NotStarted(f"the gateway's window shows why, or {folder.log_path}")
        time.sleep(_PAUSE)


def _announce(target: SessionTarget, instance: GatewayInstance) -> None:
    state_path = str(folder_of(target.stored).state_path)
    values = dict(zip(_NAMES, (instance.host, instance.port, state_path, PROTOCOL), strict=True))
    variables = {name: str(value) for key, value in values.items() for name in spellings(key)}
    lifecycle.publish(target.address, target.panes[0].session_id, variables)
    _record(target, GatewayAddress(instance.host, instance.port, state_path))


def _record(target: SessionTarget, address: GatewayAddress | None) -> None:
    # A session that the registry does not publish has a gateway all the same.
    with suppress(HoumaoError):
        target.registry.update(
            target.stored.agent_id,
            target.stored.generation_id,
            lambda found: replace(found, gateway=address),
        )


def _end(instance: GatewayInstance) -> None:
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        if not _is_gateway(instance.pid):
            return
        if end_processes([psutil.Process(instance.pid)], END_SECONDS):
            raise Survivor(f"the gateway, process {instance.pid}, did not end")


def _is_gateway(pid: int) -> bool:
    """Whether a gateway of any release runs as that; the number may have gone to another."""
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        return any("gateway" in word for word in psutil.Process(pid).cmdline())
    return False
