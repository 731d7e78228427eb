"""JSON shapes of the routes about the server and its hosts."""

from houmao.api.http.answers import AnswerSchema, choice, flag, many, number, text


class HealthSchema(AnswerSchema):
    status = choice(["ok"])
    houmao_service = choice(["houmao-passive-server"])


class InstanceSchema(AnswerSchema):
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
