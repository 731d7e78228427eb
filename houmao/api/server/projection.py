"""The hosts as the server tells them. Pure."""

from collections.abc import Iterable, Mapping

from houmao.api.http.answers import Wire
from houmao.clock import iso_ms
from houmao.state.read import HEARTBEAT_GRACE
from houmao.state.values import (
    HostStatus,
)


def hosts(found: Iterable[HostStatus], unused: Mapping[str, str], now: float) -> Wire:
    """The hosts, and the registry records that none of them uses."""
    return {
        "hosts": [_host(each, now) for each in found],
        "unused_records": [{"agent_id": it, "reason": unused[it]} for it in sorted(unused)],
    }


def _host(found: HostStatus, now: float) -> Wire:
    return {
        "host": found.host,
        "watched": now - found.heartbeat_at <= HEARTBEAT_GRACE,
        "heartbeat_at": iso_ms(found.heartbeat_at),
        "started_at": iso_ms(found.started_at),
        "pid": found.pid,
        "epoch": found.epoch,
        "agents": found.agents,
        "version": found.version,
        "runtime_root": found.runtime_root,
        "registry_root": found.registry_root,
        "tmux_socket": found.tmux_socket,
    }
