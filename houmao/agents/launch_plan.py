"""Everything that decides how one agent's tool is started, as one frozen value. Pure.

The plan holds credentials and the role's prompt; what is written down is its redacted form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from houmao.agents.backends import LOCAL, check_backend
from houmao.agents.brain_manifest import BrainManifest
from houmao.agents.helper import home_environment
from houmao.agents.launch_policy import PolicyPlan
from houmao.agents.overrides import effective_args
from houmao.agents.parts import Role
from houmao.agents.role_injection import inject
from houmao.errors import IncompatibleLaunch
from houmao.ids import with_prefixes
from houmao.mailbox.binding import read_binding
from houmao.tools.catalog import headless_of, tool_named
from houmao.tools.parts.role import RoleInjection
from houmao.tools.parts.version import Version

_SECRET_WORDS = ("secret", "token", "password")


def mailbox_environment(document: Mapping[str, Any] | None) -> dict[str, str]:
    """The variables of a binding that a manifest keeps; none without one. Raises MailError."""
    binding = read_binding(document)
    return with_prefixes(binding.variables()) if binding else {}


@dataclass(frozen=True, slots=True)
class LaunchRequest:
    """What a launch is made of. `variables` are the brain's kept credentials, secret.

    `policy` is needed for a brain that asks to be unattended. `version` None means that the
    tool was not asked.
    """

    brain: BrainManifest
    backend: str
    working_directory: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    role: Role | None = None
    policy: PolicyPlan | None = None
    version: Version | None = None
    mailbox: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """How to start the tool. `args` lack the role, which `houmao.agents.command_line` adds."""

    backend: str
    tool: str
    executable: str
    args: tuple[str, ...]
    working_directory: Path
    home_env_var: str
    home_path: Path
    env: Mapping[str, str]
    env_var_names: tuple[str, ...]
    role_injection: RoleInjection | None
    metadata: Mapping[str, Any]
    mailbox: Mapping[str, Any] | None
    launch_policy_provenance: Mapping[str, Any] | None

    def environ(self) -> dict[str, str]:
        """Variables the tool gets beside those of its caller; secret."""
        home = home_environment(self.home_env_var, str(self.home_path))
        return {**self.env, **home, **mailbox_environment(self.mailbox)}

    def persisted(self) -> dict[str, Any]:
        """The plan as a JSON object without credentials and without the role's text."""
        role = self.role_injection
        return {
            "backend": self.backend,
            "tool": self.tool,
            "executable": self.executable,
            "args": list(self.args),
            "working_directory": str(self.working_directory),
            "home_selector": {"env_var": self.home_env_var, "home_path": str(self.home_path)},
            "env_var_names": list(self.env_var_names),
            "role_injection": role.persisted() if role else None,
            "metadata": redacted(self.metadata),
            "mailbox": redacted(self.mailbox) if self.mailbox else None,
            "launch_policy_provenance": self.launch_policy_provenance,
        }


def plan_launch(request: LaunchRequest) -> LaunchPlan:
    """Raises UsageError for a backend the tool lacks, DefinitionError for misfit overrides.

    A brain that asks to be unattended and has no policy is IncompatibleLaunch.
    """
    brain = request.brain
    backend = check_backend(request.backend, brain.tool)
    if brain.prompt_mode == "unattended" and request.policy is None:
        raise IncompatibleLaunch(brain.tool, backend, None, brain.prompt_mode)
    args = request.policy.args if request.policy else effective_args(brain.contract, backend)
    return LaunchPlan(
        backend=backend,
        tool=brain.tool,
        executable=brain.executable,
        args=(*args, *_screen_args(request, args)),
        working_directory=request.working_directory,
        home_env_var=brain.home_variable,
        home_path=brain.home_path,
        env=request.variables,
        env_var_names=tuple(sorted(request.variables)),
        role_injection=inject(brain.tool, request.role) if request.role else None,
        metadata=_metadata(request, args),
        mailbox=request.mailbox,
        launch_policy_provenance=request.policy.provenance if request.policy else None,
    )


def redacted(values: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping without keys that name a secret, also inside of it."""
    return {
        key: redacted(value) if isinstance(value, Mapping) else value
        for key, value in values.items()
        if not any(word in key.lower() for word in _SECRET_WORDS)
    }


def _screen_args(request: LaunchRequest, args: tuple[str, ...]) -> tuple[str, ...]:
    needed = tool_named(request.brain.tool).screen_args if request.backend == LOCAL else None
    return needed.missing(request.version, args) if needed else ()


def _metadata(request: LaunchRequest, args: tuple[str, ...]) -> Mapping[str, Any]:
    brain, contract = request.brain, request.brain.contract
    provenance = request.policy.provenance if request.policy else None
    known = {
        "env_source_file": str(brain.env_file) if brain.env_file else None,
        "selected_env_vars": list(brain.env_selected),
        "launch_overrides": {
            "recipe": contract.recipe.document() if contract.recipe else None,
            "direct": contract.direct.document() if contract.direct else None,
            "backend_resolution": {"backend": request.backend, "args": list(args)},
        },
        "launch_policy_request": {"operator_prompt_mode": brain.prompt_mode},
        "launch_policy": provenance,
        **(headless_of(brain.tool).metadata if request.backend != LOCAL else {}),
    }
    return {name: value for name, value in known.items() if value is not None}
