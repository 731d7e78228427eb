"""A session manifest read back: what control commands need of it, checked. Pure.

Older versions are read with what they lack left empty; the parts that repeat a value must agree.
"""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from houmao.errors import ManifestError
from houmao.sessions.manifest.document import (
    JOINED,
    NEW,
    NO_ROLE,
    SCHEMA_VERSION,
    Conversation,
    conversation_part,
    launch_plan_part,
)
from houmao.tools.catalog import MANIFEST_SECTIONS

_OLDEST = 2
_BACKEND_SECTIONS = (*MANIFEST_SECTIONS, "headless", "local_interactive", "cao", "houmao_server")
_FIELDS = frozenset(
    (
        "schema_version",
        "backend",
        "tool",
        "role_name",
        "created_at_utc",
        "working_directory",
        "brain_manifest_path",
        "agent_name",
        "agent_id",
        "tmux_session_name",
        "job_dir",
        "registry_generation_id",
        "registry_launch_authority",
        "runtime",
        "tmux",
        "interactive",
        "agent_launch_authority",
        "gateway_authority",
        "launch_plan",
        "launch_policy_provenance",
        "system_prompt",
        "backend_state",
        *_BACKEND_SECTIONS,
    )
)

Place = tuple[str, ...]
_TURN_INDEX: tuple[Place, ...] = tuple(
    (part, "turn_index") for part in ("interactive", *_BACKEND_SECTIONS)
)
_ROLE_APPLIED: tuple[Place, ...] = tuple(
    (part, "role_bootstrap_applied") for part in ("interactive", "headless", "local_interactive")
)
_SESSION_NAME: tuple[Place, ...] = (
    ("tmux_session_name",),
    ("tmux", "session_name"),
    ("agent_launch_authority", "tmux_session_name"),
)
#: Every place of each value that is repeated, the first one leading.
_REPEATED: tuple[tuple[Place, ...], ...] = (
    (("backend",), ("agent_launch_authority", "backend"), ("launch_plan", "backend")),
    (("tool",), ("agent_launch_authority", "tool"), ("launch_plan", "tool")),
    _SESSION_NAME,
    (
        ("working_directory",),
        ("interactive", "working_directory"),
        ("agent_launch_authority", "working_directory"),
        ("local_interactive", "working_directory"),
        ("headless", "working_directory"),
    ),
    (("job_dir",), ("runtime", "job_dir")),
    (("registry_generation_id",), ("runtime", "registry_generation_id")),
    (("registry_launch_authority",), ("runtime", "registry_launch_authority")),
    (("runtime", "session_id"), ("agent_launch_authority", "session_id")),
    _TURN_INDEX,
    _ROLE_APPLIED,
)


