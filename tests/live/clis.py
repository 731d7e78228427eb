"""How to start each real CLI so that it talks to the scripted API and to nothing else."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from houmao.tools.catalog import tool_named
from houmao.tools.parts.profile import observed

KEY = "sk-test-000"
#: Where a person has to press Escape twice to stop a turn.
ESCAPES_TWICE = ("copilot", "opencode")


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

    def at(self, version: str) -> "Cli":
        """The same with what a program of that version needs beside its screen."""
        needed = tool_named(self.tool).screen_args
        more = needed.missing(observed(version), self.argv) if needed else ()
        return replace(self, argv=(*self.argv, *more))

    def signed_in(self) -> "Cli":
        """The same with a made-up account, where a key is told of no limits."""
        account = _ACCOUNTS.get(self.tool)
        return account(self) if account else self

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


def version_of(tool: str, path: str) -> str:
    """What the tool that is found on the path says of itself. Ends the program when it is none."""
    program = shutil.which(tool, path=path) or sys.exit(f"there is no {tool} on {path}")
    command = ["env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin", program, "--version"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    found = re.search(r"\d+\.\d+\.\d+", told)
    return found.group() if found else sys.exit(f"{program} does not tell its version")


#: It may begin in auto mode, where it asks nobody.
_CLAUDE_WORDS = ("claude", "--permission-mode", "default")
#: The same.
_QWEN_WORDS = ("qwen", "--approval-mode", "default")
_QWEN_SETTINGS = json.dumps(
    {
        "security": {"auth": {"selectedType": "openai"}},
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"enableAutoUpdate": False},
    }
)
_OPENCODE = {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"}


def clis(api: str, folder: Path) -> dict[str, Cli]:
    """Every tool, trusting `folder`, with the scripted API at `api`."""
    return {
        "claude": Cli("claude", _CLAUDE_WORDS, _claude(api), _claude_files(folder)),
        "codex": Cli(
            "codex",
            ("codex",),
            {"STUB_API_KEY": KEY},
            {".codex/config.toml": _codex_config(api, folder)},
        ),
        "gemini": Cli("gemini", ("gemini",), _gemini(api), _gemini_files(folder)),
        "qwen": Cli("qwen", _QWEN_WORDS, _qwen(api), {".qwen/settings.json": _QWEN_SETTINGS}),
        "copilot": Cli("copilot", ("copilot",), _copilot(api), _copilot_files(folder)),
        "opencode": Cli("opencode", ("opencode",), _OPENCODE, _opencode_files(api)),
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


def _claude_account(cli: Cli) -> Cli:
    told = {
        "accessToken": "made-up-access",
        "refreshToken": "made-up-refresh",
        # Epoch milliseconds, in the year 2100: it is never asked for another.
        "expiresAt": 4102444800000,
        "scopes": ["user:inference", "user:profile"],
        "subscriptionType": "max",
    }
    kept = {name: value for name, value in cli.environ.items() if name != "ANTHROPIC_API_KEY"}
    # What it asks of its maker by another way than the base URL ends at a closed port.
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    files = {".claude/.credentials.json": json.dumps({"claudeAiOauth": told})}
    return replace(cli, environ={**kept, **nowhere}, files={**cli.files, **files})


#: Tools that tell of limits only to those who signed in.
_ACCOUNTS: Mapping[str, Callable[[Cli], Cli]] = {"claude": _claude_account}


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


def _qwen(api: str) -> dict[str, str]:
    return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{api}/v1", "OPENAI_MODEL": "stub-qwen"}


def _copilot(api: str) -> dict[str, str]:
    return {
        "COPILOT_OFFLINE": "true",
        "COPILOT_PROVIDER_BASE_URL": f"{api}/v1",
        "COPILOT_PROVIDER_API_KEY": KEY,
        "COPILOT_MODEL": "claude-sonnet-4.5",
        "COPILOT_AUTO_UPDATE": "false",
    }


def _copilot_files(folder: Path) -> dict[str, str]:
    told = {
        "trustedFolders": [str(folder)],
        "firstLaunchAt": "2026-01-01T00:00:00.000Z",
        "appTipShown": True,
    }
    return {".copilot/config.json": json.dumps(told)}


def _opencode_files(api: str) -> dict[str, str]:
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "Stub",
        "options": {"baseURL": f"{api}/v1", "apiKey": KEY},
        "models": {"stub-model": {"name": "Stub Model", "reasoning": True}},
    }
    settings = {
        "autoupdate": False,
        "share": "disabled",
        "model": "stub/stub-model",
        "small_model": "stub/stub-model",
        "permission": {"bash": "ask", "edit": "ask"},
        "provider": {"stub": provider},
    }
    return {".config/opencode/opencode.json": json.dumps(settings)}
