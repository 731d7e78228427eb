"""Turns of headless agents over HTTP: real processes, tmux and Redis, tools that are stand-ins."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from houmao.clock import now
from houmao.errors import Conflict
from houmao.gateway.attaching import AttachOptions, attach, detach
from houmao.gateway.client import GatewayClient, GatewayRefused
from houmao.sessions.adopting.join import JoinRequest, join
from houmao.sessions.adopting.launch_options import LaunchOptions, LaunchVariable
from houmao.sessions.adopting.leave import leave
from houmao.sessions.generation import Generation
from houmao.sessions.target import resolve
from houmao.state.connect import connect
from tests.integration.attaching import end_gateways
from tests.integration.headless import Crew, crew, private
from tests.integration.launching import DEFINITIONS
from tests.kills import series
from tests.services import is_running, wait_until


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    """One server for all tests that leave it running."""
    folder = tmp_path_factory.mktemp("crew")
    with private(folder) as (settings, tmux), crew(settings, tmux, folder) as it:
        yield it


def kinds(events: list[Any]) -> list[str]:
    return [event["kind"] for event in events]


def record_of(found: Crew, name: str, turn_id: str) -> Any:
    path = found.folder_of(name) / "turns" / turn_id / "record.json"
    return json.loads(path.read_text())


@pytest.mark.parametrize("tool", ["claude", "codex", "gemini"])
def test_a_conversation(found: Crew, tool: str) -> None:
    """Turns that remember each other, an API error, and everything that is told of them."""
    told = found.launch(tool, tool)
    first = found.ask(tool, "say hello")
    assert (first["status"], first["answer"], first["error"]) == ("completed", "hello", None)
    assert (first["turn_index"], first["returncode"]) == (1, 0)
    again = found.ask(told["agent_id"], "recall")
    assert again["answer"].endswith("say hello")
    failed = found.ask(told["tracked_agent_id"], "fail")
    assert (failed["status"], failed["turn_index"]) == ("failed", 3)
    assert "told to fail" in failed["error"]
    assert found.ask(tool, "recall")["status"] == "completed"

    events = found.events(tool, first["turn_id"])
    assert [event["number"] for event in events] == list(range(1, first["event_count"] + 1))
    assert kinds(events)[-1] == "completion"
    assert "hello" in [event["message"] for event in events]
    path = f"/houmao/agents/{tool}/turns/{first['turn_id']}/artifacts"
    assert "hello" in found.get(f"{path}/stdout")
    assert found.call("GET", f"{path}/nothing")[0] == 404
    listed = found.get(f"/houmao/agents/{tool}/turns")["turns"]
    assert [it["turn_index"] for it in listed] == [4, 3, 2, 1]

    state = found.get(f"/houmao/agents/{tool}/managed-state/detail")
    assert (state["identity"]["transport"], state["summary_state"]["availability"]) == (
        "headless",
        "available",
    )
    assert state["detail"]["can_accept_prompt_now"] is True
    assert state["detail"]["last_turn"]["result"] == "success"
    history = found.get(f"/houmao/agents/{tool}/managed-history?limit=2")["entries"]
    assert [it["last_turn_result"] for it in history] == ["success", "known_failure"]
    runs = Counter(run[1] for run in found.runs())
    assert [runs[it["turn_id"]] for it in listed] == [2, 2, 2, 2]


def test_no_process_list_shows_a_prompt(found: Crew) -> None:
    """It is on the tool's standard input, in a file that has no name."""
    found.launch("hidden", "claude")
    turn_id = found.submit("hidden", "slow 20 s3cret-words")
    found.begun(turn_id)
    wait_until(lambda: bool(record_of(found, "hidden", turn_id)["child_pid"]), "the tool runs")
    process = psutil.Process(record_of(found, "hidden", turn_id)["child_pid"])
    words = [word for it in (process, *process.parents()) for word in it.cmdline()]
    assert "claude" in " ".join(words)
    assert "s3cret" not in " ".join(words)
    assert not list(found.folder_of("hidden").glob("turns/*/stdin*"))
    found.post("/houmao/agents/hidden/interrupt", {})


