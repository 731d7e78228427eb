"""Gives a role to a tool that takes it as a message, once the tool listens."""

from uuid import uuid4

from houmao import clock
from houmao.registry.agent_lock import AgentLock
from houmao.requests.request import DONE, Request, RequestKind
from houmao.sessions.driving.driver import LocalDriver
from houmao.sessions.driving.observer import AgentPane, LocalObserver
from houmao.tools.parts.role import RoleInjection

#: Seconds the tool may take until it listens.
BOOTSTRAP_SECONDS = 30.0


def give_role(
    role: RoleInjection | None, agent_id: str, agent_pane: AgentPane, lock: AgentLock
) -> str | None:
    """None once the tool has its role, else why it has not; the next prompt then brings it."""
    if role is None or role.bootstrap_message is None:
        return None
    observer = LocalObserver(agent_pane, clock.monotonic)
    now, deadline = clock.now(), clock.monotonic() + BOOTSTRAP_SECONDS
    request = Request(
        request_id=f"role-{uuid4().hex[:12]}",
        agent_id=agent_id,
        kind=RequestKind.SUBMIT_PROMPT,
        text=role.bootstrap_message,
        created_at=now,
        deadline_at=now + BOOTSTRAP_SECONDS,
    )
    try:
        end = LocalDriver(agent_pane, observer, lock).deliver(request, deadline)
    finally:
        observer.close()
    if end.outcome in DONE:
        return None
    return f"role {role.role_name!r} was not given to {agent_pane.tool} yet: {end.detail}"
