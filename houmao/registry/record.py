"""What a registry record says, in its two readable versions and the one that we write.

Pure: text in, frozen value out. Knows neither files nor tmux, and takes the time as an argument.
"""

import json
from dataclasses import asdict, dataclass, fields
from typing import ClassVar

from houmao.clock import iso
from houmao.errors import RecordError
from houmao.ids import is_safe_component
from houmao.registry.fields import Fields
from houmao.tools.catalog import BACKENDS

#: Lease lengths in seconds: of a launched agent, and of one that was adopted while running
#: (nobody may be there to renew it).
LEASE_SECONDS = 24 * 3600.0
JOINED_LEASE_SECONDS = 30 * 24 * 3600.0

#: Longest name and id: a longer one would push everything else out of every table.
MAX_NAME = 200

WRITTEN_VERSION = 2
NEWEST_VERSION = 3

#: The tools' own, and those of agents that others publish.
RECORD_BACKENDS = frozenset(
    {*BACKENDS, "local_interactive", "kimi_headless", "cao_rest", "houmao_server_rest"}
)
GATEWAY_HOSTS = frozenset({"127.0.0.1", "0.0.0.0"})
_ENDED = frozenset({"stopped", "retired"})
_STATES = _ENDED | {"active", "relaunching"}


class FutureVersion(RecordError):
    """The record was written by a newer Houmao: unusable here, yet not broken."""


@dataclass(frozen=True, slots=True)
class GatewayAddress:
    """Where the agent's gateway listens, and the file that holds its state."""

    host: str
    port: int
    state_path: str


@dataclass(frozen=True, slots=True)
class FilesystemMailbox:
    """A mailbox kept in a folder."""

    transport: ClassVar[str] = "filesystem"
    principal_id: str
    address: str
    bindings_version: str
    filesystem_root: str


@dataclass(frozen=True, slots=True)
class StalwartMailbox:
    """A mailbox on a Stalwart mail server; the credential itself is elsewhere."""

    transport: ClassVar[str] = "stalwart"
    principal_id: str
    address: str
    bindings_version: str
    jmap_url: str
    management_url: str
    login_identity: str
    credential_ref: str


@dataclass(frozen=True, slots=True)
class NotedPane:
    """The pane that an agent was given, and its tmux server's socket, empty for the watched one."""

    pane_id: str
    socket: str = ""


Mailbox = FilesystemMailbox | StalwartMailbox
_MAILBOXES: dict[str, type[Mailbox]] = {
    kind.transport: kind for kind in (FilesystemMailbox, StalwartMailbox)
}


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """One published agent; times are epoch seconds.

    `state` is `active` for every version 2 record. An ended record (`stopped`, `retired`) holds
    its last session name and has no lease: both times are then the moment it ended. `pane` lies
    beside the record; None for an agent that was published without any.
    """

    agent_name: str
    agent_id: str
    generation_id: str
    published_at: float
    lease_expires_at: float
    backend: str
    tool: str
    manifest_path: str
    session_name: str
    session_root: str | None = None
    agent_def_dir: str | None = None
    gateway: GatewayAddress | None = None
    mailbox: Mailbox | None = None
    schema_version: int = WRITTEN_VERSION
    state: str = "active"
    pane: NotedPane | None = None

    @property
    def ended(self) -> bool:
        return self.state in _ENDED

    def is_fresh(self, now: float) -> bool:
        """Whether the agent's owner still answers for it; the last moment counts."""
        return not self.ended and self.lease_expires_at >= now


def parse(text: str | bytes) -> AgentRecord:
    """The record of a document of version 2 or 3.

    Raises RecordError naming the first unusable field, FutureVersion for a version above 3.
    """
    document = Fields.of_text(text)
    version = document.take("schema_version")
    if version is None:
        version = 2
    if isinstance(version, bool) or not isinstance(version, int) or version < 2:
        document.fail("schema_version", "must be 2 or 3")
    if version > NEWEST_VERSION:
        raise FutureVersion(
            f"schema_version: is newer than {NEWEST_VERSION}, the newest one known here; "
            "upgrade Houmao on this host"
        )
    values = _common(document) | (_version_2(document) if version == 2 else _version_3(document))
    document.done()
    record = AgentRecord(**values, schema_version=version)  # type: ignore[arg-type]
    if record.ended and record.gateway is not None:
        raise RecordError(f"gateway: must be null once the agent is {record.state}")
    return record


