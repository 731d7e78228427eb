"""What a session manifest says (schema 4). Pure: facts in, document out.

The manifest repeats some values in several parts because its readers each look into one part;
they are all written from one value here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from houmao.clock import iso
from houmao.registry.record import AgentRecord

SCHEMA_VERSION = 4
MANIFEST_NAME = "manifest.json"
#: Stands for the name of a role where a session has none: other readers want a name.
NO_ROLE = "brain-only"
_NO_INJECTION = {"method": "bootstrap_message", "role_name": NO_ROLE}
#: Kinds of postures that are no options of anybody's.
_WITHOUT_OPTIONS = ("runtime_launch_plan", "unavailable")


#: Origin of a session that somebody started by hand.
JOINED = "joined_tmux"


@dataclass(frozen=True, slots=True)
class Posture:
    """How the tool is started again: `kind` says by what, `origin` how the session came up."""

    kind: str
    origin: str | None = None
    args: tuple[str, ...] = ()
    env: tuple[Mapping[str, str], ...] = ()


#: Kinds of conversations: one that the next turn begins, one that it continues by its id, and the
#: one that the tool had last.
NEW, EXACT, LAST = "none", "exact", "last"


@dataclass(frozen=True, slots=True)
class Conversation:
    """Which conversation the turns of a headless session continue."""

    kind: str
    provider_id: str | None = None

    @property
    def resume_id(self) -> str | None:
        """What the next turn names: an id, or that it is the last one; None for a new one."""
        return self.provider_id or (LAST if self.kind == LAST else None)


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """Everything a manifest is written from. `conversation` None means that a screen runs."""

    session_id: str
    record: AgentRecord
    working_directory: str
    window_index: int
    window_name: str
    agent_pid: int | None
    brain_manifest_path: str
    posture: Posture
    launch_plan: Mapping[str, object]
    launch_policy_provenance: Mapping[str, object] | None = None
    conversation: Conversation | None = None
    role_name: str | None = None
    role_applied: bool = True
    turn_index: int = 0
    backend_state: Mapping[str, object] = field(default_factory=dict)


def manifest(facts: SessionFacts) -> dict[str, object]:
    """The manifest as a JSON object."""
    record = facts.record
    return {
        "schema_version": SCHEMA_VERSION,
        "backend": record.backend,
        "tool": record.tool,
        "role_name": facts.role_name or NO_ROLE,
        "created_at_utc": iso(record.published_at),
        "working_directory": facts.working_directory,
        "brain_manifest_path": facts.brain_manifest_path,
        "agent_name": record.agent_name,
        "agent_id": record.agent_id,
        "tmux_session_name": record.session_name,
        "registry_generation_id": record.generation_id,
        "registry_launch_authority": "runtime",
        "runtime": _runtime(facts),
        "tmux": {
            "session_name": record.session_name,
            "primary_window_index": str(facts.window_index),
            "primary_window_role": "managed_agent_surface",
            "primary_window_name": facts.window_name,
        },
        "interactive": None if facts.conversation else _interactive(facts),
        "agent_launch_authority": _launch_authority(facts),
        "gateway_authority": {side: _gateway_side(facts) for side in ("attach", "control")},
        "launch_plan": launch_plan_part(facts.launch_plan),
        "launch_policy_provenance": facts.launch_policy_provenance,
        "backend_state": dict(facts.backend_state),
        **_backend_section(facts),
    }


def launch_plan_part(plan: Mapping[str, object]) -> dict[str, object]:
    """A plan as a manifest says it."""
    return {**plan, "role_injection": plan.get("role_injection") or _NO_INJECTION}


def _runtime(facts: SessionFacts) -> Mapping[str, object]:
    return {
        "session_id": facts.session_id,
        "agent_def_dir": facts.record.agent_def_dir,
        "agent_pid": facts.agent_pid,
        "registry_generation_id": facts.record.generation_id,
        "registry_launch_authority": "runtime",
    }


def _interactive(facts: SessionFacts) -> Mapping[str, object]:
    return {
        "turn_index": facts.turn_index,
        "working_directory": facts.working_directory,
        "role_bootstrap_applied": facts.role_applied,
        "terminal_id": None,
        "parsing_mode": None,
        "tmux_window_name": facts.window_name,
    }


def _launch_authority(facts: SessionFacts) -> Mapping[str, object]:
    optional = facts.posture.kind not in _WITHOUT_OPTIONS
    return {
        "backend": facts.record.backend,
        "tool": facts.record.tool,
        "tmux_session_name": facts.record.session_name,
        "primary_window_index": str(facts.window_index),
        "working_directory": facts.working_directory,
        "session_id": facts.session_id,
        "profile_name": None,
        "profile_path": None,
        "session_origin": facts.posture.origin,
        "posture_kind": facts.posture.kind,
        "launch_args": list(facts.posture.args) if optional else None,
        "launch_env": [dict(item) for item in facts.posture.env] if optional else None,
    }


def _gateway_side(facts: SessionFacts) -> Mapping[str, object]:
    return {
        "api_base_url": None,
        "managed_agent_ref": facts.record.agent_id,
        "terminal_id": None,
        "profile_name": None,
        "profile_path": None,
        "parsing_mode": None,
        "tmux_window_name": facts.window_name,
    }


def _backend_section(facts: SessionFacts) -> Mapping[str, object]:
    common = {
        "turn_index": facts.turn_index,
        "role_bootstrap_applied": facts.role_applied,
        "working_directory": facts.working_directory,
    }
    conversation = facts.conversation
    if conversation is None:
        return {"local_interactive": common}
    return {"headless": {**common, **conversation_part(conversation)}}


def conversation_part(conversation: Conversation) -> Mapping[str, object]:
    """What a headless session's part of a manifest says of its conversation."""
    return {
        "session_id": conversation.provider_id,
        "resume_selection_kind": conversation.kind,
        "resume_selection_value": conversation.provider_id,
    }
