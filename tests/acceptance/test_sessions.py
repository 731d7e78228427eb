"""The walk-through of a person without a server: build, start, prompt, interrupt, stop."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from houmao.config import load
from tests.acceptance.sessions import SECRET, Machine, machine, served
from tests.integration.attaching import end_gateways
from tests.integration.serving import free_port
from tests.services import is_running, wait_until


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Machine]:
    with machine(tmp_path) as found:
        yield found


def test_a_brain_is_built_once_under_one_id(host: Machine) -> None:
    """Four absolute paths, no secret in the manifest; the same id again needs --reuse-home."""
    root = ("--runtime-root", str(host.folder / "rt"), "--home-id", "mine")
    built = host.build("codex", *root)
    paths = ("home_path", "manifest_path", "launch_helper_path")
    assert all(Path(built[name]).is_absolute() for name in paths)
    home = Path(built["home_path"])
    assert {"config.toml", "skills", ".env", "launch.sh"} <= {it.name for it in home.iterdir()}
    assert SECRET not in Path(built["manifest_path"]).read_text()
    recipe = "brains/brain-recipes/codex/gpu-kernel-coder-default.yaml"
    again = ("build-brain", "--recipe", recipe, *root)
    assert host.mgr(*again).returncode == 1
    assert host.mgr(*again, "--reuse-home").returncode == 0


def test_a_started_session_is_there_for_everybody(host: Machine) -> None:
    """Window 0 `agent` runs the tool; record, manifest and variables tell of it alike."""
    told = host.start("my-agent")
    session, manifest = told["tmux_session_name"], Path(told["session_manifest"])
    assert (told["agent_identity"], told["agent_name"]) == ("HOUMAO-my-agent", "my-agent")
    windows = host.tmux.run("list-windows", "-t", f"={session}", "-F", "#I #W #{window_active}")
    assert windows == "0 agent 1"
    assert "OpenAI Codex" in host.tmux.screen(f"={session}:0.0")
    record = json.loads(host.record(told["agent_id"]).read_text())
    assert record["runtime"]["manifest_path"] == str(manifest)
    stored = json.loads(manifest.read_text())
    assert stored["registry_generation_id"] == record["generation_id"]
    variables = host.variables(session)
    for prefix in ("HOUMAO_", "AGENTSYS_"):
        assert variables[f"{prefix}MANIFEST_PATH"] == str(manifest)
        assert variables[f"{prefix}AGENT_ID"] == told["agent_id"]
        assert variables[f"{prefix}TOOL"] == "codex"
        assert variables[f"{prefix}AGENT_DEF_DIR"] == str(host.folder / "agents")
    assert variables["OPENAI_API_KEY"] == SECRET


def test_secrets_stay_where_they_belong(host: Machine) -> None:
    """Manifest and record name no secret; what holds the role is the owner's alone."""
    told = host.start("my-agent")
    manifest = Path(told["session_manifest"])
    for path in (manifest, host.record(told["agent_id"])):
        assert SECRET not in path.read_text()
    found = {path: stat.S_IMODE(path.stat().st_mode) for path in manifest.parent.rglob("*")}
    assert {mode for path, mode in found.items() if path.is_file()} == {0o600}
    assert {mode for path, mode in found.items() if path.is_dir()} == {0o700}


@pytest.mark.parametrize("tool", ["claude", "codex", "gemini"])
def test_a_prompt_is_answered(host: Machine, tool: str) -> None:
    """The turn is waited for; several lines arrive as one prompt; the answer is told."""
    told = host.start("my-agent", tool)
    code, events, errors = host.prompt("my-agent", "Review the latest\ncommit")
    assert code == 0, errors
    assert [event["kind"] for event in events] == ["submitted", "done"]
    payload = events[-1]["payload"]
    assert payload["canonical_runtime_status"] == "completed"
    assert payload["result"] == "success"
    assert payload["output_text"].startswith("This is a stub agent of the Houmao demo.")
    assert 1 <= payload["duration_seconds"] < PATIENCE
    assert {event["turn_index"] for event in events} == {1}
    assert [it for it in host.got() if "Review" in it] == ["Review the latest\ncommit"]
    assert json.loads(Path(told["session_manifest"]).read_text())["interactive"]["turn_index"] == 1


def test_an_interrupted_turn_says_so(host: Machine) -> None:
    """Interrupt during a turn: its caller gets `interrupted` and exit code 1."""
    told = host.start("my-agent")
    words = ("send-prompt", "--agent-identity", "my-agent", "--prompt", "turn 30")
    with host.begin(*words) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["kind"] == "submitted"
        host.await_answer(told)
        assert host.ask("interrupt", "--agent-identity", "my-agent")["status"] == "ok"
        ended = json.loads(process.stdout.readline())
        assert (ended["kind"], ended["payload"]["result"]) == ("done", "interrupted")
        assert process.wait(PATIENCE) == 1


