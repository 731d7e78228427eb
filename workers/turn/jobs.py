"""The turn queue's jobs: ids in, a small answer out.

They run in the turn process itself, so they find the host's agents in `running`, the one
module-level variable here: RQ calls functions by name and passes nothing else.
"""

from collections.abc import Callable, Mapping

from houmao.errors import HoumaoError
from workers.turn.operations import TurnOperations

Told = Mapping[str, str]

#: What this process owns, set once before the worker takes its first job.
running: TurnOperations | None = None


def begin(turn_id: str) -> Told:
    """Run a turn whose order lies in Redis."""
    return _answer(lambda owner: owner.begin(turn_id))


def interrupt(tracked: str) -> Told:
    """Tell an agent's turn to end."""
    return _answer(lambda owner: {"done": owner.interrupt(tracked)})


def stop(tracked: str) -> Told:
    """End an agent."""
    return _answer(lambda owner: {"done": owner.stop(tracked)})


def show(tracked: str, turn_id: str) -> Told:
    """Publish a turn and all of its events again."""
    return _answer(lambda owner: owner.show(tracked, turn_id))


def show_output(tracked: str, turn_id: str, name: str) -> Told:
    """Lay one of a turn's outputs out in Redis."""
    return _answer(lambda owner: owner.show_output(tracked, turn_id, name))


def _answer(action: Callable[[TurnOperations], Told | None]) -> Told:
    if running is None:
        raise RuntimeError("this process runs no turns; turn jobs belong on a turn queue")
    try:
        return action(running) or {}
    except HoumaoError as error:
        return {"failed": error.message, "status": str(error.http_status)}
