"""`houmao-mgr` from the words typed to the text and exit code that come back."""

import json
from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner, Result

from houmao.cli.main import main
from tests.unit.cli.recorded import HEALTH, RECORDED, Recorded

Run = Callable[..., Result]

ALPHA = RECORDED["alpha"]["agent_id"]
BETA = RECORDED["beta"]["agent_id"]


@pytest.fixture
def fleet(api: Recorded) -> Recorded:
    """A server with two agents, one of which waits for a person."""
    api.answers |= {
        "/houmao/states": RECORDED["fleet"],
        f"/houmao/agents/{ALPHA}/state": RECORDED["alpha"],
        f"/houmao/agents/{BETA}/state": RECORDED["beta"],
        "/houmao/agents/alpha/state": RECORDED["alpha"],
        "/houmao/agents/beta/state": RECORDED["beta"],
        "/houmao/agents/alpha": RECORDED["listing"]["agents"][0],
        f"/houmao/agents/{ALPHA}/history?limit=20": RECORDED["history"],
        "/houmao/agents/alpha/managed-state/detail": RECORDED["managed"],
    }
    return api


@pytest.mark.parametrize("words", [[], ["agents"], ["server"], ["-h"], ["agents", "--help"]])
def test_help_is_no_error(words: list[str]) -> None:
    """A group called alone teaches and exits 0."""
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0
    assert "Examples:" in result.output or words == ["server"]


def _commands() -> list[list[str]]:
    context = main.make_context("houmao-mgr", ["server"])
    groups = [(name, main.get_command(context, name)) for name in main.list_commands(context)]
    return [
        [name, command]
        for name, group in groups
        if isinstance(group, click.Group)
        for command in group.list_commands(context)
    ]


@pytest.mark.parametrize("words", _commands(), ids=" ".join)
def test_every_command_shows_examples(words: list[str]) -> None:
    """Each help page ends with lines to copy."""
    result = CliRunner().invoke(main, [*words, "--help"])
    assert result.exit_code == 0
    _, _, copied = result.output.partition("Examples:\n    houmao-mgr ")
    # An alias shows the examples of the command's first name.
    assert copied.startswith((" ".join(words), "build-brain"))


def test_list_tells_what_each_agent_is_doing(fleet: Recorded, mgr: Run) -> None:
    """One line per agent, who needs a person first."""
    result = mgr("agents", "list")
    assert result.exit_code == 0, result.stderr
    head, beta, alpha = result.stdout.splitlines()
    assert head.split() == ["NAME", "TOOL", "STATE", "SINCE", "LAST", "TURN", "SESSION"]
    assert alpha.split()[:3] == ["HOUMAO-alpha", "claude", "ready"]
    assert "success" in alpha
    assert alpha.endswith("work")
    assert "blocked: approval" in beta


def test_list_as_json_is_the_servers_object(fleet: Recorded, mgr: Run) -> None:
    """Programs get what the API answers, in one request for all agents."""
    result = mgr("agents", "list", "--json")
    assert json.loads(result.stdout) == RECORDED["fleet"]
    assert [target for _, target in fleet.asked] == ["/health", "/houmao/states"]


def test_list_all_tells_the_records_that_no_host_uses(fleet: Recorded, mgr: Run) -> None:
    """The server knows them of every host."""
    fleet.answers["/houmao/hosts"] = RECORDED["hosts"]
    shown = mgr("agents", "list", "--all").stdout.splitlines()
    assert shown[-1].split(maxsplit=1) == ["gone-1", "its tmux session 'old' is not running"]
    told = json.loads(mgr("agents", "list", "--all", "--json").stdout)
    assert told["unused_records"] == RECORDED["hosts"]["unused_records"]


def test_list_shows_an_agent_nobody_has_looked_at_yet(fleet: Recorded, mgr: Run) -> None:
    """An agent without a state does not spoil the table."""
    alpha, beta = RECORDED["fleet"]["agents"]
    fleet.answers["/houmao/states"] = {"agents": [alpha, {**beta, "state": None}]}
    assert "not seen yet" in mgr("agents", "list").stdout


def test_list_without_agents_says_what_to_do(api: Recorded, mgr: Run) -> None:
    """An empty fleet is no error."""
    api.answers["/houmao/states"] = {"agents": []}
    result = mgr("agents", "list")
    assert (result.exit_code, "agents join" in result.stdout) == (0, True)


def test_state_is_a_card_with_evidence(fleet: Recorded, mgr: Run) -> None:
    """What it does, what blocks it, and the rule that says so."""
    lines = mgr("agents", "state", "beta").stdout.splitlines()
    facts = dict(line.split("  ", 1) for line in lines if not line.startswith((" ", "evidence")))
    assert facts["state"].strip() == "blocked: approval"
    assert "answer in its pane" in facts["because"]
    assert lines[-3:] == [
        "evidence",
        "  approval dialog (row 18)",
        "    Do you want to  [31mproceed?",
    ]


