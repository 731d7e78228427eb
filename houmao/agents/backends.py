"""The ways in which an agent can be run, and which of them a tool has. Pure."""

from houmao.errors import UsageError
from houmao.tools.catalog import tool_named

#: One process that shows its screen in a pane; the default.
LOCAL = "local_interactive"


def check_backend(backend: str, tool: str) -> str:
    """The backend itself when this tool can be launched on it, else UsageError with advice."""
    if backend in ("cao_rest", "houmao_server_rest"):
        raise UsageError(
            f"the standalone use of {backend} is retired; "
            "run the agent through houmao-server with houmao-mgr"
        )
    headless = tool_named(tool).headless
    known = (LOCAL, headless.backend) if headless else (LOCAL,)
    if backend not in known:
        raise UsageError(
            f"{tool} cannot be launched on {backend!r}; use one of: {', '.join(known)}"
        )
    return backend
