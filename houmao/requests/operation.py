"""What a host does to an agent that runs, beside typing into it and ending it. Values only."""

from enum import StrEnum


class AgentOperation(StrEnum):
    """An operation by the name that callers, jobs and messages have for it."""

    ATTACH_GATEWAY = "attach-gateway"
    DETACH_GATEWAY = "detach-gateway"
    RELAUNCH = "relaunch"