def test_everybody_tells_the_same(host: Machine) -> None:
    """List, state and show agree on a turn's end with its caller; a stop takes it off the list."""
    with served(host) as found:
        told = found.start("my-agent")
        agent_id = told["agent_id"]
        words = ("send-prompt", "--agent-identity", "my-agent", "--prompt", "turn 30")
        with found.begin(*words) as process:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["kind"] == "submitted"
            found.await_answer(told)
            assert found.ask("interrupt", "--agent-identity", "my-agent")["status"] == "ok"
            result = json.loads(process.stdout.readline())["payload"]["result"]
        (listed,) = found.ask("agents", "list", "--json")["agents"]
        state = found.ask("agents", "state", "my-agent", "--json")
        shown = found.ask("agents", "show", "my-agent", "--json")
        told = [listed["state"], state, shown["summary_state"]]
        assert [it["last_turn"]["result"] for it in told] == [result] * 3 == ["interrupted"] * 3
        assert [it["turn"]["phase"] for it in told] == ["ready"] * 3
        found.ask("stop-session", "--agent-identity", "my-agent")
        assert not found.record(agent_id).exists()
        listing = ("agents", "list", "--json")
        wait_until(lambda: found.ask(*listing)["agents"] == [], "it is listed no more")
    assert host.tmux.sessions() == []


def test_two_prompts_at_once_come_one_after_the_other(host: Machine) -> None:
    """Two callers never type into each other's text, and each gets its own turn."""
    told = host.start("my-agent")
    words = ("send-prompt", "--agent-identity", "my-agent", "--prompt")
    with host.begin(*words, "first") as one, host.begin(*words, "second") as other:
        outcomes = {one.wait(PATIENCE), other.wait(PATIENCE)}
    assert outcomes == {0}
    screen = host.tmux.screen(f"={told['tmux_session_name']}:0.0")
    prompts = [line for line in screen.splitlines() if line.startswith("› ")]
    assert sorted(prompts[:-1]) == ["› first", "› second"]


@pytest.mark.parametrize("spelling", ["my-agent", "HOUMAO-my-agent", "AGENTSYS-my-agent"])
def test_a_stopped_session_is_gone(host: Machine, spelling: str) -> None:
    """Whatever spelling: session, processes and record have gone; a second stop finds none."""
    told = host.start("my-agent")
    pane = int(host.tmux.run("display-message", "-p", "-t", "%0", "#{pane_pid}"))
    assert host.ask("stop-session", "--agent-identity", spelling)["action"] == "terminate"
    assert host.tmux.sessions() == []
    assert not is_running(pane)
    assert not host.record(told["agent_id"]).exists()
    done = host.mgr("stop-session", "--agent-identity", spelling)
    assert (done.returncode, done.stdout) == (1, "")


def test_a_session_can_be_kept(host: Machine) -> None:
    """With --keep-session only the record goes, and the manifest still names the session."""
    told = host.start("my-agent")
    host.ask("stop-session", "--agent-identity", "my-agent", "--keep-session")
    assert host.tmux.sessions() == [told["tmux_session_name"]]
    assert not host.record(told["agent_id"]).exists()
    code, events, _ = host.prompt(told["session_manifest"], "still there?")
    assert (code, events[-1]["payload"]["result"]) == (0, "success")
    host.ask("stop-session", "--agent-identity", told["session_manifest"])
    assert host.tmux.sessions() == []


def test_an_agent_is_shown_without_a_server(host: Machine) -> None:
    """Looked at here and now: its state, its pane, its screen; and when its tool has left."""
    told = host.start("my-agent")
    shown = host.ask("agents", "show", "my-agent", "--json")
    assert shown["identity"]["agent_id"] == told["agent_id"]
    assert shown["summary_state"]["turn"]["phase"] == "ready"
    assert "Ask Codex" in host.mgr("agents", "show", "my-agent", "--screen").stdout
    host.ask("send-keys", "--agent-identity", "my-agent", "--sequence", "/exit<[Enter]>")
    screen = f"={told['tmux_session_name']}:0.0"
    wait_until(lambda: "ended with exit code 0" in host.tmux.screen(screen), "the tool has left")
    assert "down" in host.mgr("agents", "show", "my-agent").stdout
    assert "no Houmao server answers" in host.mgr("agents", "show", "nobody").stderr


def test_an_agent_is_worked_with_without_a_server(host: Machine) -> None:
    """`agents prompt`, `interrupt` and `stop` do it from here, by the same rules."""
    told = host.start("my-agent", "gemini")
    ask = ("agents", "prompt", "my-agent", "--json", "--prompt")
    done = host.ask(*ask, "hello", "--wait")
    assert (done["outcome"], done["turn_result"]) == ("submitted", "success")
    assert host.ask(*ask, "turn 30")["outcome"] == "submitted"
    host.await_answer(told, turn=2)
    assert host.ask("agents", "interrupt", "my-agent", "--json")["detail"] == "the turn stopped"
    assert host.mgr("agents", "interrupt", "my-agent").stdout == "my-agent: no turn was running\n"
    assert [it for it in host.got() if it in ("hello", "turn 30")] == ["hello", "turn 30"]
    for refused in (("--no-wait",), ("--idempotency-key", "k")):
        assert "no Houmao server" in host.mgr(*ask, "later", *refused).stderr
    host.ask("send-keys", "--agent-identity", "my-agent", "--sequence", "a draft")
    done = host.mgr(*ask, "over it")
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (1, "draft_present")
    host.ask("agents", "stop", "my-agent", "--json")
    assert host.tmux.sessions() == []
    assert not host.record(told["agent_id"]).exists()
    assert "no Houmao server" in host.mgr("agents", "stop", "my-agent").stderr


