"""Unattended starts are known tool by tool and version by version, or refused."""

import pytest

from houmao.agents.launch_policy import Intent, PolicyRequest, plan_policy
from houmao.errors import IncompatibleLaunch, UsageError
from houmao.tools.parts.unattended import Facts

FACTS = Facts("/w", {"OPENAI_API_KEY": "k" * 30})


def request(tool: str, version: tuple[int, int, int] | None, **more: object) -> PolicyRequest:
    return PolicyRequest(tool, more.pop("backend", "local_interactive"), version, (), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tool", "version", "strategy"),
    [
        ("claude", (2, 1, 81), "claude-unattended-2.1.81"),
        ("claude", (3, 0, 0), "claude-unattended-2.1.81"),
        ("codex", (0, 116, 0), "codex-unattended-0.116.x"),
        ("codex", (1, 0, 0), "codex-unattended-0.116.x"),
    ],
)
@pytest.mark.parametrize("backend", ["local_interactive", "raw_launch", "{}_headless"])
def test_known(tool: str, version: tuple[int, int, int], strategy: str, backend: str) -> None:
    plan = plan_policy(request(tool, version, backend=backend.format(tool)), FACTS)
    assert plan.changes
    assert plan.provenance == {
        "requested_operator_prompt_mode": "unattended",
        "detected_tool_version": ".".join(map(str, version)),
        "selected_strategy_id": strategy,
        "selection_source": "registry",
        "override_env_var_name": None,
    }


@pytest.mark.parametrize(
    ("tool", "version"),
    [
        ("claude", (2, 1, 80)),
        ("codex", (0, 115, 9)),
        ("codex", None),
        ("gemini", (9, 9, 9)),
        ("aider", (1, 0, 0)),
    ],
)
def test_unknown(tool: str, version: tuple[int, int, int] | None) -> None:
    """The error carries everything a program needs to tell the story."""
    with pytest.raises(IncompatibleLaunch) as caught:
        plan_policy(request(tool, version), FACTS)
    assert caught.value.extra() == {
        "tool": tool,
        "backend": "local_interactive",
        "detected_version": ".".join(map(str, version)) if version else None,
        "requested_operator_prompt_mode": "unattended",
    }


def test_control_of_a_running_tool_changes_no_file() -> None:
    asked = request("claude", (2, 1, 81), intent=Intent.RESUME_CONTROL)
    plan = plan_policy(asked, FACTS)
    assert (plan.args, plan.changes) == (("--dangerously-skip-permissions",), ())


def test_forced() -> None:
    """A named strategy is used whatever the version; of another tool it is refused."""
    plan = plan_policy(request("claude", None, forced_strategy="claude-unattended-2.1.81"), FACTS)
    assert plan.provenance["selection_source"] == "env_override"
    name = "HOUMAO_LAUNCH_POLICY_OVERRIDE_STRATEGY"
    assert plan.provenance["override_env_var_name"] == name
    with pytest.raises(UsageError, match=f"{name} names no strategy for codex; known: codex-un"):
        plan_policy(request("codex", None, forced_strategy="claude-unattended-2.1.81"), FACTS)
