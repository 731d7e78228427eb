"""The watch queue's jobs. Each hands a short action to the watch loop and waits for it.

They run in the watch process itself, so they find its loop in `running`, the one
module-level variable of the workers: RQ calls functions by name and passes nothing else.
"""

from collections.abc import Mapping

from houmao import clock
from houmao.errors import HoumaoError
from workers.loop import Loop
from workers.watch.fleet import Fleet
from workers.watch.record_leases import renew
from workers.watch.stopping import stop as stop_agent

#: Seconds an action may take; below the jobs' own time limit.
PATIENCE = 8.0

#: The loop of this process, set once before the worker takes its first job.
running: Loop[Fleet] | None = None


def tick() -> None:
    """Look at what makes no event."""
    _loop().call(lambda fleet: fleet.tick(), PATIENCE)


def scan() -> None:
    """Read the registry, then renew the leases that run short.

    Renewing waits for other writers, so it is done here and not on the loop's thread.
    """
    loop = _loop()
    loop.call(lambda fleet: fleet.scan(), PATIENCE)
    sources, due = loop.call(lambda fleet: (fleet.sources, fleet.leases_to_renew()), PATIENCE)
    renew(sources.records.registry, due, clock.now())


def refresh(agent_id: str) -> None:
    """Capture and publish one agent."""
    _loop().call(lambda fleet: fleet.refresh(agent_id), PATIENCE)


def record(agent_id: str) -> None:
    """Copy what one agent's tracker takes in, for a while."""
    _loop().call(lambda fleet: fleet.record(agent_id), PATIENCE)


def accept(request_id: str) -> None:
    """Take charge of a request that lies in Redis."""
    _loop().call(lambda fleet: fleet.accept(request_id), PATIENCE)


def cancel(request_id: str) -> None:
    """Withdraw a request that was not typed yet."""
    _loop().call(lambda fleet: fleet.cancel(request_id), PATIENCE)


def stop(agent_id: str) -> Mapping[str, str]:
    """End an agent's session and remove its record; what was done, or why it failed.

    Processes may take seconds to end, so this is not done on the loop's thread.
    """
    sources = _loop().call(lambda fleet: fleet.sources, PATIENCE)
    try:
        return {"done": stop_agent(sources.records, sources.tmux.address, agent_id)}
    except HoumaoError as error:
        return {"failed": error.message}


def _loop() -> Loop[Fleet]:
    if running is None:
        raise RuntimeError("this process watches nothing; watch jobs belong on a watch queue")
    return running