def test_a_blueprint_stands_for_recipe_and_role(host: Machine) -> None:
    """Build and start by the blueprint alone; the agent is named after tool and role."""
    blueprint = ("--blueprint", "blueprints/gpu-kernel-coder.yaml")
    built = host.ask("build-brain", *blueprint)
    words = ("start-session", "--brain-manifest", built["manifest_path"], *blueprint)
    told = host.ask(*words)
    assert told["agent_name"] == "codex-gpu-kernel-coder"
    code, events, _ = host.prompt(told["agent_id"], "hello")
    assert (code, events[-1]["payload"]["result"]) == (0, "success")
    host.ask("stop-session", "--agent-identity", told["agent_identity"])


def test_a_session_may_start_with_its_gateway(host: Machine) -> None:
    """It answers at once; where it cannot listen, the agent runs all the same."""
    words = ("--gateway-auto-attach", "--gateway-port")
    port = free_port()
    told = host.start("my-agent", "codex", *words, str(port))
    assert (told["gateway_host"], told["gateway_port"]) == ("127.0.0.1", port)
    found = host.ask("agents", "gateway", "status", "my-agent", "--json")
    assert (found["gateway_health"], found["gateway_port"]) == ("healthy", port)
    manifest = host.build("codex")["manifest_path"]
    start = ("start-session", "--brain-manifest", manifest, "--role", "gpu-kernel-coder")
    done = host.mgr(*start, "--agent-identity", "other", *words, str(port))
    assert done.returncode == 2
    assert str(port) in json.loads(done.stdout)["gateway_auto_attach_error"]
    for name in ("my-agent", "other"):
        host.ask("stop-session", "--agent-identity", name)
    end_gateways(load(host.environ))


def test_launching_needs_no_name(host: Machine) -> None:
    """`agents launch` builds, starts and says how to attach; `agents relaunch` starts anew."""
    words = ("agents", "launch", "--agents", "gpu-kernel-coder", "--provider", "codex")
    done = host.mgr(*words)
    assert done.returncode == 0, done.stderr
    told = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert told["agent_name"] == "gpu-kernel-coder"
    assert told["terminal_handoff"] == "skipped_non_interactive"
    assert told["attach_command"].endswith(f"attach-session -t {told['tmux_session_name']}")
    before = host.tmux.run("display-message", "-p", "-t", "%0", "#{pane_pid}")
    assert host.ask("agents", "relaunch", "gpu-kernel-coder")["status"] == "ok"
    assert host.tmux.run("display-message", "-p", "-t", "%0", "#{pane_pid}") != before
    code, events, _ = host.prompt("gpu-kernel-coder", "hello again")
    assert (code, events[-1]["payload"]["result"]) == (0, "success")
    assert host.mgr(*words).returncode == 1
    assert len(host.tmux.sessions()) == 1


def test_keys_are_typed_as_they_are(host: Machine) -> None:
    """Literal text and keys reach the pane; no Enter is added."""
    session = host.start("my-agent", "gemini")["tmux_session_name"]
    keys = ("send-keys", "--agent-identity", "my-agent", "--sequence")
    idle = "Type your message"
    wait_until(lambda: idle in host.tmux.screen(f"={session}:0.0"), "the composer is there")
    host.ask(*keys, "abd<[BSpace]>c")
    wait_until(lambda: " > abc" in host.tmux.screen(f"={session}:0.0"), "the text is typed")
    refused = host.prompt("my-agent", "over it")
    assert (refused[0], refused[1]) == (1, [])
    assert "half-typed text" in refused[2]
    host.ask(*keys, "<[C-c]>")
    wait_until(lambda: " > abc" not in host.tmux.screen(f"={session}:0.0"), "the text is cleared")
    assert "<[Nope]>" in host.mgr(*keys, "<[Nope]>").stderr


def test_a_tool_that_does_not_come_up_leaves_nothing(host: Machine) -> None:
    """The error shows what the tool said; session, folder and record are gone again."""
    manifest = host.build("codex")["manifest_path"]
    (host.folder / "bin" / "codex").write_text("#!/bin/sh\necho no such model >&2\nexit 3\n")
    words = ("start-session", "--brain-manifest", manifest, "--role", "gpu-kernel-coder")
    done = host.mgr(*words, "--agent-identity", "my-agent")
    assert (done.returncode, done.stdout) == (1, "")
    assert "exit code 3" in done.stderr
    assert "no such model" in done.stderr
    assert host.tmux.sessions() == []
    left = [it for it in (host.folder / "home").rglob("*") if "local_interactive-" in it.name]
    assert left == []
    assert not list(host.registry.glob("live_agents/*"))


#: Seconds within which anything here is over.
PATIENCE = 40.0
