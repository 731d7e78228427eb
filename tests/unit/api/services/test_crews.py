"""What is known of a terminal whose launch takes long, or fails."""

import pytest
from flask import Flask

from houmao.api.context import EXTENSION
from houmao.api.services.crews import LaunchFailed, TerminalOrder
from houmao.requests.launch_ticket import LaunchOutcome, LaunchTicket, ended
from tests.unit.api.world import NOW, StandIn

ORDER = TerminalOrder("cao-crew", "claude_code", "coder")


def test_one_that_is_late_stays_known(app: Flask) -> None:
    """Its agent comes up later, and whoever was told of its id finds it."""
    crews = app.extensions[EXTENSION].crews
    with pytest.raises(LaunchFailed) as told:
        crews.launch(ORDER, 0.1)
    (known,) = crews.store.all()
    assert known.terminal_id in told.value.message


def test_one_that_failed_is_forgotten(app: Flask, jobs: StandIn) -> None:
    """With the launch's own reason."""

    def refuse(ticket: LaunchTicket) -> LaunchTicket:
        return ended(ticket, LaunchOutcome.FAILED, "the name is taken", NOW)

    jobs.launches = refuse
    crews = app.extensions[EXTENSION].crews
    with pytest.raises(LaunchFailed, match="the name is taken"):
        crews.launch(ORDER, 5)
    assert crews.store.all() == []
