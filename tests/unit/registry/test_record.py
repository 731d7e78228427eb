"""A record is read by type and cross rule, and written as version 2."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houmao.errors import RecordError
from houmao.registry.record import (
    AgentRecord,
    FilesystemMailbox,
    FutureVersion,
    GatewayAddress,
    StalwartMailbox,
    parse,
    to_json,
)
from tests.unit.registry.documents import DAY, NOW, record, version_2, version_3

Change = Callable[[dict[str, Any]], object]


def test_version_2_is_read_in_full() -> None:
    """Every field of a complete document arrives, times as epoch seconds."""
    assert parse(json.dumps(version_2())) == AgentRecord(
        agent_name="alpha",
        agent_id="2c1743a391305fbf367df8e4f069f9f9",
        generation_id="gen-1",
        published_at=NOW,
        lease_expires_at=NOW + DAY,
        backend="local_interactive",
        tool="claude",
        manifest_path="/srv/rt/manifest.json",
        session_name="HOUMAO-alpha-1",
        session_root="/srv/rt",
        gateway=GatewayAddress("127.0.0.1", 43123, "/srv/rt/gateway/state.json"),
        mailbox=FilesystemMailbox("alpha", "alpha@agents.localhost", "1", "/srv/mail"),
    )


def test_version_2_is_assumed_when_absent() -> None:
    """A document without schema_version is read as version 2."""
    document = version_2()
    del document["schema_version"]
    assert parse(json.dumps(document)).schema_version == 2


def test_optional_parts_may_be_absent() -> None:
    """Gateway, mailbox and the optional paths may be missing altogether."""
    document = version_2()
    document["runtime"] = {"manifest_path": "/m"}
    del document["gateway"], document["mailbox"]
    found = parse(json.dumps(document))
    assert (found.gateway, found.mailbox, found.session_root) == (None, None, None)


def test_stalwart_mailbox_is_read() -> None:
    """A mail server's block has its own required fields."""
    keys = ("principal_id", "address", "bindings_version", "jmap_url", "management_url")
    block = dict.fromkeys((*keys, "login_identity", "credential_ref"), "x")
    document = version_2() | {"mailbox": block | {"transport": "stalwart"}}
    assert parse(json.dumps(document)).mailbox == StalwartMailbox(*["x"] * 7)


@pytest.mark.parametrize("state", ["active", "relaunching"])
def test_running_version_3_is_read_like_version_2(state: str) -> None:
    """A version 3 record with a lease differs from version 2 in version and state alone."""
    found = parse(json.dumps(version_3(state)))
    assert found == replace(parse(json.dumps(version_2())), schema_version=3, state=state)
    assert found.is_fresh(NOW)


@pytest.mark.parametrize("state", ["stopped", "retired"])
def test_ended_version_3_is_valid_but_never_fresh(state: str) -> None:
    """An ended agent keeps its last session and has no lease."""
    found = parse(json.dumps(version_3(state)))
    assert found.session_name == "HOUMAO-alpha-1"
    assert found.ended
    assert not found.is_fresh(0)


def test_last_moment_of_the_lease_counts() -> None:
    """Freshness includes the moment of expiry itself."""
    assert record().is_fresh(NOW + DAY)
    assert not record().is_fresh(NOW + DAY + 0.001)