def test_one_turn_at_a_time_and_its_end(found: Crew) -> None:
    """A second prompt is refused; an interrupt, a limit and a stop end a turn, each in its way."""
    told = found.launch("busy")
    slow = found.submit("busy", "slow 30 never")
    found.begun(slow)
    status, answer = found.call("POST", "/houmao/agents/busy/turns", {"prompt": "say no"})
    assert (status, slow in answer["detail"]) == (409, True)
    assert found.get("/houmao/agents/busy/managed-state")["turn"]["active_turn_id"] == slow
    # Its pane shows the tool's lines, which are no screen that anybody could read a state off.
    assert found.server.availability(told["agent_id"]) in ("404", "503", "tui_down")
    assert slow in found.post("/houmao/agents/busy/interrupt")["detail"]
    ended = found.turn("busy", slow, wait=10)
    assert (ended["status"], ended["returncode"]) == ("interrupted", 0)
    assert ended["interrupt_requested_at_utc"] is not None
    assert "nothing" in found.post("/houmao/agents/busy/interrupt")["detail"]

    late = found.submit("busy", "slow 30 late", limit_seconds=1)
    assert "time limit" in found.turn("busy", late, wait=10)["error"]
    orphan = found.ask("busy", "orphan")
    assert orphan["status"] == "completed"

    deaf = found.submit("busy", "deaf 30 never")
    found.begun(deaf)
    run = next(run for run in found.runs() if run[1] == deaf)
    assert found.post("/houmao/agents/busy/stop")["agent_id"] == told["tracked_agent_id"]
    wait_until(lambda: not is_running(int(run[2])), "the tool is gone")
    assert not [it for it in psutil.process_iter(["environ"]) if mark_of(orphan) in environ_of(it)]
    assert told["tmux_session_name"] not in found.tmux.sessions()
    assert record_of(found, "busy", deaf)["status"] == "interrupted"
    path = f"/houmao/agents/{told['tracked_agent_id']}/turns/{deaf}"
    assert found.get(path)["status"] == "interrupted"
    assert found.call("POST", "/houmao/agents/busy/turns", {"prompt": "say no"})[0] == 404


def mark_of(turn: Any) -> str:
    return str(turn["turn_id"])


def environ_of(process: psutil.Process) -> list[str]:
    return list((process.info["environ"] or {}).values())


def test_a_gateway_gives_a_headless_agent_turns(found: Crew) -> None:
    """A prompt through it is a turn of the server's, and another one waits for its end."""
    found.launch("gated")
    settings = found.server.settings
    attached = attach(resolve("gated", settings, now()), settings, AttachOptions())
    gateway = GatewayClient("127.0.0.1", int(str(attached["gateway_port"])), timeout_seconds=30)
    try:
        assert gateway.call("GET", "/v1/control/headless/state")["can_accept_prompt_now"]
        body = {"schema_version": 1, "prompt": "hello"}
        assert gateway.call("POST", "/v1/control/prompt", body)["sent"]
        turns = found.get("/houmao/agents/gated/turns")["turns"]
        assert found.turn("gated", turns[0]["turn_id"], wait=20)["status"] == "completed"
        with pytest.raises(GatewayRefused, match="headless"):
            gateway.call("GET", "/v1/control/tui/state")
        wait_until(lambda: idle(gateway), "it takes the next one")
        queued = {"schema_version": 1, "kind": "submit_prompt", "payload": {"prompt": "again"}}
        gateway.call("POST", "/v1/requests", queued)
        wait_until(lambda: ran(found, "gated") == 2 and idle(gateway), "it has run", 20)
    finally:
        detach(resolve("gated", settings, now()), settings)
        end_gateways(settings)


def idle(gateway: GatewayClient) -> bool:
    told = gateway.call("GET", "/v1/control/headless/state")
    return bool(told["can_accept_prompt_now"])


def ran(found: Crew, name: str) -> int:
    return len(found.get(f"/houmao/agents/{name}/turns")["turns"])


def test_a_repeated_call_runs_nothing_twice(found: Crew) -> None:
    """The answer to a POST may be lost; its key finds the turn, running or ended."""
    found.launch("repeated")
    post = ("POST", "/houmao/agents/repeated/turns", {"prompt": "slow 1 done"})
    told = [found.call(*post, Idempotency_Key="k1") for _ in range(2)]
    turn = told[0][1]["turn_id"]
    found.turn("repeated", turn, wait=20)
    told.append(found.call(*post, Idempotency_Key="k1"))
    assert [(status, answer["turn_id"]) for status, answer in told] == [(200, turn)] * 3
    assert Counter(run[0] for run in found.runs() if run[1] == turn) == {"begin": 1, "end": 1}


