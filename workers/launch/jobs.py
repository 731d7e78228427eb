"""The launch queue's one job.

It finds the process's launcher in `running`, the one module-level variable here: RQ calls
functions by name and passes nothing else.
"""

from workers.launch.launcher import Launcher

#: The launcher of this process, set once before the worker takes its first job.
running: Launcher | None = None


def launch(launch_id: str) -> None:
    """Carry out a launch that lies in Redis."""
    if running is None:
        raise RuntimeError("this process launches nothing; launch jobs belong on a launch queue")
    running.run(launch_id)