def to_json(record: AgentRecord) -> str:
    """The version 2 document; raises RecordError when the record could not be read back."""
    if record.ended:
        raise RecordError(f"state: a {record.state} agent cannot be published")
    document = {
        "schema_version": WRITTEN_VERSION,
        "agent_name": record.agent_name,
        "agent_id": record.agent_id,
        "generation_id": record.generation_id,
        "published_at": iso(record.published_at),
        "lease_expires_at": iso(record.lease_expires_at),
        "identity": {"backend": record.backend, "tool": record.tool},
        "runtime": {
            "manifest_path": record.manifest_path,
            "session_root": record.session_root,
            "agent_def_dir": record.agent_def_dir,
        },
        "terminal": {"kind": "tmux", "session_name": record.session_name},
        "gateway": record.gateway and {**asdict(record.gateway), "protocol_version": "v1"},
        "mailbox": record.mailbox
        and {**asdict(record.mailbox), "transport": record.mailbox.transport},
    }
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    parse(text)
    return text


def _common(document: Fields) -> dict[str, object]:
    """The part that both versions spell alike."""
    identity, runtime = document.child("identity"), document.child("runtime")
    values: dict[str, object] = {
        "agent_name": _component(document, "agent_name"),
        "agent_id": _component(document, "agent_id"),
        "generation_id": document.text("generation_id"),
        "backend": identity.one_of("backend", RECORD_BACKENDS),
        "tool": identity.text("tool"),
        "manifest_path": runtime.text("manifest_path"),
        "session_root": runtime.optional_text("session_root"),
        "agent_def_dir": runtime.optional_text("agent_def_dir"),
        "gateway": _gateway(document.optional_child("gateway")),
        "mailbox": _mailbox(document.optional_child("mailbox")),
    }
    identity.done()
    runtime.done()
    return values


def _component(document: Fields, key: str) -> str:
    value = document.text(key)
    if len(value) > MAX_NAME:
        document.fail(key, f"must have at most {MAX_NAME} characters")
    if not is_safe_component(value):
        document.fail(key, "must begin with a letter or digit and hold only those, '-' and '_'")
    return value


def _gateway(block: Fields | None) -> GatewayAddress | None:
    if block is None:
        return None
    block.one_of("protocol_version", ("v1",))
    address = GatewayAddress(
        host=block.one_of("host", GATEWAY_HOSTS),
        port=block.integer("port", 1, 65535),
        state_path=block.text("state_path"),
    )
    block.done()
    return address


def _mailbox(block: Fields | None) -> Mailbox | None:
    if block is None:
        return None
    kind = _MAILBOXES[block.one_of("transport", _MAILBOXES)]
    mailbox = kind(**{field.name: block.text(field.name) for field in fields(kind)})
    block.done()
    return mailbox


def _version_2(document: Fields) -> dict[str, object]:
    terminal = document.child("terminal")
    terminal.one_of("kind", ("tmux",))
    values = {"session_name": terminal.text("session_name"), **_lease(document)}
    terminal.done()
    return values


def _version_3(document: Fields) -> dict[str, object]:
    terminal, lifecycle = document.child("terminal"), document.child("lifecycle")
    terminal.one_of("kind", ("tmux",))
    current = terminal.optional_text("current_session_name")
    last = terminal.text("last_session_name")
    terminal.done()
    liveness = document.optional_child("liveness")
    state = lifecycle.one_of("state", _STATES)
    if state in _ENDED:
        if current is not None or liveness is not None:
            lifecycle.fail("state", f"must not be {state} beside liveness or a current session")
        return {"state": state, "session_name": last, **_end(lifecycle, state)}
    if current is None or liveness is None:
        lifecycle.fail("state", f"must not be {state} without liveness and a current session")
    _check_not_ended(lifecycle, state)
    values = {"state": state, "session_name": current, **_lease(liveness)}
    liveness.done()
    return values


def _end(lifecycle: Fields, state: str) -> dict[str, object]:
    """The moment an agent ended, in place of a lease."""
    lifecycle.moment("state_updated_at")
    lifecycle.optional_text("stop_reason")
    if lifecycle.boolean("relaunchable") and state == "retired":
        lifecycle.fail("relaunchable", "must be false once the agent is retired")
    stopped_at = lifecycle.moment("stopped_at")
    lifecycle.done()
    return {"published_at": stopped_at, "lease_expires_at": stopped_at}


def _check_not_ended(lifecycle: Fields, state: str) -> None:
    lifecycle.moment("state_updated_at")
    lifecycle.boolean("relaunchable")
    for key in ("stopped_at", "stop_reason"):
        if lifecycle.take(key) is not None:
            lifecycle.fail(key, f"must be null while the agent is {state}")
    lifecycle.done()


def _lease(block: Fields) -> dict[str, object]:
    published, expires = block.moment("published_at"), block.moment("lease_expires_at")
    if expires <= published:
        block.fail("lease_expires_at", "must be later than published_at")
    return {"published_at": published, "lease_expires_at": expires}
