"""Routes about the server itself: is it there, which process is it, stop it."""

from flask import Response

from houmao.api.context import context
from houmao.api.http.answers import OkSchema, answer
from houmao.api.http.resource import Resource
from houmao.api.server import process as stopping
from houmao.api.server import projection
from houmao.api.server.schemas import HealthSchema, HostsSchema, InstanceSchema

server = Resource("server", "The server itself")


@server.answers("GET", "/health", HealthSchema)
def health() -> Response:
    """Tell that a Houmao server answers here."""
    return answer({"status": "ok", "houmao_service": "houmao-passive-server"})


@server.answers("GET", "/houmao/server/current-instance", InstanceSchema, errors=[503])
def current_instance() -> Response:
    """Tell which process this server is and where it keeps its state."""
    settings = context().settings
    marker = stopping.read_marker(settings.marker_path)
    return answer({**marker, "runtime_root": str(settings.runtime_root)})


@server.answers("GET", "/houmao/hosts", HostsSchema, errors=[503])
def hosts() -> Response:
    """Tell which hosts are watched, and which registry records give no agent, and why."""
    services = context()
    reader = services.reader
    return answer(projection.hosts(reader.hosts(), reader.skipped(), services.now()))


@server.answers("POST", "/houmao/server/shutdown", OkSchema, errors=[503])
def shutdown() -> Response:
    """Stop the server a moment later; agents and their sessions go on."""
    services = context()
    services.terminate(stopping.marked_process(services.settings.marker_path))
    return answer({"status": "ok"})