@pytest.mark.parametrize(
    "words",
    [["alpha"], ["--agent-name", "alpha"], ["--agent-name=HOUMAO-alpha"], ["--agent-id", ALPHA]],
)
def test_an_agent_can_be_named_in_three_ways(fleet: Recorded, mgr: Run, words: list[str]) -> None:
    """By reference, by name with or without prefix, and by id."""
    fleet.answers["/houmao/agents/HOUMAO-alpha/state"] = RECORDED["alpha"]
    result = mgr("agents", "state", *words, "--json")
    assert json.loads(result.stdout) == RECORDED["alpha"]


@pytest.mark.parametrize(
    "words", [[], ["a", "--agent-name", "a"], ["--agent-id", "a", "--agent-name", "a"]]
)
def test_an_agent_is_named_exactly_once(mgr: Run, api: Recorded, words: list[str]) -> None:
    """None or two are a usage error, and the server is not asked."""
    result = mgr("agents", "state", *words)
    assert (result.exit_code, api.asked) == (2, [])
    assert result.stderr.startswith("Error: ")


@pytest.mark.parametrize("words", [["--agent-id", "alpha"], ["--agent-name", ALPHA]])
def test_an_id_is_no_name_and_a_name_no_id(fleet: Recorded, mgr: Run, words: list[str]) -> None:
    """The server takes both alike; who says which one is meant gets that one or none."""
    result = mgr("agents", "state", *words)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: no live agent has the ")


def test_history_is_newest_first(fleet: Recorded, mgr: Run) -> None:
    """The server's order, one line per change."""
    _, newest, oldest = mgr("agents", "history", "alpha").stdout.splitlines()
    assert "success settled" in newest
    assert "active signal" in oldest


def test_tokens_are_told_beside_who_has_them(fleet: Recorded, mgr: Run) -> None:
    """Where a tool keeps no journal that can be believed, a dash says so."""
    used = {"input": 12_000, "output": 340, "cached": 11_000}
    told = {"model": "opus", "conversation_id": "c1", "last_turn": used, "conversation": used}
    fleet.answers[f"/houmao/agents/{ALPHA}%40studio/usage"] = told
    fleet.answers[f"/houmao/agents/{ALPHA}/usage"] = told
    listed = mgr("agents", "list", "--usage").output.splitlines()
    assert "LAST TURN'S TOKENS" in listed[0]
    assert any("opus" in it and "12,000 in (11,000 cached), 340 out" in it for it in listed)
    assert any("beta" in it and " - " in it for it in listed)
    shown = mgr("agents", "show", "alpha").output
    assert "12,000 in (11,000 cached), 340 out" in shown
    assert "opus" in shown


def test_what_was_done_today_is_told_beside_who_did_it(fleet: Recorded, mgr: Run) -> None:
    """A dash for who has no screen, or was not seen."""
    (alpha,) = (it for it in RECORDED["fleet"]["agents"] if it["agent_id"] == ALPHA)
    done = {"turns": 12, "failed": 1, "worked_seconds": 3905.2, "waited_seconds": 65.0}
    fleet.answers["/houmao/today"] = {
        "agents": [{"agent_id": ALPHA, "host": alpha["host"], "day": "2026-11-29", **done}]
    }
    head, *rows = mgr("agents", "list", "--today").output.splitlines()
    for title in ("TURNS", "FAILED", "WORKED", "WAITED", "ALL TOKENS"):
        assert title in head
    told = {it.split()[0]: it.split() for it in rows}
    assert {"12", "1", "1h05m", "1m05s"} <= set(told["HOUMAO-alpha"])
    assert told["beta"].count("-") >= 5


def test_show_tells_how_to_get_there(fleet: Recorded, mgr: Run) -> None:
    """The attach command can be copied; the screen comes only when asked for."""
    brief, full = mgr("agents", "show", "alpha"), mgr("agents", "show", "alpha", "--screen")
    assert "tmux attach-session -t '=work'" in brief.stdout
    assert "hello" not in brief.stdout
    assert full.stdout.splitlines()[-3:] == ["screen", "  hello", "  >"]


def test_refresh_prints_the_state_after_it(fleet: Recorded, mgr: Run) -> None:
    """One POST, answered with a state."""
    fleet.answers["/houmao/agents/alpha/refresh"] = RECORDED["alpha"]
    assert "ready" in mgr("agents", "refresh", "alpha").stdout
    assert fleet.asked[-1] == ("POST", "/houmao/agents/alpha/refresh")


def test_a_refusal_is_one_sentence_on_standard_error(api: Recorded, mgr: Run) -> None:
    """Exit code 1, nothing on standard output, the server's words."""
    api.answers["/houmao/agents/ghost/state"] = (404, {"detail": "no live agent matches 'ghost'"})
    result = mgr("agents", "state", "ghost")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: no live agent matches 'ghost'\n"