def test_a_turn_survives_its_process(found: Crew) -> None:
    """The turn process is killed in mid-turn: no event is lost or told twice, nor a turn run."""
    found.launch("survivor")
    found.ask("survivor", "say one")
    turn = found.submit("survivor", "slow 2 two")
    found.begun(turn)
    found.kill("turn")
    wait_until(lambda: found.server.child("turn") is not None, "it is there again")
    ended = found.turn("survivor", turn, wait=20)
    assert (ended["status"], ended["answer"]) == ("completed", "2 two")
    events = found.events("survivor", turn)
    lines = found.get(f"/houmao/agents/survivor/turns/{turn}/artifacts/stdout").splitlines()
    assert len(events) == len(lines) == ended["event_count"]
    assert found.ask("survivor", "recall")["answer"] == "say one | slow 2 two"
    assert Counter(run[0] for run in found.runs() if run[1] == turn) == {"begin": 1, "end": 1}


def test_results_outlive_redis(found: Crew) -> None:
    """Everything is told again after a flush."""
    found.launch("lasting", "codex")
    first = found.ask("lasting", "say one")
    with connect(found.server.settings.effective_redis_url) as redis:
        redis.flushall()
    path = f"/houmao/agents/lasting/turns/{first['turn_id']}"
    wait_until(lambda: found.call("GET", path)[0] == 200, "it is told again")
    assert found.get(path) == first
    assert len(found.events("lasting", first["turn_id"])) == first["event_count"]
    assert "one" in found.get(f"{path}/artifacts/stdout")


def test_turns_outlive_the_server(tmp_path: Path) -> None:
    """A turn goes on while no server runs, and is finalised by the next one."""
    with private(tmp_path) as (settings, tmux):
        with crew(settings, tmux, tmp_path) as before:
            told = before.launch("mine")
            turn = before.submit("mine", "slow 3 two")
            before.begun(turn)
            lost = before.launch("lost")
            tmux.run("kill-session", "-t", f"={lost['tmux_session_name']}")
        with crew(settings, tmux, tmp_path) as after:
            ended = after.turn("mine", turn, wait=20)
            assert (ended["status"], ended["answer"]) == ("completed", "3 two")
            state = after.get("/houmao/agents/mine/managed-state")
            assert state["tracked_agent_id"] == told["tracked_agent_id"]
            assert state["last_turn"]["turn_id"] == turn
            assert after.ask("mine", "recall")["answer"] == "slow 3 two"
            # An agent whose session is gone is nobody's any more.
            assert after.call("GET", "/houmao/agents/lost/managed-state")[0] == 404
            assert not (settings.registry_root / "live_agents" / lost["agent_id"]).exists()


def test_a_conversation_that_is_lost(found: Crew) -> None:
    """The turn that should continue it fails and says so; the next one begins anew."""
    found.launch("forgetful")
    found.ask("forgetful", "forget")
    lost = found.ask("forgetful", "say two")
    assert (lost["status"], lost["returncode"]) == ("failed", 1)
    assert lost["error"].endswith("the next turn begins a new conversation")
    assert found.ask("forgetful", "say three")["status"] == "completed"


def test_a_lost_tool_and_a_lost_runner(found: Crew) -> None:
    """Killed by somebody else: the turn fails or is abandoned, and the next one runs."""
    found.launch("lost")
    for who, status in (("child_pid", "failed"), ("runner_pid", "completed")):
        turn = found.submit("lost", "slow 2 on")
        found.begun(turn)
        wait_until(lambda turn=turn: record_of(found, "lost", turn)["child_pid"], "it is noted")  # type: ignore[misc]
        psutil.Process(record_of(found, "lost", turn)[who]).kill()
        assert found.turn("lost", turn, wait=20)["status"] == status
    assert found.ask("lost", "say on")["status"] == "completed"


