"""Brains and plans to launch, without a disk."""

from pathlib import Path
from typing import Any

from houmao.agents.backends import LOCAL
from houmao.agents.brain_manifest import BrainManifest
from houmao.agents.launch_plan import LaunchPlan, LaunchRequest, plan_launch
from houmao.agents.overrides import LaunchContract
from houmao.agents.parts import Role

ROLE = Role("coder", "Be good.")


def brain(tool: str, **more: Any) -> BrainManifest:
    known: dict[str, Any] = {
        "path": Path("/rt/manifests/h.yaml"),
        "tool": tool,
        "skills": (),
        "prompt_mode": "interactive",
        "home_path": Path("/rt/homes/h"),
        "home_variable": "THE_HOME",
        "executable": tool,
        "contract": LaunchContract(args=("--base",)),
        "env_file": Path("/d/vars.env"),
        "env_allowlist": ("KEY",),
        "env_selected": ("KEY",),
    }
    return BrainManifest(**(known | more))


def planned(tool: str, backend: str = LOCAL, **more: Any) -> LaunchPlan:
    """A plan in /w with a role, or what `more` says."""
    request: dict[str, Any] = {"brain": brain(tool), "role": ROLE} | more
    return plan_launch(LaunchRequest(backend=backend, working_directory=Path("/w"), **request))
