"""Unattended launches: what must be settled so that a tool asks nobody anything.

Pure: facts in, arguments and file changes out. A tool brings its strategies, each from one version
on; without a strategy it is not started.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from houmao.errors import IncompatibleLaunch, UsageError
from houmao.tools.catalog import tool_named
from houmao.tools.parts.unattended import Facts, FileChange, Strategy
from houmao.tools.parts.version import Version, version_text

#: Variable that names a strategy to use, whatever the version; both families are read.
OVERRIDE_VARIABLE = "HOUMAO_LAUNCH_POLICY_OVERRIDE_STRATEGY"


class Intent(StrEnum):
    """Why a launch is planned: to start a tool, or to control one that runs."""

    PROVIDER_START = "provider_start"
    RESUME_CONTROL = "resume_control"


@dataclass(frozen=True, slots=True)
class PolicyRequest:
    """A launch that nobody will attend. `version` None means it could not be found out."""

    tool: str
    backend: str
    version: Version | None
    args: tuple[str, ...]
    intent: Intent = Intent.PROVIDER_START
    forced_strategy: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """The tool's arguments, the changes of its home, and where they came from."""

    args: tuple[str, ...]
    changes: tuple[FileChange, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)


def plan_policy(request: PolicyRequest, facts: Facts) -> PolicyPlan:
    """Raises IncompatibleLaunch without a strategy, and what the strategy's rules raise."""
    strategy = _strategy(request)
    starts = request.intent is Intent.PROVIDER_START
    forced = request.forced_strategy is not None
    return PolicyPlan(
        args=strategy.rules.args(request.args),
        changes=strategy.rules.changes(facts) if starts else (),
        provenance={
            "requested_operator_prompt_mode": "unattended",
            "detected_tool_version": version_text(request.version),
            "selected_strategy_id": strategy.strategy_id,
            "selection_source": "env_override" if forced else "registry",
            "override_env_var_name": OVERRIDE_VARIABLE if forced else None,
        },
    )


def _strategy(request: PolicyRequest) -> Strategy:
    surface = "raw_launch" if request.backend == "local_interactive" else request.backend
    if request.forced_strategy is not None:
        return _forced(request.forced_strategy, request.tool)
    for strategy in tool_named(request.tool).strategies:
        if (
            surface in strategy.backends
            and request.version is not None
            and request.version >= strategy.minimum
        ):
            return strategy
    raise IncompatibleLaunch(
        request.tool, request.backend, version_text(request.version), "unattended"
    )


def _forced(strategy_id: str, tool: str) -> Strategy:
    known = {it.strategy_id: it for it in tool_named(tool).strategies}
    if strategy_id not in known:
        names = ", ".join(known) or "none"
        raise UsageError(f"{OVERRIDE_VARIABLE} names no strategy for {tool}; known: {names}")
    return known[strategy_id]
