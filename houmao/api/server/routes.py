"""Routes about the server itself and its hosts: is it there, what does it watch, stop it."""

from collections.abc import Iterable, Mapping

from houmao.api.context import context
from houmao.api.http.answers import (
    AnswerSchema,
    OkSchema,
    Wire,
    choice,
    flag,
    many,
    number,
    text,
)
from houmao.api.http.contract import contract
from houmao.api.http.resource import Resource
from houmao.api.server import process as stopping
from houmao.clock import iso_ms
from houmao.state.read import HEARTBEAT_GRACE
from houmao.state.values import (
    HostStatus,
)


class HealthSchema(AnswerSchema):
    status = choice(["ok"])
    houmao_service = choice(["houmao-passive-server"])


class InstanceSchema(AnswerSchema):
    additions = frozenset({"runtime_root"})

    schema_version = number()
    status = choice(["ok"])
    pid = number("The process to signal; it owns all others of this server.")
    api_base_url = text()
    server_root = text()
    runtime_root = text()
    started_at_utc = text()


class HostSchema(AnswerSchema):
    host = text()
    watched = flag("Whether its agents are being looked at.")
    heartbeat_at = text("When all of its agents had been looked at last.")
    started_at = text()
    pid = number("The watch process on that host.")
    epoch = number("Which ownership of the host's panes this is.")
    agents = number()
    version = text()
    runtime_root = text()
    registry_root = text()
    tmux_socket = text()


class UnusedRecordSchema(AnswerSchema):
    agent_id = text()
    reason = text()


class HostsSchema(AnswerSchema):
    hosts = many(HostSchema)
    unused_records = many(UnusedRecordSchema)


server = Resource("server", "The server itself")


@server.answers("GET", "/health", contract(HealthSchema))
def health() -> Wire:
    """Tell that a Houmao server answers here."""
    return {"status": "ok", "houmao_service": "houmao-passive-server"}


@server.answers("GET", "/houmao/server/current-instance", contract(InstanceSchema), errors=[503])
def current_instance() -> Wire:
    """Tell which process this server is and where it keeps its state."""
    settings = context().settings
    marker = stopping.read_marker(settings.marker_path)
    return {**marker, "runtime_root": str(settings.runtime_root)}


@server.answers("GET", "/houmao/hosts", HostsSchema, errors=[503])
def hosts() -> Wire:
    """Tell which hosts are watched, and which registry records give no agent, and why."""
    services = context()
    reader = services.reader
    return hosts_view(reader.hosts(), reader.skipped(), services.now())


@server.answers("POST", "/houmao/server/shutdown", contract(OkSchema), errors=[503])
def shutdown() -> Wire:
    """Stop the server a moment later; agents and their sessions go on."""
    services = context()
    services.terminate(stopping.marked_process(services.settings.marker_path))
    return {"status": "ok"}


def hosts_view(found: Iterable[HostStatus], unused: Mapping[str, str], now: float) -> Wire:
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