BROKEN: list[tuple[str, Change]] = [
    ("schema_version: must be 2 or 3", lambda d: d.update(schema_version=1)),
    ("schema_version: must be 2 or 3", lambda d: d.update(schema_version="2")),
    ("schema_version: must be 2 or 3", lambda d: d.update(schema_version=True)),
    ("agent_name: must begin", lambda d: d.update(agent_name="a b")),
    ("agent_name: must begin", lambda d: d.update(agent_name=" alpha")),
    ("agent_name: is required", lambda d: d.pop("agent_name")),
    ("agent_name: must be text", lambda d: d.update(agent_name=7)),
    ("agent_id: must begin", lambda d: d.update(agent_id="../x")),
    ("generation_id: must be text", lambda d: d.update(generation_id="  ")),
    ("published_at: must be an ISO-8601", lambda d: d.update(published_at="2026-03-27T09:00:00")),
    ("published_at: must be an ISO-8601", lambda d: d.update(published_at="yesterday")),
    ("published_at: must be text", lambda d: d.update(published_at=NOW)),
    ("published_at: must be a time", lambda d: d.update(published_at="0001-01-01T00:00:00Z")),
    ("lease_expires_at: must be later", lambda d: d.update(lease_expires_at=d["published_at"])),
    ("lease_expires_at: is required", lambda d: d.pop("lease_expires_at")),
    ("identity: is required", lambda d: d.pop("identity")),
    ("identity: must be a JSON object", lambda d: d.update(identity=[])),
    ("identity.backend: must be one of", lambda d: d["identity"].update(backend="ssh")),
    ("identity.tool: is required", lambda d: d["identity"].pop("tool")),
    ("identity.shell: is not a known key", lambda d: d["identity"].update(shell="sh")),
    ("runtime.manifest_path: is required", lambda d: d["runtime"].update(manifest_path=None)),
    ("runtime.manifest_path: must be text w", lambda d: d["runtime"].update(manifest_path="\0")),
    ("runtime.session_root: must be text", lambda d: d["runtime"].update(session_root="")),
    (
        "runtime.agent_def_dir: must be text w",
        lambda d: d["runtime"].update(agent_def_dir="\ud800"),
    ),
    ("terminal.kind: must be one of tmux", lambda d: d["terminal"].update(kind="screen")),
    ("terminal.session_name: must be text", lambda d: d["terminal"].update(session_name=" ")),
    ("gateway.host: must be one of", lambda d: d["gateway"].update(host="10.0.0.1")),
    ("gateway.port: must be a whole", lambda d: d["gateway"].update(port=0)),
    ("gateway.port: must be a whole", lambda d: d["gateway"].update(port="80")),
    ("gateway.port: must be a whole", lambda d: d["gateway"].update(port=True)),
    ("gateway.port: must be a whole", lambda d: d["gateway"].pop("port")),
    ("gateway.protocol_version: must", lambda d: d["gateway"].update(protocol_version="v2")),
    ("gateway.token: is not a known key", lambda d: d["gateway"].update(token="x")),
    ("mailbox.transport: must be one of", lambda d: d["mailbox"].update(transport="smtp")),
    ("mailbox.filesystem_root: is required", lambda d: d["mailbox"].pop("filesystem_root")),
    ("mailbox.jmap_url: is not a known key", lambda d: d["mailbox"].update(jmap_url="x")),
    ("liveness: is not a known key", lambda d: d.update(liveness={})),
    ("state: is not a known key", lambda d: d.update(state="active")),
]


@pytest.mark.parametrize(("message", "change"), BROKEN)
def test_broken_field_is_named(message: str, change: Change) -> None:
    """One wrong field makes the record unusable, and the error begins with its place."""
    document = version_2()
    change(document)
    with pytest.raises(RecordError) as failure:
        parse(json.dumps(document))
    assert failure.value.message.startswith(message)


BROKEN_3: list[tuple[str, str, Change]] = [
    ("active", "lifecycle.state: must be one of", lambda d: d["lifecycle"].update(state="lost")),
    ("active", "lifecycle.state: must not", lambda d: d.update(liveness=None)),
    ("active", "lifecycle.state: must not", lambda d: d["terminal"].pop("current_session_name")),
    ("active", "lifecycle.stop_reason: must be", lambda d: d["lifecycle"].update(stop_reason="x")),
    ("active", "lifecycle.relaunchable: must", lambda d: d["lifecycle"].pop("relaunchable")),
    ("active", "terminal.last_session_name", lambda d: d["terminal"].pop("last_session_name")),
    ("active", "terminal.session_name: is not", lambda d: d["terminal"].update(session_name="x")),
    ("active", "liveness.extra: is not", lambda d: d["liveness"].update(extra=1)),
    ("active", "lifecycle.extra: is not", lambda d: d["lifecycle"].update(extra=1)),
    ("stopped", "lifecycle.stopped_at: is req", lambda d: d["lifecycle"].pop("stopped_at")),
    ("stopped", "lifecycle.state: must not", lambda d: d.update(liveness={})),
    ("stopped", "gateway: must be null", lambda d: d.update(gateway=version_2()["gateway"])),
    ("retired", "lifecycle.relaunchable: must", lambda d: d["lifecycle"].update(relaunchable=True)),
]


