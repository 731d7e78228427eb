"""A launch plan has everything to start a tool; what is written of it has no secret."""

import json

import pytest

from houmao.agents.launch_plan import redacted
from houmao.agents.launch_policy import PolicyPlan
from houmao.agents.overrides import ArgsOverride, LaunchContract, LaunchOverrides
from houmao.errors import DefinitionError, IncompatibleLaunch
from tests.unit.agents.definitions import SECRET
from tests.unit.agents.launches import brain, planned


def test_plan() -> None:
    plan = planned("claude", variables={"KEY": SECRET})
    assert (plan.executable, plan.args) == ("claude", ("--base",))
    assert plan.environ() == {"KEY": SECRET, "THE_HOME": "/rt/homes/h"}
    assert plan.env_var_names == ("KEY",)


def test_persisted_form_has_no_secret_and_no_prompt() -> None:
    plan = planned("claude", variables={"KEY": SECRET}, mailbox={"api_token": "t", "kind": "fs"})
    document = plan.persisted()
    assert SECRET not in json.dumps(document)
    assert "Be good." not in json.dumps(document)
    assert document == {
        "backend": "local_interactive",
        "tool": "claude",
        "executable": "claude",
        "args": ["--base"],
        "working_directory": "/w",
        "home_selector": {"env_var": "THE_HOME", "home_path": "/rt/homes/h"},
        "env_var_names": ["KEY"],
        "role_injection": {"method": "native_append_system_prompt", "role_name": "coder"},
        "metadata": {
            "env_source_file": "/d/vars.env",
            "selected_env_vars": ["KEY"],
            "launch_overrides": {
                "recipe": None,
                "direct": None,
                "backend_resolution": {"backend": "local_interactive", "args": ["--base"]},
            },
            "launch_policy_request": {"operator_prompt_mode": "interactive"},
        },
        "mailbox": {"kind": "fs"},
        "launch_policy_provenance": None,
    }


def test_keys_that_name_secrets_are_dropped() -> None:
    values = {"a": 1, "API_Token": 2, "db": {"passwords": 3, "b": 4}, "client_secret_id": 5}
    assert redacted(values) == {"a": 1, "db": {"b": 4}}


def test_headless_metadata() -> None:
    codex = planned("codex", "codex_headless").metadata
    assert codex["codex_headless_cli_mode"] == "exec_json_resume"
    assert planned("gemini", "gemini_headless").metadata["headless_output_format"] == "stream-json"


def test_overrides_are_checked_against_the_backend() -> None:
    """What is fine on a screen may be the headless backend's own word."""
    contract = LaunchContract(direct=LaunchOverrides(ArgsOverride(False, ("exec",))))
    assert planned("codex", brain=brain("codex", contract=contract)).args == ("exec",)
    with pytest.raises(DefinitionError, match="found exec"):
        planned("codex", "codex_headless", brain=brain("codex", contract=contract))


def test_unattended_needs_a_policy() -> None:
    """A brain that may ask nothing is never started as if it might."""
    unattended = brain("claude", prompt_mode="unattended")
    with pytest.raises(IncompatibleLaunch):
        planned("claude", brain=unattended)
    plan = planned("claude", brain=unattended, policy=PolicyPlan(("--y",), (), {"x": 1}))
    assert (plan.args, plan.launch_policy_provenance) == (("--y",), {"x": 1})


@pytest.mark.parametrize(
    ("tool", "backend", "version", "expected"),
    [
        ("codex", "local_interactive", (0, 169, 0), ("--base", "--no-daemon")),
        ("codex", "local_interactive", (0, 144, 0), ("--base",)),
        ("codex", "local_interactive", None, ("--base",)),
        ("codex", "codex_headless", (0, 169, 0), ("--base",)),
        ("claude", "local_interactive", (2, 1, 197), ("--base",)),
    ],
)
def test_codex_leaves_no_daemon_behind(
    tool: str, backend: str, version: tuple[int, int, int] | None, expected: tuple[str, ...]
) -> None:
    """Where Codex would start one that outlives its pane, it is told not to."""
    assert planned(tool, backend, version=version).args == expected
