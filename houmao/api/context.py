"""What views may reach: the settings and the collaborators the app was made with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from flask import current_app

from houmao.api.streams import Streams
from houmao.config import Settings
from houmao.state.read import StateReader

EXTENSION = "houmao"


class Refresher(Protocol):
    """Has an agent captured now; `houmao.jobs.Jobs` is one."""

    def refresh(self, host: str, agent_id: str, timeout: float) -> None:
        """Return once a state captured after this call is published; else raise Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """The collaborators of one app."""

    settings: Settings
    reader: StateReader
    jobs: Refresher
    #: Ends the process with this id, a moment later.
    terminate: Callable[[int], None]
    #: Seconds since the epoch.
    now: Callable[[], float]
    streams: Streams


def context() -> Context:
    """The collaborators of the app that serves this request."""
    found: Context = current_app.extensions[EXTENSION]
    return found
