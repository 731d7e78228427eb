"""Ends what attaching gateways leaves on purpose: gateways, and the parent that lingers."""

from contextlib import suppress
from pathlib import Path

import psutil

from houmao import socket_paths
from houmao.config import Settings
from houmao.gateway.parent import MODULE
from houmao.gateway_files.folder import GatewayFolder
from houmao.tmux.ending import end_processes


def end_gateways(settings: Settings) -> None:
    """No process of a gateway of this runtime root runs any more."""
    for folder in settings.runtime_root.glob("sessions/*/*/gateway"):
        if instance := GatewayFolder(folder).instance():
            _end(instance.pid)
    if _lock(settings).exists():
        _end(int(_lock(settings).read_text()))


def parent_of(settings: Settings) -> psutil.Process:
    """The process that forks gateways of this runtime root."""
    return psutil.Process(int(_lock(settings).read_text()))


def _lock(settings: Settings) -> Path:
    return socket_paths.gateways(settings.runtime_root).with_suffix(".lock")


def _end(pid: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if MODULE in process.cmdline():
            end_processes([process])
