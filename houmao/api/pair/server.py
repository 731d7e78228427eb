"""What `houmao-server` says of itself, as its published clients and CAO's read it."""

from houmao.api.context import context
from houmao.api.http.answers import AnswerSchema, Wire, choice, flag
from houmao.api.http.resource import Resource
from houmao.api.pair.face import PREFIX
from houmao.api.server import process as stopping
from houmao.server_kind import ServerKind

#: What CAO's clients look for.
CAO_SERVICE = "cli-agent-orchestrator"


class PairHealthSchema(AnswerSchema):
    status = choice(["ok"])
    service = choice([CAO_SERVICE])
    houmao_service = choice([ServerKind.PAIR])


class SuccessSchema(AnswerSchema):
    success = flag()


pair_server = Resource("pair_server", "The server itself, to clients of houmao-server")


@pair_server.answers("GET", "/cao/health", PairHealthSchema)
@pair_server.answers("GET", f"{PREFIX}/health", PairHealthSchema)
def health() -> Wire:
    """Tell that a Houmao server answers here, which CAO's clients can use, too."""
    return {"status": "ok", "service": CAO_SERVICE, "houmao_service": ServerKind.PAIR}


@pair_server.answers("POST", f"{PREFIX}/houmao/server/shutdown", SuccessSchema, errors=[503])
def shutdown() -> Wire:
    """Stop the server a moment later; agents and their sessions go on."""
    services = context()
    services.terminate(stopping.marked_process(services.settings.marker_path))
    return {"success": True}