def test_no_server_is_one_sentence_that_helps(api: Recorded, mgr: Run) -> None:
    """It says how to start one."""
    api.stop()
    result = mgr("agents", "list")
    assert result.exit_code == 1
    assert "`houmao-passive-server serve`" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_wrong_usage_exits_2(mgr: Run) -> None:
    """Click's own errors keep their code."""
    assert mgr("agents", "list", "--port", "99999").exit_code == 2
    assert mgr("agents", "explode").exit_code == 2


@pytest.mark.parametrize("variable", ["HOUMAO_SERVER_PORT", "HOUMAO_PORT", "CAO_PORT"])
def test_the_port_comes_from_the_first_variable_that_is_set(
    api: Recorded, mgr: Run, variable: str
) -> None:
    """Option, then our own variable, then the older ones."""
    port, nobody = str(api.port), "1"
    older = {"HOUMAO_PASSIVE_SERVER_PORT": "", variable: port}
    assert "not running" not in mgr("server", "status", env=older).stdout
    assert "not running" not in mgr("server", "status", env={variable: nobody}).stdout
    assert "not running" in mgr("server", "status", "--port", nobody, env={variable: port}).stdout


def test_status_of_a_running_server(api: Recorded, mgr: Run) -> None:
    """Everything the server says of itself."""
    api.answers["/houmao/server/current-instance"] = RECORDED["instance"]
    assert json.loads(mgr("server", "status", "--json").stdout) == {
        "running": True,
        "api_base_url": f"http://127.0.0.1:{api.port}",
        "health": HEALTH,
        "current_instance": RECORDED["instance"],
        "active_session_count": None,
        "active_sessions": None,
    }
    assert "41823" in mgr("server", "status").stdout


def test_status_without_server_is_an_answer(api: Recorded, mgr: Run) -> None:
    """Exit code 0 with `running: false`."""
    api.stop()
    result = mgr("server", "status", "--json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["running"]) == (0, False)
    assert set(answer) == {"running", "api_base_url", "detail"}


def test_status_of_a_stranger_is_an_error(api: Recorded, mgr: Run) -> None:
    """Something else on the port is not a server that is down."""
    api.answers["/health"] = {"status": "ok"}
    result = mgr("server", "status")
    assert (result.exit_code, "not a Houmao server" in result.stderr) == (1, True)


def test_stop_waits_until_the_server_is_gone(api: Recorded, mgr: Run) -> None:
    """`running: false` is said only when nobody listens any more."""

    def shut_down() -> dict[str, str]:
        api.stop_soon()
        return {"status": "ok"}

    api.answers["/houmao/server/shutdown"] = shut_down
    answer = json.loads(mgr("server", "stop", "--json").stdout)
    assert (answer["success"], answer["running"]) == (True, False)


def test_stop_of_a_server_that_stays_is_an_error(api: Recorded, mgr: Run) -> None:
    """A promise to stop is not a stop."""
    api.answers["/houmao/server/shutdown"] = {"status": "ok"}
    result = mgr("server", "stop", "--timeout", "0.3")
    assert (result.exit_code, "still runs" in result.stderr) == (1, True)


def test_stop_without_server_is_a_success(api: Recorded, mgr: Run) -> None:
    """There is nothing left to do."""
    api.stop()
    result = mgr("server", "stop")
    assert (result.exit_code, "no server was running" in result.stdout) == (0, True)


@pytest.mark.parametrize(
    ("words", "env", "coloured"),
    [([], {}, True), (["--no-color"], {}, False), ([], {"NO_COLOR": "1"}, False)],
)
def test_colours_can_be_turned_off(
    fleet: Recorded, words: list[str], env: dict[str, str], coloured: bool
) -> None:
    """By option and by NO_COLOR; without either a terminal gets colours."""
    env = {"HOUMAO_PASSIVE_SERVER_PORT": str(fleet.port), **env}
    result = CliRunner().invoke(main, [*words, "agents", "list"], env=env, color=True)
    assert ("\x1b[" in result.stdout) is coloured


@pytest.mark.parametrize(
    ("words", "names"),
    [(["--state", "blocked"], ["beta"]), (["--tool", "claude"], ["HOUMAO-alpha"])],
)
def test_list_filters(fleet: Recorded, mgr: Run, words: list[str], names: list[str]) -> None:
    """By state and by tool, as they are written in the table."""
    result = mgr("agents", "list", *words)
    assert result.exit_code == 0, result.stderr
    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == names


def test_names_of_live_agents_are_completed(fleet: Recorded) -> None:
    """As bash asks for it; without a server there is nothing to offer."""
    fleet.answers["/houmao/agents"] = RECORDED["listing"]
    asks = {"COMP_WORDS": "houmao-mgr agents show be", "COMP_CWORD": "3"}
    asks["_HOUMAO_MGR_COMPLETE"] = "bash_complete"
    for port, offered in ((str(fleet.port), "plain,beta"), ("1", "")):
        environ = {**asks, "HOUMAO_PASSIVE_SERVER_PORT": port}
        done = CliRunner().invoke(main, [], env=environ, prog_name="houmao-mgr")
        assert done.stdout.strip() == offered
