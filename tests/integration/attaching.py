"""Ends what attaching gateways leaves on purpose: gateways, and the parent that lingers."""

from contextlib import suppress

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
    lock = socket_paths.gateways(settings.runtime_root).with_suffix(".lock")
    if lock.exists():
        _end(int(lock.read_text()))


def _end(pid: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if MODULE in process.cmdline():
            end_processes([process])
