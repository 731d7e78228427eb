"""What an adopted session's manifests say, from what was found out about it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from houmao.clock import iso
from houmao.registry.record import AgentRecord
from houmao.sessions.adopting.launch_options import LaunchOptions
from houmao.sessions.manifest.document import JOINED, Conversation, Posture, SessionFacts


@dataclass(frozen=True, slots=True)
class Adoption:
    """What was found out about a session when it was adopted."""

    session_id: str
    record: AgentRecord
    launch: LaunchOptions
    working_directory: str
    window_index: int
    window_name: str
    agent_pid: int | None
    home_variable: str
    home_path: str
    brain_manifest_path: str


def session_facts(adoption: Adoption) -> SessionFacts:
    """What its session manifest is written from.

    An adopted session got its role from its operator, so none is ever injected.
    """
    launch = adoption.launch
    kind = launch.resume_kind
    exact = launch.resume_id if kind == "exact" else None
    return SessionFacts(
        session_id=adoption.session_id,
        record=adoption.record,
        working_directory=adoption.working_directory,
        window_index=adoption.window_index,
        window_name=adoption.window_name,
        agent_pid=adoption.agent_pid,
        brain_manifest_path=adoption.brain_manifest_path,
        posture=Posture(
            launch.posture_kind,
            JOINED,
            launch.args,
            tuple(variable.document() for variable in launch.variables),
        ),
        launch_plan=_launch_plan(adoption),
        conversation=Conversation(kind, exact) if launch.headless else None,
    )


def brain_manifest(adoption: Adoption, runtime_root: str) -> dict[str, object]:
    """A stand-in for the manifest of a built home: the operator built this one by hand."""
    record = adoption.record
    return {
        "schema_version": 2,
        "built_at_utc": iso(record.published_at),
        "inputs": {"tool": record.tool, "skills": []},
        "launch_policy": {"operator_prompt_mode": "interactive"},
        "runtime": {
            "runtime_root": runtime_root,
            "home_path": adoption.home_path,
            "launch_home_selector": {
                "env_var": adoption.home_variable,
                "value": adoption.home_path,
            },
            "launch_executable": record.tool,
        },
        "credentials": {},
        "identity": {"canonical_agent_name": record.agent_name, "agent_id": record.agent_id},
    }


def _launch_plan(adoption: Adoption) -> Mapping[str, object]:
    """Names of variables and no values: the plan is shown to people."""
    return {
        "backend": adoption.record.backend,
        "tool": adoption.record.tool,
        "executable": adoption.record.tool,
        "args": list(adoption.launch.args),
        "working_directory": adoption.working_directory,
        "home_selector": {"env_var": adoption.home_variable, "home_path": adoption.home_path},
        "env_var_names": [variable.name for variable in adoption.launch.variables],
        "role_injection": None,
        "metadata": {"session_origin": JOINED},
        "mailbox": None,
        "launch_policy_provenance": None,
    }
