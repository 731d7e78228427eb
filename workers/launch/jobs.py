"""The launch queue's jobs: an agent is launched, or something is done to one that runs.

The process's launcher is found in `running`, the one module-level variable here: RQ calls
functions by name and passes nothing else.
"""

from collections.abc import Mapping

from houmao import config
from houmao.requests.operation import AgentOperation
from workers.launch import operations
from workers.launch.launcher import Launcher

#: The launcher of this process, set once before the worker takes its first job.
running: Launcher | None = None


def launch(launch_id: str) -> None:
    """Carry out a launch that lies in Redis."""
    if running is None:
        raise RuntimeError("this process launches nothing; launch jobs belong on a launch queue")
    running.run(launch_id)


def operate(agent_id: str, operation: str) -> Mapping[str, str]:
    """Do something to an agent that runs; what was `told`, or `failed` and its `status`."""
    return operations.operate(config.load(), agent_id, AgentOperation(operation))
