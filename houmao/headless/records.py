"""What is written down of headless agents and their turns: values, and their JSON. Pure.

A time is seconds since the epoch in a value and ISO-8601 text in a document, where its name ends
in `_utc`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, TypeVar

from houmao.clock import iso_ms, parse_iso
from houmao.headless.turn_status import TurnStatus

#: Names of the fields that the marker of an active turn repeats.
_MARKED = (
    "tracked_agent_id",
    "turn_id",
    "turn_index",
    "turn_artifact_dir",
    "started_at",
    "tmux_session_name",
    "tmux_window_name",
    "process_path",
    "process_started_at",
    "runner_pid",
    "child_pid",
    "interrupt_requested_at",
    "tool",
    "agent_id",
    "agent_name",
    "limit_seconds",
    "provider_session_id",
)


@dataclass(frozen=True, slots=True)
class OwnedAgent:
    """A headless agent that this host owns. `tracked_agent_id` names it here and nowhere else."""

    tracked_agent_id: str
    backend: str
    tool: str
    manifest_path: str
    session_root: str
    tmux_session_name: str
    agent_def_dir: str
    agent_name: str
    agent_id: str
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One turn of a headless agent; final once its status is not `active`."""

    turn_id: str
    tracked_agent_id: str
    turn_index: int
    tool: str
    started_at: float
    turn_artifact_dir: str
    tmux_session_name: str
    agent_id: str = ""
    agent_name: str = ""
    status: TurnStatus = TurnStatus.ACTIVE
    completed_at: float | None = None
    tmux_window_name: str | None = None
    process_path: str | None = None
    process_started_at: float | None = None
    runner_pid: int | None = None
    child_pid: int | None = None
    stdout_path: str | None = None
    stderr_path: str | None = None
    status_path: str | None = None
    completion_source: str | None = None
    returncode: int | None = None
    error: str | None = None
    interrupt_requested_at: float | None = None
    #: When its time was up.
    timed_out_at: float | None = None
    limit_seconds: int | None = None
    #: The conversation it continues, then the one the next turn will, as the tool calls it.
    provider_session_id: str | None = None
    #: What the agent answered, as far as it came.
    answer: str | None = None
    #: Number of its events.
    events: int = 0
    fan_out_id: str | None = None
    #: Tells whether a repeated call asks for the same.
    prompt_digest: str | None = None

    @property
    def active(self) -> bool:
        """True until the turn was finalised."""
        return self.status is TurnStatus.ACTIVE

    @property
    def told_at(self) -> float:
        """When what is told of it came to be: its end, else its start."""
        return self.completed_at if self.completed_at is not None else self.started_at


def digest(prompt: str) -> str:
    """What is kept of a prompt once its turn runs."""
    return hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()[:16]


Kept = TypeVar("Kept", OwnedAgent, TurnRecord)


def document(value: OwnedAgent | TurnRecord) -> dict[str, object]:
    """The value as a JSON object."""
    found = {spec.name: getattr(value, spec.name) for spec in fields(value)}
    known = {_key(name): _told(name, each) for name, each in found.items()}
    extra: dict[str, object] = {"history_summary": None, "diagnostics": {}}
    return known | extra if isinstance(value, TurnRecord) else known


def marker(record: TurnRecord) -> dict[str, object]:
    """What the marker of an active turn says: enough to write its record anew."""
    return {_key(name): _told(name, getattr(record, name)) for name in _MARKED}


def read(kind: type[Kept], text: str | bytes) -> Kept | None:
    """The value of a document; None for a text that is none."""
    try:
        found = json.loads(text)
        return kind(**_values(kind, found)) if isinstance(found, dict) else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _values(kind: type[Kept], found: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for spec in fields(kind):
        value = found.get(_key(spec.name))
        if value is not None:
            values[spec.name] = _checked(spec.name, str(spec.type), value)
        elif spec.default is MISSING:
            raise KeyError(spec.name)
    return values


def _checked(name: str, kind: str, value: Any) -> Any:
    if name == "status":
        return TurnStatus(value)
    if "float" in kind:
        return parse_iso(value)
    wanted = int if "int" in kind else str
    if type(value) is not wanted or (value == "" and name.endswith(("_id", "_path"))):
        raise TypeError(name)
    return value


def _key(name: str) -> str:
    return f"{name}_utc" if name.endswith("_at") else name


def _told(name: str, value: Any) -> object:
    return iso_ms(value) if name.endswith("_at") and value is not None else value
