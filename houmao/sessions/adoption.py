"""What the session manifest of an adopted session says (schema 4).

Pure: facts in, document out. The manifest repeats some values in several parts because its
readers each look into one part; they are all written from one value here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from houmao.clock import iso
from houmao.registry.record import AgentRecord
from houmao.sessions.launch import Launch

SCHEMA_VERSION = 4


@dataclass(frozen=True, slots=True)
class Adoption:
    """What was found out about a session when it was adopted."""

    session_id: str
    record: AgentRecord
    launch: Launch
    working_directory: str
    window_index: int
    window_name: str
    agent_pid: int | None
    home_variable: str
    home_path: str
    brain_manifest_path: str


def manifest(facts: Adoption) -> dict[str, object]:
    """The manifest as a JSON object."""
    record, launch = facts.record, facts.launch
    return {
        "schema_version": SCHEMA_VERSION,
        "backend": record.backend,
        "tool": record.tool,
        "role_name": None,
        "created_at_utc": iso(record.published_at),
        "working_directory": facts.working_directory,
        "brain_manifest_path": facts.brain_manifest_path,
        "agent_name": record.agent_name,
        "agent_id": record.agent_id,
        "tmux_session_name": record.session_name,
        "job_dir": None,
        "registry_generation_id": record.generation_id,
        "registry_launch_authority": "runtime",
        "runtime": _runtime(facts),
        "tmux": {
            "session_name": record.session_name,
            "primary_window_index": str(facts.window_index),
            "primary_window_role": "managed_agent_surface",
            "primary_window_name": facts.window_name,
        },
        "interactive": None if launch.headless else _interactive(facts),
        "agent_launch_authority": _launch_authority(facts),
        "gateway_authority": {side: _gateway_side(facts) for side in ("attach", "control")},
        "launch_plan": _launch_plan(facts),
        "launch_policy_provenance": None,
        "backend_state": {},
        **_backend_section(facts),
    }


def brain_manifest(facts: Adoption, runtime_root: str) -> dict[str, object]:
    """A stand-in for the manifest of a built home: the operator built this one by hand."""
    record = facts.record
    return {
        "schema_version": 2,
        "built_at_utc": iso(record.published_at),
        "inputs": {"tool": record.tool, "skills": []},
        "launch_policy": {"operator_prompt_mode": "interactive"},
        "runtime": {
            "runtime_root": runtime_root,
            "home_path": facts.home_path,
            "launch_home_selector": {"env_var": facts.home_variable, "value": facts.home_path},
            "launch_executable": record.tool,
        },
        "credentials": {},
        "identity": {"canonical_agent_name": record.agent_name, "agent_id": record.agent_id},
    }


def _runtime(facts: Adoption) -> Mapping[str, object]:
    return {
        "session_id": facts.session_id,
        "job_dir": None,
        "agent_def_dir": facts.record.agent_def_dir,
        "agent_pid": facts.agent_pid,
        "registry_generation_id": facts.record.generation_id,
        "registry_launch_authority": "runtime",
    }


def _interactive(facts: Adoption) -> Mapping[str, object]:
    return {
        "turn_index": 0,
        "working_directory": facts.working_directory,
        "role_bootstrap_applied": True,
        "terminal_id": None,
        "parsing_mode": None,
        "tmux_window_name": facts.window_name,
    }


def _launch_authority(facts: Adoption) -> Mapping[str, object]:
    return {
        "backend": facts.record.backend,
        "tool": facts.record.tool,
        "tmux_session_name": facts.record.session_name,
        "primary_window_index": str(facts.window_index),
        "working_directory": facts.working_directory,
        "session_id": facts.session_id,
        "profile_name": None,
        "profile_path": None,
        "session_origin": "joined_tmux",
        "posture_kind": facts.launch.posture_kind,
        "launch_args": list(facts.launch.args),
        "launch_env": [variable.document() for variable in facts.launch.variables],
    }


def _gateway_side(facts: Adoption) -> Mapping[str, object]:
    return {
        "api_base_url": None,
        "managed_agent_ref": facts.record.agent_id,
        "terminal_id": None,
        "profile_name": None,
        "profile_path": None,
        "parsing_mode": None,
        "tmux_window_name": facts.window_name,
    }


def _launch_plan(facts: Adoption) -> Mapping[str, object]:
    """Names of variables and no values: the plan is shown to people."""
    return {
        "backend": facts.record.backend,
        "tool": facts.record.tool,
        "executable": facts.record.tool,
        "args": list(facts.launch.args),
        "working_directory": facts.working_directory,
        "home_env_var": facts.home_variable,
        "home_path": facts.home_path,
        "env_var_names": [variable.name for variable in facts.launch.variables],
        "role_injection": None,
        "metadata": {"session_origin": "joined_tmux"},
        "mailbox": None,
        "launch_policy_provenance": None,
    }


def _backend_section(facts: Adoption) -> Mapping[str, object]:
    # An adopted session got its role from its operator, so none is ever injected.
    common = {
        "turn_index": 0,
        "role_bootstrap_applied": True,
        "working_directory": facts.working_directory,
    }
    if not facts.launch.headless:
        return {"local_interactive": common}
    kind = facts.launch.resume_kind
    exact = facts.launch.resume_id if kind == "exact" else None
    return {
        "headless": {
            **common,
            "session_id": exact,
            "resume_selection_kind": kind,
            "resume_selection_value": exact,
        }
    }
