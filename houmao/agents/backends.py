"""The ways in which an agent can be run, and which of them a tool has. Pure."""

from houmao.errors import UsageError

#: One process that shows its screen in a pane; the default.
LOCAL = "local_interactive"

#: Tool to the backend that runs it once for every turn.
HEADLESS = {
    "codex": "codex_headless",
    "claude": "claude_headless",
    "gemini": "gemini_headless",
}


def headless_backend(tool: str) -> str:
    """Raises UsageError for a tool that has none."""
    if tool not in HEADLESS:
        raise UsageError(f"{tool} cannot be run headless; tools that can: {', '.join(HEADLESS)}")
    return HEADLESS[tool]


def check_backend(backend: str, tool: str) -> str:
    """The backend itself when this tool can be launched on it, else UsageError with advice."""
    if backend in ("cao_rest", "houmao_server_rest"):
        raise UsageError(
            f"the standalone use of {backend} is retired; "
            "run the agent through houmao-server with houmao-mgr"
        )
    if backend not in (LOCAL, HEADLESS.get(tool)):
        known = ", ".join(filter(None, (LOCAL, HEADLESS.get(tool))))
        raise UsageError(f"{tool} cannot be launched on {backend!r}; use one of: {known}")
    return backend
