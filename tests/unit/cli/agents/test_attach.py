"""`agents attach` and `agents next`: which tmux command, and which agent."""

import os

import pytest

from houmao.cli.agents.attach import AgentPlace, argv, following, is_shown
from tests.services import private_tmux

HERE = f"/tmp/tmux-{os.getuid()}/work"
PLACE = AgentPlace("h1", HERE, "gpu", "%4")


@pytest.mark.parametrize(
    ("environ", "verb"),
    [
        ({}, "attach-session"),
        ({"TMUX": f"{HERE},77,0"}, "switch-client"),
        ({"TMUX": "/tmp/other,77,0"}, "attach-session"),
    ],
)
def test_a_client_of_that_server_is_switched_others_attach(
    environ: dict[str, str], verb: str
) -> None:
    assert argv(PLACE, environ) == ("tmux", "-u", "-S", HERE, verb, "-t", "%4")


def test_without_a_known_pane_it_is_the_session_by_its_whole_name() -> None:
    assert argv(AgentPlace("h1", None, "gpu"), {})[-1] == "=gpu:"


@pytest.mark.parametrize(("pane", "then"), [("", 0), ("%9", 0), ("%0", 1), ("%1", 2), ("%2", 0)])
def test_next_goes_round(pane: str, then: int) -> None:
    places = [AgentPlace("h1", HERE, "s", f"%{number}") for number in range(3)]
    assert following(places, lambda it: it.pane_id == pane) == places[then]


def test_a_pane_of_the_same_number_on_another_tmux_server_is_another() -> None:
    """A person's own tmux may be on any socket."""
    with private_tmux() as tmux:
        tmux.run("new-session", "-d", "-s", "person")
        pane = tmux.run("display-message", "-p", "-t", "=person:", "#{pane_id}").strip()
        environ = {**os.environ, "TMUX": f"{tmux.socket},1,0"}
        assert is_shown(AgentPlace("h1", str(tmux.socket), "person", pane), environ)
        assert not is_shown(AgentPlace("h1", HERE, "gpu", pane), environ)
