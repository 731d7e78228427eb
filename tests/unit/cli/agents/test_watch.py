"""Live lines: the present first, then one line per change that people can see."""

import json
from contextlib import closing

import pytest

from houmao.cli.agents.watch import JsonView, TableView, watch_lines
from houmao.cli.client.http import Server
from houmao.cli.client.waiting import WaitCallbacks
from houmao.cli.options import AgentReference
from houmao.cli.render.output import local_time
from tests.unit.cli.recorded import RECORDED, Recorded

ALPHA, BETA = RECORDED["alpha"]["agent_id"], RECORDED["beta"]["agent_id"]
TO_ACTIVE, TO_READY = RECORDED["events"]


@pytest.fixture
def board() -> TableView:
    """A board that has told the present of the recorded fleet."""
    board = TableView()
    list(board.present(RECORDED["fleet"]))
    return board


def test_a_change_is_one_line_with_before_and_after(board: TableView) -> None:
    """Time of day, agent, what it was and is, how its last turn ended."""
    (line,) = board.change(TO_ACTIVE)
    time = local_time(TO_ACTIVE["recorded_at"])
    assert (
        line
        == f"{time}  HOUMAO-alpha  ready -> \x1b[36mactive\x1b[0m  \x1b[32mlast turn success\x1b[0m"
    )


def test_names_are_aligned_with_the_longest(board: TableView) -> None:
    """A short name is padded; a turn that never ended is not mentioned."""
    (line,) = board.change(TO_READY)
    assert line.endswith("  beta          blocked: approval -> \x1b[32mready\x1b[0m")


def test_what_nobody_can_see_makes_no_line(board: TableView) -> None:
    """An event that leaves word and last turn as they were is silent."""
    list(board.change(TO_ACTIVE))
    assert list(board.change({**TO_ACTIVE, "accepting_input": "no"})) == []


def test_a_new_result_makes_a_line_of_its_own(board: TableView) -> None:
    """A turn may end in the state it was in."""
    (line,) = board.change({**TO_ACTIVE, "turn_phase": "ready", "last_turn_result": "interrupted"})
    assert "->" not in line
    assert "last turn interrupted" in line


def test_an_agent_seen_for_the_first_time_has_no_before(board: TableView) -> None:
    """A new agent joins the board with what it is."""
    (line,) = board.change({**TO_READY, "agent_id": "c" * 32, "agent_name": "gamma"})
    assert "gamma" in line
    assert "->" not in line


@pytest.mark.parametrize("summary", ["agent_listed", "agent_gone"])
def test_who_comes_and_goes_is_told_without_a_state(board: TableView, summary: str) -> None:
    """Nothing is known of the agent then; what follows is told as for a new one."""
    unknown = dict.fromkeys(TO_ACTIVE) | {"changed_fields": []}
    names = {it: TO_ACTIVE[it] for it in ("agent_id", "agent_name", "host", "recorded_at")}
    (line,) = board.change({**unknown, **names, "summary": summary})
    assert line.endswith(f"HOUMAO-alpha  {summary.replace('_', ' ')}")
    (line,) = board.change(TO_ACTIVE)
    assert "->" not in line


def test_json_tells_the_present_in_the_shape_of_events() -> None:
    """A reader of the stream needs one parser."""
    teller = JsonView()
    alpha, beta = RECORDED["fleet"]["agents"]
    (line,) = teller.present({"agents": [alpha, {**beta, "state": None}]})
    (change,) = teller.change(TO_ACTIVE)
    assert json.loads(line).keys() == json.loads(change).keys()
    assert json.loads(change) == TO_ACTIVE


def test_one_agent_is_followed_by_its_id(api: Recorded) -> None:
    """A name is resolved once, so that a later namesake does not matter."""
    api.answers |= {
        "/houmao/agents/alpha": RECORDED["listing"]["agents"][0],
        f"/houmao/agents/{ALPHA}": RECORDED["listing"]["agents"][0],
        f"/houmao/agents/{ALPHA}/state": RECORDED["alpha"],
        f"/houmao/events?agent={ALPHA}": "id: 1-0\n\n"
        "id: 2-0\nevent: request\ndata: {}\n\n"
        f"id: 3-0\nevent: transition\ndata: {json.dumps(TO_ACTIVE)}\n\n",
    }
    who, callbacks = AgentReference("alpha", "either"), WaitCallbacks(print, print)
    with closing(Server(api.port)) as server:
        lines = watch_lines(server, who, TableView(), callbacks)
        head, alpha, blank, change = (next(lines) for _ in range(4))
    assert head.startswith("NAME")
    assert alpha.startswith("HOUMAO-alpha")
    assert blank == ""
    assert "active" in change
