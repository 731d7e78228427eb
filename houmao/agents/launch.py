"""From a built brain to a launch plan, with everything that must be read or run for it.

Starts nothing: whoever owns the terminal does.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from houmao import config
from houmao.agents.backends import LOCAL
from houmao.agents.brain_manifest import BrainManifest
from houmao.agents.folder import read_text
from houmao.agents.launch_plan import LaunchPlan, LaunchRequest, plan_launch
from houmao.agents.launch_policy import Intent, PolicyPlan, PolicyRequest, plan_policy
from houmao.agents.overrides import effective_args
from houmao.agents.parts import Role
from houmao.agents.policy_home import apply, ask_version, read_facts
from houmao.agents.variables import kept_variables
from houmao.errors import NotFound, Unavailable
from houmao.tools.catalog import tool_named
from houmao.tools.parts.version import Version


@dataclass(frozen=True, slots=True)
class PreparationRequest:
    """A launch as a caller wants it; `environ` is the caller's own environment."""

    brain: BrainManifest
    backend: str
    working_directory: Path
    environ: Mapping[str, str]
    role: Role | None = None
    intent: Intent = Intent.PROVIDER_START
    mailbox: Mapping[str, Any] | None = None


def prepare(wish: PreparationRequest) -> LaunchPlan:
    """The plan; to start a tool, its home is made ready, too.

    Raises HoumaoError; then no file was changed.
    """
    brain = wish.brain
    if not brain.home_path.is_dir():
        raise NotFound(f"the home {brain.home_path} is gone; build the brain again")
    variables = load_variables(brain)
    version = _version(wish, variables)
    unattended = brain.prompt_mode == "unattended"
    policy = _policy(wish, variables, version) if unattended else None
    plan = plan_launch(
        LaunchRequest(
            brain,
            wish.backend,
            wish.working_directory,
            variables,
            wish.role,
            policy,
            version,
            wish.mailbox,
        )
    )
    apply(brain.home_path, policy.changes if policy else ())
    return plan


def load_variables(brain: BrainManifest) -> Mapping[str, str]:
    """The brain's credentials as they are now. Raises NotFound or DefinitionError."""
    if brain.env_file is None:
        return {}
    return kept_variables(read_text(brain.env_file), brain.env_allowlist, str(brain.env_file))


def _version(wish: PreparationRequest, variables: Mapping[str, str]) -> Version | None:
    """The tool's version where it decides anything, since asking may take seconds."""
    environ = {**wish.environ, **variables}
    if wish.brain.prompt_mode == "unattended":
        return ask_version(wish.brain.executable, environ)
    asks_for_it = tool_named(wish.brain.tool).screen_args is not None and wish.backend == LOCAL
    if not asks_for_it or wish.intent is not Intent.PROVIDER_START:
        return None
    with suppress(Unavailable):
        return ask_version(wish.brain.executable, environ)
    return None


def _policy(
    wish: PreparationRequest, variables: Mapping[str, str], version: Version | None
) -> PolicyPlan:
    request = PolicyRequest(
        tool=wish.brain.tool,
        backend=wish.backend,
        version=version,
        args=effective_args(wish.brain.contract, wish.backend),
        intent=wish.intent,
        forced_strategy=config.launch_policy_override(wish.environ),
    )
    facts = read_facts(
        wish.brain.home_path,
        wish.working_directory,
        {**wish.environ, **variables},
        tool_named(wish.brain.tool).home_documents,
    )
    return plan_policy(request, facts)
