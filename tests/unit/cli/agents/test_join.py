"""Options of `agents join` become one request, and its record the lines people and scripts read."""

import pytest
from click.testing import CliRunner

from houmao.cli.agents.join import join_lines, joined, request_of
from houmao.cli.main import main
from houmao.registry.record import AgentRecord
from houmao.sessions.adopting.join import JoinRequest
from houmao.sessions.adopting.launch_options import LaunchOptions, LaunchVariable

RECORD = AgentRecord(
    agent_id="a1",
    agent_name="gpu",
    generation_id="5b1e6b5e-6a0f-4c5a-9a57-7d1f4f2f6f10",
    tool="claude",
    backend="local_interactive",
    session_name="work",
    manifest_path="/srv/manifest.json",
    session_root="/srv",
    published_at=0.0,
    lease_expires_at=1.0,
)


def test_options_become_a_request() -> None:
    """Nothing is lost or renamed on the way."""
    request = request_of(
        launch_args=("exec", "--json"),
        launch_env=("A=1", "B"),
        headless=True,
        resume_id="last",
        provider="codex",
        agent_name="gpu",
        agent_id=None,
        session_name="work",
        socket="other",
        working_directory=None,
    )
    variables = (LaunchVariable("A", "1"), LaunchVariable("B"))
    launch = LaunchOptions(True, ("exec", "--json"), variables, "last")
    assert request == JoinRequest("work", "codex", "gpu", launch=launch, socket="other")


def test_the_answer_is_name_value_lines() -> None:
    """A heading for people, then lines that a script can split at the first `=`."""
    assert list(join_lines(joined(RECORD))) == [
        "joined gpu",
        "agent_name=gpu",
        "agent_id=a1",
        "provider=claude",
        "backend=local_interactive",
        "tmux_session_name=work",
        "manifest_path=/srv/manifest.json",
    ]


@pytest.mark.parametrize(
    "words",
    [["--provider", "vim"], ["--headless"], ["--launch-env", "1=2"], ["--resume-id", "last"]],
)
def test_options_that_make_no_sense_are_usage_errors(words: list[str]) -> None:
    """Exit code 2 before tmux or the registry is touched."""
    assert CliRunner().invoke(main, ["agents", "join", *words]).exit_code == 2


def test_outside_of_tmux_the_sentence_names_the_option() -> None:
    """There is no session around to join."""
    result = CliRunner().invoke(main, ["agents", "join"], env={"TMUX": "", "TMUX_PANE": ""})
    assert result.exit_code == 2
    assert "--session-name" in result.stderr
