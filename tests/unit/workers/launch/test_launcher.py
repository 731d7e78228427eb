"""A launch always comes to an end that its caller can read."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakeredis import FakeRedis

from houmao.agents.launch_plan import LaunchPlan
from houmao.clock import now
from houmao.errors import NotFound, TmuxError, UsageError
from houmao.registry.record import AgentRecord
from houmao.requests.launch_ticket import LaunchOutcome, LaunchState, LaunchTicket, ended, seen_at
from houmao.sessions.generation import Generation
from houmao.sessions.starting.start import Started
from houmao.state.launches import LaunchStore
from workers.launch.launcher import Launcher, order_of

RECORD = AgentRecord(
    agent_name="gpu",
    agent_id="g1",
    generation_id="gen",
    published_at=1.0,
    lease_expires_at=2.0,
    backend="local_interactive",
    tool="codex",
    manifest_path="/m",
    session_name="HOUMAO-gpu-1",
)
PLAN = LaunchPlan(
    backend="local_interactive",
    tool="codex",
    executable="codex",
    args=(),
    working_directory=Path("/w"),
    home_env_var="CODEX_HOME",
    home_path=Path("/h"),
    env={},
    env_var_names=(),
    role_injection=None,
    metadata={},
    mailbox=None,
    launch_policy_provenance=None,
)
#: Headless agents that were told of.
TOLD: list[str] = []
STARTED = Started(RECORD, "HOUMAO-gpu", PLAN, Path("/j"), ("take care",))


@pytest.fixture
def store() -> Iterator[LaunchStore]:
    with FakeRedis(decode_responses=True) as redis:
        yield LaunchStore(redis)


def ticket(**changes: object) -> LaunchTicket:
    at = now()
    plain = LaunchTicket("launch-1", "here", "gpu", "codex", at, at + 60)
    return replace(plain, **changes)  # type: ignore[arg-type]


def launcher(
    store: LaunchStore,
    launch: Callable[[LaunchTicket], Started],
    left: AgentRecord | Exception | None = None,
) -> Launcher:
    """A launcher after one that has left `left` behind."""

    def take_away(it: LaunchTicket, generation: Generation) -> AgentRecord | None:
        assert generation == Generation(it.born_at or 0.0, it.generation_id)
        if isinstance(left, Exception):
            raise left
        return left

    return Launcher(store, lambda it, generation: launch(it), take_away, TOLD.append)


def run(store: LaunchStore, launch: Callable[[LaunchTicket], Started]) -> LaunchTicket:
    """What became of one launch."""
    store.put(ticket())
    launcher(store, launch).run("launch-1")
    found = store.get("launch-1")
    assert found is not None
    return found


def test_an_agent_that_runs_is_told_with_its_names_and_warnings(store: LaunchStore) -> None:
    found = run(store, lambda it: STARTED)
    assert (found.state, found.outcome) == (LaunchState.ENDED, LaunchOutcome.LAUNCHED)
    assert (found.agent_name, found.agent_id) == ("gpu", "g1")
    assert (found.tmux_session_name, found.manifest_path) == ("HOUMAO-gpu-1", "/m")
    assert "take care" in found.detail


def test_it_counts_as_running_while_it_is_launched(store: LaunchStore) -> None:
    states: list[str] = []

    def launch(it: LaunchTicket) -> Started:
        seen = store.get(it.launch_id)
        states.append(seen.state if seen else "")
        return STARTED

    run(store, launch)
    assert states == ["running"]


@pytest.mark.parametrize("error", [NotFound("there is no recipe"), ValueError("oops")])
def test_any_failure_is_an_end(store: LaunchStore, error: Exception) -> None:
    """Our own errors with their words, surprises with their kind alone."""

    def launch(it: LaunchTicket) -> Started:
        raise error

    found = run(store, launch)
    assert found.outcome is LaunchOutcome.FAILED
    assert ("recipe" if isinstance(error, NotFound) else "ValueError") in found.detail
    assert "oops" not in found.detail


def test_a_path_that_cannot_be_is_its_callers_mistake(store: LaunchStore, tmp_path: Path) -> None:
    """What the system says of it is told, with the status of a wrong argument."""

    def launch(it: LaunchTicket) -> Started:
        (tmp_path / ("x" * 300)).stat()
        return STARTED

    found = run(store, launch)
    assert (found.outcome, found.failed_status) == (LaunchOutcome.FAILED, "422")
    assert "File name too long" in found.detail


def test_a_launch_is_begun_once_and_never_late(store: LaunchStore) -> None:
    """A second job of the same launch, an expired and an unknown one change nothing."""

    def refuse(it: LaunchTicket) -> Started:
        raise AssertionError("must not be launched")

    store.put(ended(ticket(), LaunchOutcome.LAUNCHED, "", now()))
    store.put(ticket(launch_id="late", deadline_at=now() - 1))
    for launch_id in ("launch-1", "late", "unknown"):
        launcher(store, refuse).run(launch_id)


def test_what_a_former_process_left_is_ended_or_carried_out(store: LaunchStore) -> None:
    """It may have taken a job from the queue without living to begin it."""
    store.put(ticket(state=LaunchState.RUNNING))
    store.put(ticket(launch_id="queued"))
    launcher(store, lambda it: STARTED).take_up("here")
    left, queued = store.get("launch-1"), store.get("queued")
    assert left is not None
    assert left.outcome is LaunchOutcome.FAILED
    assert queued is not None
    assert queued.outcome is LaunchOutcome.LAUNCHED


@pytest.mark.parametrize(
    ("left", "outcome", "word"),
    [
        (None, LaunchOutcome.FAILED, "taken away"),
        (RECORD, LaunchOutcome.LAUNCHED, "runs"),
        (TmuxError("tmux is silent"), LaunchOutcome.FAILED, "tmux is silent"),
    ],
)
def test_what_was_cut_off_is_finished_or_taken_away(
    store: LaunchStore, left: AgentRecord | Exception | None, outcome: LaunchOutcome, word: str
) -> None:
    """An agent that was published is launched; of any other nothing may stay."""
    store.put(ticket(state=LaunchState.RUNNING, generation_id="gen", born_at=1.0))
    launcher(store, lambda it: STARTED, left).take_up("here")
    found = store.get("launch-1")
    assert found is not None
    assert (found.outcome, found.agent_id) == (outcome, "g1" if left is RECORD else "")
    assert word in found.detail


def test_a_launch_nobody_can_read_stands_in_no_ones_way(store: LaunchStore) -> None:
    """Such as one that another version wrote."""
    store.put(ticket(launch_id="strange", provider="", state=LaunchState.RUNNING))
    store.put(ticket(state=LaunchState.RUNNING))
    found = launcher(store, lambda it: STARTED)
    found.run("strange")
    found.take_up("here")
    assert store.get("strange") is None
    left = store.get("launch-1")
    assert left is not None
    assert left.ended


def test_a_launch_nobody_began_in_time_counts_as_expired() -> None:
    late = ticket(deadline_at=10.0)
    assert seen_at(late, 9.0) == late
    assert seen_at(late, 10.0).outcome is LaunchOutcome.EXPIRED
    running = replace(late, state=LaunchState.RUNNING)
    assert seen_at(running, 99.0) == running


def test_folders_are_absolute_and_default_to_the_processes_own() -> None:
    order = order_of(ticket(agent_name="mine"), Path("/here"))
    assert order.working_directory == Path("/here")
    assert (order.selector, order.provider, order.agent_name) == ("gpu", "codex", "mine")
    assert order_of(ticket(agent_def_dir="/defs"), Path("/here")).definitions == Path("/defs")
    for field in ("working_directory", "agent_def_dir"):
        with pytest.raises(UsageError, match=field):
            order_of(ticket(**{field: "relative"}), Path("/here"))
