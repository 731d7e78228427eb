"""The hosts on this Redis: which are watched, what is held of each, and forgetting one."""

from collections.abc import Iterable, Mapping

from marshmallow import fields

from houmao.api.context import context
from houmao.api.http.answers import AnswerSchema, Wire, flag, many, number, text
from houmao.api.http.resource import Resource
from houmao.clock import iso_ms
from houmao.state.hosts import HostHoldings


class HostSchema(AnswerSchema):
    host = text()
    watched = flag("Whether its agents are being looked at.")
    lost = flag("Whether Redis lost its data while it was cut off; agents are as remembered.")
    heartbeat_at = text("When all of its agents had been looked at last.", allow_none=True)
    machine = text("Which machine the id belongs to, and its runtime root; empty if unknown.")
    started_at = text(allow_none=True)
    pid = number("The watch process on that host.", allow_none=True)
    epoch = number("Which ownership of the host's panes this is.", allow_none=True)
    agents = number()
    version = text(allow_none=True)
    runtime_root = text(allow_none=True)
    registry_root = text(allow_none=True)
    tmux_socket = text(allow_none=True)


class HostDetailSchema(HostSchema):
    agent_names = many(fields.String())
    headless_agents = many(fields.String())
    terminals = many(fields.String())


class UnusedRecordSchema(AnswerSchema):
    agent_id = text()
    reason = text()


class HostsSchema(AnswerSchema):
    hosts = many(HostSchema)
    unused_records = many(UnusedRecordSchema)
    problem = text("What keeps Redis from taking writes, null for nothing.", allow_none=True)


hosts = Resource("hosts", "The machines whose agents are told of")


@hosts.answers("GET", "/houmao/hosts", HostsSchema, errors=[503])
def list_hosts() -> Wire:
    """Tell which hosts are watched, and which registry records give no agent, and why."""
    services = context()
    reader = services.reader
    view = hosts_view(services.host_store.all(), reader.skipped(), services.now())
    return {**view, "problem": reader.problem()}


@hosts.answers("GET", "/houmao/hosts/<host>", HostDetailSchema, errors=[404, 503])
def show_host(host: str) -> Wire:
    """Tell what is held of one host, and what would go with it."""
    services = context()
    return host_detail(services.host_store.holdings(host), services.now())


@hosts.answers("DELETE", "/houmao/hosts/<host>", HostDetailSchema, errors=[404, 409, 503])
def forget_host(host: str) -> Wire:
    """Forget a host that is gone for good: its agents, its terminals, and whose id it was."""
    services = context()
    return host_detail(services.host_store.forget(host, services.now()), services.now())


def hosts_view(found: Iterable[HostHoldings], unused: Mapping[str, str], now: float) -> Wire:
    """The hosts, and the registry records that none of them uses."""
    return {
        "hosts": [host_view(each, now) for each in found],
        "unused_records": [{"agent_id": it, "reason": unused[it]} for it in sorted(unused)],
    }


def host_view(found: HostHoldings, now: float) -> Wire:
    """One host; what its watch process said of itself is null once that is long ago."""
    status = found.status
    return {
        "host": found.host,
        "watched": found.is_watched(now),
        "lost": found.lost,
        "heartbeat_at": iso_ms(found.heartbeat_at) if found.heartbeat_at else None,
        "machine": found.machine,
        "started_at": iso_ms(status.started_at) if status else None,
        "pid": status.pid if status else None,
        "epoch": status.epoch if status else None,
        "agents": len(found.agents),
        "version": status.version if status else None,
        "runtime_root": status.runtime_root if status else None,
        "registry_root": status.registry_root if status else None,
        "tmux_socket": status.tmux_socket if status else None,
    }


def host_detail(found: HostHoldings, now: float) -> Wire:
    """One host with the names of what it holds."""
    return {
        **host_view(found, now),
        "agent_names": list(found.agents),
        "headless_agents": list(found.headless),
        "terminals": list(found.terminals),
    }
