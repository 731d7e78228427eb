"""Routes about the server itself: is it there, where does it keep its things, stop it."""

from houmao.api.context import context
from houmao.api.http.answers import (
    AnswerSchema,
    OkSchema,
    Wire,
    choice,
    number,
    text,
)
from houmao.api.http.contract import contract
from houmao.api.http.resource import Resource
from houmao.api.server import process as stopping


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


@server.answers("POST", "/houmao/server/shutdown", contract(OkSchema), errors=[503])
def shutdown() -> Wire:
    """Stop the server a moment later; agents and their sessions go on."""
    services = context()
    services.terminate(stopping.marked_process(services.settings.marker_path))
    return {"status": "ok"}
