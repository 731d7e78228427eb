"""A headless agent by recipe: launched by the server, which runs its turns."""

from collections.abc import Iterator

from houmao.cli.asking import Edge, Failed
from houmao.cli.http import Answer, Server
from houmao.cli.output import plain
from houmao.cli.turns import wait_for
from houmao.sessions.launching import LaunchOrder

_BASE = ("houmao", "agents", "launches")


def launch_headless(server: Server, order: LaunchOrder, edge: Edge) -> Answer:
    """The launch at its end. Raises Failed when there is no agent, and what `Server.get` raises."""
    wanted = {
        "agents": str(order.selector),
        "provider": order.provider,
        "agent_name": order.agent_name,
        "agent_id": order.agent_id,
        "session_name": order.session_name,
        "working_directory": str(order.working_directory),
        "agent_def_dir": str(order.definitions),
        "headless": True,
    }
    found = server.post(*_BASE, body={name: value for name, value in wanted.items() if value})
    while found["outcome"] is None:
        edge.tell(found["detail"])
        found = wait_for(server, (*_BASE, found["launch_id"]), edge)
    if found["outcome"] != "launched":
        raise Failed(f"{found['outcome']}: {found['detail']}")
    return found


def headless_lines(found: Answer) -> Iterator[str]:
    """A heading, then `name=value` lines that scripts may read, too, and what to do next."""
    name = plain(found["agent_name"])
    yield f"launched {name}"
    for field in ("agent_name", "agent_id", "tracked_agent_id", "tmux_session_name"):
        yield f"{field}={plain(found[field])}"
    yield f"manifest_path={plain(found['manifest_path'])}"
    yield f'next_command=houmao-mgr agents turn submit {name} --prompt "..." --wait'