@dataclass(frozen=True, slots=True)
class StoredManifest:
    """A session as its manifest tells it."""

    path: Path
    # A JSON object; what is not named below is only carried along.
    document: Mapping[str, Any]
    backend: str
    tool: str
    agent_name: str
    agent_id: str
    session_name: str
    generation_id: str
    working_directory: str
    brain_manifest_path: str
    role_name: str | None
    agent_def_dir: str | None
    turn_index: int
    role_applied: bool
    origin: str | None
    launch_args: tuple[str, ...]
    launch_env: tuple[Mapping[str, str], ...]

    @property
    def root(self) -> Path:
        """The session's folder."""
        return self.path.parent

    @property
    def joined(self) -> bool:
        """Whether somebody started the session by hand."""
        return self.origin == JOINED

    def launch_variables(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The variables that an operator recorded; those without a value as the caller has them."""
        inherited = {it["name"] for it in self.launch_env if "value" not in it} & set(environ)
        literal = {it["name"]: it["value"] for it in self.launch_env if "value" in it}
        return {**{name: environ[name] for name in inherited}, **literal}

    @property
    def mailbox(self) -> Mapping[str, Any] | None:
        """The binding as it was written; None without one."""
        return _part(self.document, "launch_plan").get("mailbox")

    @property
    def conversation(self) -> Conversation | None:
        """What a headless session's next turn continues; None for a session with a screen."""
        part = _part(self.document, "headless")
        if not part:
            return None
        kind = str(part.get("resume_selection_kind") or NEW)
        return Conversation(kind, part.get("session_id") or part.get("resume_selection_value"))


@dataclass(frozen=True, slots=True)
class ManifestChanges:
    """What a command changes in a manifest; None leaves a value as it is."""

    turn_index: int | None = None
    role_applied: bool | None = None
    session_name: str | None = None
    agent_pid: int | None = None
    launch_plan: Mapping[str, object] | None = None
    provenance: Mapping[str, object] | None = None
    conversation: Conversation | None = None
    #: An empty mapping takes the binding away.
    mailbox: Mapping[str, object] | None = None


def stored(text: str, path: Path) -> StoredManifest:
    """Raises ManifestError naming the file, the field and what is wrong with it."""
    document = _document(text, path)
    for places in _REPEATED:
        _check_agreement(document, places, path)
    authority = _part(document, "agent_launch_authority")
    return StoredManifest(
        path=path,
        document=document,
        backend=_text(document, path, "backend"),
        tool=_text(document, path, "tool"),
        agent_name=_text(document, path, "agent_name"),
        agent_id=_text(document, path, "agent_id"),
        session_name=_text(document, path, "tmux_session_name"),
        generation_id=_text(document, path, "registry_generation_id"),
        working_directory=_text(document, path, "working_directory"),
        brain_manifest_path=_text(document, path, "brain_manifest_path"),
        role_name=_role_name(document),
        agent_def_dir=_part(document, "runtime").get("agent_def_dir"),
        turn_index=int(_leading(document, _TURN_INDEX) or 0),
        role_applied=bool(_leading(document, _ROLE_APPLIED)),
        origin=authority.get("session_origin"),
        launch_args=tuple(map(str, authority.get("launch_args") or ())),
        launch_env=tuple(authority.get("launch_env") or ()),
    )


def changed(document: Mapping[str, Any], changes: ManifestChanges) -> dict[str, Any]:
    """The document with the changes, in every place that repeats the value."""
    new = deepcopy(dict(document))
    repeated = (
        (_TURN_INDEX, changes.turn_index),
        (_ROLE_APPLIED, changes.role_applied),
        (_SESSION_NAME, changes.session_name),
    )
    for places, value in repeated:
        for place in places if value is not None else ():
            holder = new if len(place) == 1 else new.get(place[0])
            if isinstance(holder, dict) and place[-1] in holder:
                holder[place[-1]] = value
    if changes.agent_pid is not None:
        new["runtime"] = {**_part(new, "runtime"), "agent_pid": changes.agent_pid}
    if changes.conversation is not None and isinstance(new.get("headless"), dict):
        new["headless"].update(conversation_part(changes.conversation))
    if changes.launch_plan is not None:
        new["launch_plan"] = launch_plan_part(changes.launch_plan)
        new["launch_policy_provenance"] = changes.provenance
    if changes.mailbox is not None:
        new["launch_plan"] = {**_part(new, "launch_plan"), "mailbox": dict(changes.mailbox) or None}
    return new


def _document(text: str, path: Path) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise ManifestError(f"{path} is no JSON; the session must be started anew") from None
    if not isinstance(document, dict):
        raise ManifestError(f"{path} is no JSON object; the session must be started anew")
    version = document.get("schema_version")
    if not isinstance(version, int) or not _OLDEST <= version <= SCHEMA_VERSION:
        raise ManifestError(
            f"{path}: schema_version: found {version!r}, expected {_OLDEST} to {SCHEMA_VERSION}"
        )
    unknown = sorted(set(document) - _FIELDS)
    if unknown and version == SCHEMA_VERSION:
        raise ManifestError(f"{path}: {unknown[0]}: is no field of a session manifest")
    return document


def _role_name(document: Mapping[str, Any]) -> str | None:
    found = document.get("role_name")
    return None if found == NO_ROLE else found


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _values(document: Mapping[str, Any], places: tuple[Place, ...]) -> Iterator[tuple[Place, Any]]:
    for place in places:
        holder = document if len(place) == 1 else _part(document, place[0])
        if holder.get(place[-1]) is not None:
            yield place, holder[place[-1]]


def _leading(document: Mapping[str, Any], places: tuple[Place, ...]) -> Any:
    return next((value for _, value in _values(document, places)), None)


def _check_agreement(document: Mapping[str, Any], places: tuple[Place, ...], path: Path) -> None:
    leading: tuple[Place, Any] | None = None
    for place, value in _values(document, places):
        leading = leading or (place, value)
        if value != leading[1]:
            raise ManifestError(
                f"{path}: {'.'.join(place)}: differs from {'.'.join(leading[0])}; "
                "somebody changed the manifest by hand"
            )


def _text(document: Mapping[str, Any], path: Path, key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise ManifestError(f"{path}: {key}: found {type(value).__name__}, expected a text")
    return value