@pytest.mark.parametrize(("state", "message", "change"), BROKEN_3)
def test_broken_lifecycle_is_named(state: str, message: str, change: Change) -> None:
    """The cross rules of version 3 are kept, each error naming a field."""
    document = version_3(state)
    change(document)
    with pytest.raises(RecordError) as failure:
        parse(json.dumps(document))
    assert failure.value.message.startswith(message)


@pytest.mark.parametrize("version", [4, 99, 10**400])
def test_future_version_is_told_apart(version: int) -> None:
    """A newer record is not called broken, whatever else it holds."""
    with pytest.raises(FutureVersion, match="upgrade Houmao"):
        parse(json.dumps({"schema_version": version, "anything": 1}))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", b"\xff\xfe", "[" * 100_000, '{"a":' * 100_000, "1" * 9999]
)
def test_text_that_is_no_object(text: str | bytes) -> None:
    """Text that is no JSON object is a RecordError, however odd it is."""
    with pytest.raises(RecordError, match=r"^record: "):
        parse(text)


def test_errors_never_quote_the_document() -> None:
    """What a record holds stays out of the messages about it."""
    document = version_2()
    document["identity"]["backend"] = "sk-secret"
    with pytest.raises(RecordError) as failure:
        parse(json.dumps(document))
    assert "sk-secret" not in failure.value.message


@given(st.text() | st.binary())
def test_parse_raises_only_record_errors_on_any_text(text: str | bytes) -> None:
    """Whatever bytes a file holds, the reader sees a RecordError or a record."""
    with pytest.raises(RecordError):
        parse(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
PATHS = st.sampled_from(
    [(k,) for k in version_2() | version_3()]
    + [(k, i) for k, v in (version_2() | version_3()).items() if isinstance(v, dict) for i in v]
)


@given(st.sampled_from([version_2, version_3]), PATHS, JSON)
def test_parse_survives_any_value_anywhere(
    base: Callable[[], dict[str, Any]], path: tuple[str, ...], value: object
) -> None:
    """Any JSON value in any place gives a usable record or a RecordError."""
    document = base()
    parent = document.setdefault(path[0], {}) if len(path) == 2 else document
    if not isinstance(parent, dict):
        parent = document[path[0]] = {}
    parent[path[-1]] = value
    try:
        found = parse(json.dumps(document))
    except RecordError:
        return
    assert parse(to_json(found)) == replace(found, schema_version=2, state="active")


NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1
).filter(str.strip)
SECONDS = st.integers(1, 4_000_000_000).map(float)


@given(NAMES, TEXTS, SECONDS, SECONDS, TEXTS)
def test_what_is_written_is_read_back(
    name: str, generation: str, published: float, length: float, session: str
) -> None:
    """Writing and reading a record gives the same record."""
    written = record(
        name,
        generation_id=generation,
        published_at=published,
        lease_expires_at=published + length,
        session_name=session,
    )
    assert parse(to_json(written)) == written


def test_written_form() -> None:
    """The text is version 2, indented by two, keys sorted, one newline at the end."""
    text = to_json(parse(json.dumps(version_3())))
    document = version_2() | {"lease_expires_at": "2026-03-28T09:00:00+00:00"}
    assert text == json.dumps(document, indent=2, sort_keys=True) + "\n"


@pytest.mark.parametrize(
    "bad", [record(tool=" "), record(agent_id="a/b"), record(state="stopped"), record(backend="x")]
)
def test_invalid_record_is_not_written(bad: AgentRecord) -> None:
    """A record that could not be read back has no written form."""
    with pytest.raises(RecordError):
        to_json(bad)
