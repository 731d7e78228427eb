"""`houmao-mgr agents seen`: somebody knows how a turn ended, without attaching."""

from collections.abc import Callable

from click.testing import Result

from tests.unit.cli.recorded import RECORDED, Recorded


def test_the_agent_that_was_found_is_the_one_that_was_seen(
    api: Recorded, mgr: Callable[..., Result]
) -> None:
    """The answer is its state after that."""
    api.answers["/houmao/agents/rev"] = {"agent_id": "id-rev", "agent_name": "rev"}
    api.answers["/houmao/agents/id-rev/seen"] = RECORDED["alpha"]
    told = mgr("agents", "seen", "rev")
    assert "ready" in told.stdout, told.stderr
    assert api.asked[-1] == ("POST", "/houmao/agents/id-rev/seen")
