"""How to start each real CLI so that it talks to the scripted API and to nothing else."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

KEY = "sk-test-000"


@dataclass(frozen=True, slots=True)
class Cli:
    """One tool: its command, its variables, and the files its home needs before the start."""

    tool: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]
    files: Mapping[str, str]

    def given(self, arguments: tuple[str, ...] | None) -> "Cli":
        """The same with other options; None leaves the usual ones."""
        return self if arguments is None else replace(self, argv=(self.argv[0], *arguments))

    def command(self, home: Path, path: str) -> str:
        """A shell line that runs it in an empty environment with `home` as its home."""
        for name, text in self.files.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(text)
        given = {
            "PATH": path,
            "HOME": str(home),
            "TERM": "screen-256color",
            "LANG": "C.UTF-8",
            "SHELL": "/bin/bash",
            **self.environ,
        }
        words = ["env", "-i", *(f"{k}={v}" for k, v in given.items()), *self.argv]
        return shlex.join(words) + "; exec env -i bash --norc --noprofile"


#: It may begin in auto mode, where it asks nobody.
_CLAUDE_WORDS = ("claude", "--permission-mode", "default")


def clis(api: str, folder: Path) -> dict[str, Cli]:
    """All three tools, trusting `folder`, with the scripted API at `api`."""
    return {
        "claude": Cli("claude", _CLAUDE_WORDS, _claude(api), _claude_files(folder)),
        "codex": Cli(
            "codex",
            ("codex", "--no-daemon"),
            {"STUB_API_KEY": KEY},
            {".codex/config.toml": _codex_config(api, folder)},
        ),
        "gemini": Cli("gemini", ("gemini",), _gemini(api), _gemini_files(folder)),
    }


def _claude(api: str) -> dict[str, str]:
    return {
        "ANTHROPIC_BASE_URL": api,
        "ANTHROPIC_API_KEY": KEY,
        "CLAUDE_CODE_MAX_RETRIES": "2",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_ERROR_REPORTING": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }


def _claude_files(folder: Path) -> dict[str, str]:
    state = {
        "hasCompletedOnboarding": True,
        "theme": "dark",
        "customApiKeyResponses": {"approved": [KEY[-20:]], "rejected": []},
        "projects": {str(folder): {"hasTrustDialogAccepted": True}},
    }
    return {".claude.json": json.dumps(state)}


def _codex_config(api: str, folder: Path) -> str:
    return f"""model = "gpt-6.1-sol"
model_provider = "stub"
check_for_update_on_startup = false
[model_providers.stub]
name = "stub"
base_url = "{api}/v1"
wire_api = "responses"
env_key = "STUB_API_KEY"
requires_openai_auth = false
request_max_retries = 2
stream_max_retries = 2
[analytics]
enabled = false
[feedback]
enabled = false
[projects."{folder}"]
trust_level = "trusted"
"""


def _gemini(api: str) -> dict[str, str]:
    return {
        "GEMINI_API_KEY": KEY,
        "GOOGLE_GEMINI_BASE_URL": api,
        "GEMINI_TELEMETRY_ENABLED": "false",
    }


def _gemini_files(folder: Path) -> dict[str, str]:
    settings = {
        "general": {
            "enableAutoUpdate": False,
            "enableAutoUpdateNotification": False,
            "maxAttempts": 2,
        },
        "privacy": {"usageStatisticsEnabled": False},
        "telemetry": {"enabled": False},
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "model": {"name": "gemini-2.5-flash"},
    }
    return {
        ".gemini/settings.json": json.dumps(settings),
        ".gemini/trustedFolders.json": json.dumps({str(folder): "TRUST_FOLDER"}),
    }
