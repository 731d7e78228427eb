"""Agent definitions of the real CLIs, with the scripted API as their model."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.live.clis import KEY, clis

#: What Houmao brings with it; everything of one tool is written anew.
_COMMON = Path(__file__).parents[1] / "fixtures" / "agents"
#: A role that the scripted API's log can be searched for.
ROLE = "You are the reviewer of the live experiment; say so when you are asked."


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a tool's home is and where its configuration lies in it."""

    variable: str
    projection: str
    injection: Mapping[str, str]
    #: Folder of `Cli.files` that becomes the configuration profile.
    files: str


_EXPORTED = {"mode": "export_from_env_file"}
_LAYOUTS = {
    "claude": _Layout("CLAUDE_CONFIG_DIR", ".", _EXPORTED, ""),
    "codex": _Layout(
        "CODEX_HOME", ".", {"mode": "home_dotenv", "env_file_in_home": ".env"}, ".codex"
    ),
    "gemini": _Layout("GEMINI_CLI_HOME", ".gemini", _EXPORTED, ".gemini"),
    "qwen": _Layout("QWEN_HOME", ".", _EXPORTED, ".qwen"),
    "copilot": _Layout("COPILOT_HOME", ".", _EXPORTED, ".copilot"),
    "opencode": _Layout("OPENCODE_CONFIG_DIR", ".", _EXPORTED, ".config/opencode"),
}


def write(
    root: Path, tool: str, api: str, work: Path, *, unattended: bool = False, key: str = KEY
) -> Path:
    """Definitions with one recipe, and its role, called `reviewer`; their folder.

    An unattended agent asks nobody; some tools want a `key` of a real one's length for that.
    """
    # Several tools may be written into one folder.
    shutil.copytree(_COMMON, root, dirs_exist_ok=True)
    brains, cli, layout = root / "brains", clis(api, work)[tool], _LAYOUTS[tool]
    _document(brains / "tool-adapters" / f"{tool}.yaml", _adapter(tool, layout, cli.environ))
    profile = brains / "cli-configs" / tool / "live"
    profile.mkdir(parents=True)
    for name, text in cli.files.items():
        (profile / Path(name).relative_to(layout.files)).write_text(text)
    credentials = brains / "api-creds" / tool / "live" / "env"
    credentials.mkdir(parents=True)
    lines = (f"{name}={value}\n".replace(KEY, key) for name, value in cli.environ.items())
    (credentials / "vars.env").write_text("".join(lines))
    _document(brains / "brain-recipes" / tool / "reviewer.yaml", _recipe(tool, unattended))
    role = root / "roles" / "reviewer"
    role.mkdir(exist_ok=True)
    (role / "system-prompt.md").write_text(f"{ROLE}\n")
    return root


def _adapter(tool: str, layout: _Layout, environ: Mapping[str, str]) -> dict[str, Any]:
    return {
        "tool": tool,
        "home_selector": {"env_var": layout.variable},
        "launch": {"executable": tool, "args": [], "env_injection": dict(layout.injection)},
        "config_projection": {"destination": layout.projection},
        "skills_projection": {"destination": "skills", "mode": "symlink"},
        "credential_projection": {
            "files_dir": "files",
            "file_mappings": [],
            "env": {"source": "env/vars.env", "allowlist": sorted(environ)},
        },
    }


def _recipe(tool: str, unattended: bool) -> dict[str, Any]:
    profiles = {"config_profile": "live", "credential_profile": "live"}
    mode = "unattended" if unattended else "interactive"
    policy = {"launch_policy": {"operator_prompt_mode": mode}}
    return {"name": "reviewer", "tool": tool, "skills": [], **profiles, **policy}


def _document(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump({"schema_version": 1, **content}, sort_keys=False))
