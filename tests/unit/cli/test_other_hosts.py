"""Commands about an agent of another host: done there, or one sentence that says how."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.unit.cli.recorded import RECORDED, Recorded

Run = Callable[..., Result]

#: Each is done on the agent's own host alone; `{}` is the agent.
ONLY_THERE = (
    "agents relaunch {}",
    "agents leave {}",
    "agents gateway attach {}",
    "agents gateway detach {}",
    "agents gateway status {}",
    "agents mail check {}",
    "agents mailbox status {}",
    "send-keys --sequence x --agent-identity {}",
    "interrupt --agent-identity {}",
    "stop-session --agent-identity {}",
    "send-prompt --prompt x --agent-identity {}",
)


@pytest.fixture
def away(api: Recorded) -> Recorded:
    """A server that knows of an agent on south."""
    api.answers["/houmao/agents/rev"] = {"agent_id": "id-rev", "agent_name": "rev", "host": "south"}
    return api


@pytest.mark.parametrize("agent", ["rev", "rev@south"])
@pytest.mark.parametrize("words", ONLY_THERE)
def test_one_sentence_says_how(
    away: Recorded, mgr: Run, tmp_path: Path, words: str, agent: str
) -> None:
    """Whether a person named the host or a server knows it."""
    environ = {"HOME": str(tmp_path), "HOUMAO_HOST_ID": "north", "TMUX_TMPDIR": str(tmp_path)}
    result = mgr(*words.format(agent).split(), env=environ)
    assert result.exit_code == 2
    command = words.split(" {}")[0].split(" --sequence")[0].split(" --prompt")[0]
    assert "rev lives on host south, and this is done there: ssh south houmao-mgr" in result.stderr
    assert command.split(" --")[0] in result.stderr


@pytest.mark.parametrize("words", ONLY_THERE)
def test_while_nobody_can_say_whose_an_agent_is(
    api: Recorded, mgr: Run, tmp_path: Path, words: str
) -> None:
    """The server's sentence about that, and not that there is no such agent."""
    api.answers["/houmao/agents/rev"] = (503, {"detail": "south has not reached Redis since ten"})
    environ = {"HOME": str(tmp_path), "HOUMAO_HOST_ID": "south", "TMUX_TMPDIR": str(tmp_path)}
    result = mgr(*words.format("rev").split(), env=environ)
    assert (result.exit_code, "since ten" in result.stderr) == (1, True)


def test_a_host_that_redis_has_lost_is_listed(api: Recorded, mgr: Run) -> None:
    """With a sentence that says why nobody watches it."""
    known = RECORDED["hosts"]["hosts"][0]
    gone = {**known, "host": "south", "watched": False, "lost": True, "version": None}
    api.answers["/houmao/hosts"] = {**RECORDED["hosts"], "hosts": [known, gone]}
    told = mgr("hosts", "list").stdout
    assert "not heard of since Redis lost its data: south;" in told
    api.answers["/houmao/hosts"] = {**RECORDED["hosts"], "hosts": [known]}
    assert "not heard of" not in mgr("hosts", "list").stdout