def test_a_brain_that_was_built_before(found: Crew) -> None:
    """Launched by its manifest, without a role; what does not fit is refused with its field."""
    told = found.launch("built", "gemini")
    manifest = json.loads(Path(told["manifest_path"]).read_text())
    wanted = {
        "tool": "gemini",
        "working_directory": str(found.folder),
        "agent_def_dir": str(DEFINITIONS),
        "brain_manifest_path": manifest["brain_manifest_path"],
        "agent_name": "again",
    }
    path = "/houmao/agents/headless/launches"
    agent = found.post(path, wanted)
    found.tmux.opened.add(agent["tmux_session_name"])
    assert agent["agent_id"] == agent["tracked_agent_id"]
    assert found.ask("again", "say hello")["answer"] == "hello"
    refused = {
        "inputs.tool": wanted | {"tool": "claude"},
        "working_directory": wanted | {"working_directory": "/nowhere"},
        "brain_manifest_path": wanted | {"brain_manifest_path": "/nowhere.yaml"},
    }
    for word, body in refused.items():
        status, answer = found.call("POST", path, body)
        assert (status, word in answer["detail"]) == (422, True), answer


def test_a_session_that_was_adopted(found: Crew) -> None:
    """Its turns are run as its operator recorded it, in his own home, until it is given back."""
    found.launch("beside")
    found.tmux.new_session("by-hand")
    settings = found.server.settings
    variables = (LaunchVariable("HOME", str(found.folder)), LaunchVariable("STUB_LOG"))
    options = LaunchOptions(headless=True, args=("exec", "--json"), variables=variables)
    request = JoinRequest("by-hand", tool="codex", launch=options)
    record = join(request, settings, {}, Generation(now(), str(uuid4())))
    path = f"/houmao/agents/{record.agent_id}/managed-state"
    wait_until(lambda: found.call("GET", path)[0] == 200, "its turns can be run")
    found.tracked[record.agent_id] = found.get(path)["tracked_agent_id"]
    assert found.ask(record.agent_id, "say one")["answer"] == "one"
    # The second turn resumes by the id that the first one told.
    assert found.ask(record.agent_id, "recall")["answer"] == "say one"
    assert (found.folder / "stub-conversations").is_dir()

    turn = found.submit(record.agent_id, "slow 30 never")
    found.begun(turn)
    with pytest.raises(Conflict, match=turn):
        leave(record.agent_id, settings)
    found.post(f"/houmao/agents/{record.agent_id}/interrupt")
    assert found.turn(record.agent_id, turn, wait=20)["status"] == "interrupted"
    leave(record.agent_id, settings)
    wait_until(lambda: found.call("GET", path)[0] == 404, "it is nobody's any more")
    assert "by-hand" in found.tmux.run("list-sessions", "-F", "#{session_name}")


def test_one_prompt_for_many(found: Crew) -> None:
    """Every agent gets it, but for the one that is busy."""
    for name in ("one", "two", "three"):
        found.launch(name)
    busy = found.submit("two", "slow 30 never")
    found.begun(busy)
    body = {"prompt": "say together", "agent_refs": ["one", "two", "three"]}
    told = found.post("/houmao/fan-outs", body)
    done = found.get(f"/houmao/fan-outs/{told['fan_out_id']}?wait=20")
    assert done["done"] is True
    states = {it["agent_name"]: (it["status"], it["answer"]) for it in done["turns"]}
    assert states["one"] == states["three"] == ("completed", "together"), done
    assert states["two"] == ("refused", None)
    everybody = found.post("/houmao/fan-outs", {"prompt": "say x", "all": True})
    assert {"one", "three"} < {it["agent_name"] for it in everybody["turns"]}
    assert found.call("POST", "/houmao/fan-outs", {"prompt": "x"})[0] == 422
    assert found.call("POST", "/houmao/fan-outs", {"prompt": "x", "agent_refs": ["no"]})[0] == 404


def test_nothing_is_lost_or_doubled_when_processes_are_killed(tmp_path: Path) -> None:
    """A short series of what `python -m tests.kills` does at length."""
    with private(tmp_path) as (settings, tmux), crew(settings, tmux, tmp_path) as found:
        log = series.play(found, turns=15, kills=12, seed=1)
        assert log.wrong == []
        assert sum(log.kills.values()) == 12
