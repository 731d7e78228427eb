"""What an agent's mailbox is now, for a program in the agent's own session."""

from typing import Any

from houmao import config
from houmao.errors import NotFound
from houmao.mailbox.binding import FILESYSTEM
from houmao.sessions.mailboxes import bound, own_binding
from houmao.sessions.target import current


def live_binding() -> dict[str, Any]:
    """The present binding as a JSON object. Raises NotFound, UsageError.

    The manifest that the process environment names counts; without one, that of the tmux
    session around.
    """
    environ = config.environment()
    try:
        source, binding = "process_env", own_binding(environ)
    except NotFound:
        source, binding = "tmux_session_env", bound(current(config.load(), environ).stored)
    variables = binding.variables()
    return {
        "source": source,
        "transport": FILESYSTEM,
        "principal_id": binding.principal_id,
        "address": binding.address,
        "bindings_version": binding.version,
        "mailbox": binding.document(),
        "env": {f"AGENTSYS_{name}": value for name, value in variables.items()},
    }
