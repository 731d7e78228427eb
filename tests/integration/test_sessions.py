"""Sessions on a real tmux: made as they should be, ended as a whole, found by any name."""

import json
import os
import shlex
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from houmao.clock import now
from houmao.demo.stub_agent import command
from houmao.errors import (
    AmbiguousName,
    Conflict,
    HoumaoError,
    ManifestError,
    NotFound,
    StartFailed,
    Unavailable,
    UsageError,
)
from houmao.registry.agent_lock import TYPING, AgentLock
from houmao.requests.request import RequestOutcome
from houmao.sessions.adopting.join import JoinRequest, join
from houmao.sessions.adopting.launch_options import LaunchOptions
from houmao.sessions.control.key_sequence import parse_sequence
from houmao.sessions.control.operations import interrupt, send_keys, stop
from houmao.sessions.control.relaunch import relaunch
from houmao.sessions.driving.turn import NotDelivered, TurnListener, TurnLost, TurnResult, take_turn
from houmao.sessions.generation import Generation
from houmao.sessions.starting.start import Started
from houmao.sessions.target import SessionTarget, current
from houmao.tmux import lifecycle
from tests.integration.launching import Machine, machine
from tests.services import TmuxServer, is_running, wait_until

SILENT_EARS = TurnListener(lambda: None, lambda sentence: None)
#: Fakes a daemon that leaves the pane's process tree, as some tools start one.
DAEMON = "(setsid bash -c 'exec -a {tool} sleep 300' &)"


@pytest.fixture
def host(tmp_path: Path, tmux_server: TmuxServer) -> Machine:
    return machine(tmp_path, tmux_server)


def prompt(host: Machine, name: str, text: str, timeout: float = 20.0) -> TurnResult:
    return take_turn(host.target(name), text, timeout, SILENT_EARS)


# --- made as it should be --------------------------------------------------------------------


def test_windows_are_counted_from_zero_whatever_the_user_likes(host: Machine) -> None:
    """A user's base-index changes nothing for an agent's session."""
    host.tmux.new_session("mine")
    for option in ("base-index", "pane-base-index"):
        host.tmux.run("set-option", "-g", option, "1")
    started = host.start("gpu")
    place = "#{window_index}.#{pane_index} #{window_name}"
    panes = host.tmux.run("list-panes", "-s", "-t", f"={started.record.session_name}", "-F", place)
    assert panes == "0.0 agent"


def test_any_value_of_a_variable_reaches_the_tool(host: Machine) -> None:
    """Quotes, line ends, tmux' own characters; and one that no program could be given is left."""
    values = {
        "QUOTES": 'it\'s "so"',
        "LINES_": "one\n  # two\n  three\\",
        "SPECIAL": "~/x $HOME #{pane_id} ; } \t é",
        "DASH": "-u",
        "EMPTY": "",
    }
    pane = lifecycle.create(host.address, "s", host.folder)
    host.tmux.opened.add("s")
    lifecycle.publish(host.address, pane.session_id, {**values, "HUGE": "x" * 200_000})
    script = host.folder / "script"
    script.write_text(f"env -0 > {host.folder}/env\nsleep 100\n")
    lifecycle.respawn(host.address, pane.pane_id, ("/bin/sh", str(script)))
    written = host.folder / "env"
    wait_until(lambda: written.exists() and written.read_text().endswith("\0"), "the tool runs")
    found = dict(it.split("=", 1) for it in written.read_text().split("\0") if "=" in it)
    assert {name: found.get(name) for name in values} == values
    assert "HUGE" not in found


def test_a_session_name_that_is_taken_or_unusable_is_refused(host: Machine) -> None:
    """And nothing is left of the attempt."""
    host.tmux.new_session("taken")
    with pytest.raises(Conflict, match="taken"):
        host.start("gpu", session_name="taken")
    with pytest.raises(UsageError, match=r"a\.b"):
        host.start("gpu", session_name="a.b")
    assert host.tmux.sessions() == ["taken"]
    assert host.files() == []


def test_a_prefix_of_a_session_is_another_session(host: Machine) -> None:
    """tmux would take `gpu` for `gpu-2`; stopping the one leaves the other."""
    two = host.start("gpu-2", session_name="gpu-2")
    one = host.start("gpu", session_name="gpu")
    stop(host.target("gpu"))
    assert host.tmux.sessions() == ["gpu-2"]
    assert is_running(host.pane_pid(two))
    assert host.registry.load(one.record.agent_id) is None


# --- nothing or everything -------------------------------------------------------------------


@pytest.mark.parametrize("end", ["exit 3", "sleep 0.3; exit 0", "kill -9 $$"])
def test_a_tool_that_ends_at_once_is_no_start(host: Machine, end: str) -> None:
    """However it ends; home, session, folders and record are gone again."""
    host.tool("codex", before=f"echo a complaint; {end}")
    with pytest.raises(StartFailed, match="a complaint"):
        host.start("gpu")
    assert host.tmux.sessions() == []
    assert host.files() == []
    assert host.registry.entries() == ()


def test_a_missing_program_is_told_before_anything_is_made(host: Machine) -> None:
    (host.folder / "bin" / "codex").unlink()
    with pytest.raises(NotFound, match="'codex' is not on the PATH"):
        host.start("gpu")
    assert host.tmux.pid is None


def test_a_registry_that_refuses_undoes_the_session(host: Machine) -> None:
    """The tool had come up already; it is ended with everything else."""
    host.settings.registry_root.mkdir()
    (host.settings.registry_root / "live_agents").write_text("in the way")
    with pytest.raises(HoumaoError):
        host.start("gpu")
    assert host.tmux.sessions() == []
    assert host.files() == []


def test_one_agent_runs_once(host: Machine) -> None:
    """A second start of the same name is refused while the first one's session lives."""
    host.start("gpu")
    with pytest.raises(Conflict, match="runs already"):
        host.start("gpu")
    assert len(host.tmux.sessions()) == 1


def test_an_agent_whose_session_was_killed_can_start_again(host: Machine) -> None:
    """Its fresh record stands in nobody's way."""
    first = host.start("gpu").record
    host.tmux.run("kill-session", "-t", f"={first.session_name}")
    second = host.start("gpu").record
    found = host.registry.load(first.agent_id)
    assert found is not None
    assert found.generation_id == second.generation_id


# --- found by any name -----------------------------------------------------------------------


def test_a_session_is_found_by_all_its_names(host: Machine) -> None:
    started = host.start("gpu")
    path = started.record.manifest_path
    for reference in ("gpu", "HOUMAO-gpu", "AGENTSYS-gpu", started.record.agent_id, path):
        assert host.target(reference).stored.path == Path(path)


def test_tmux_knows_a_session_that_no_registry_publishes(host: Machine) -> None:
    started = host.start("gpu")
    host.registry.remove(started.record.agent_id)
    found = host.target("gpu")
    assert found.record is None
    assert found.stored.agent_id == started.record.agent_id


def test_a_shared_name_is_refused(host: Machine) -> None:
    """The message names the ids, of which each works."""
    for agent_id in ("one", "two"):
        host.start("gpu", agent_id=agent_id)
    with pytest.raises(AmbiguousName) as caught:
        host.target("gpu")
    assert caught.value.agent_ids == ("one", "two")
    assert host.target("one").stored.agent_id == "one"


def test_a_manifest_of_another_session_is_not_believed(host: Machine) -> None:
    """A variable that a session inherited from its server is not about this session."""
    started = host.start("gpu")
    host.tmux.new_session("HOUMAO-other")
    host.tmux.run(
        "set-environment", "-t", "=HOUMAO-other", "HOUMAO_MANIFEST_PATH",
        started.record.manifest_path,
    )  # fmt: skip
    with pytest.raises(NotFound):
        host.target("other")


def test_the_session_around_a_command_is_its_own(host: Machine) -> None:
    started = host.start("gpu")
    pane = host.tmux.run("list-panes", "-t", f"={started.record.session_name}", "-F", "#{pane_id}")
    around = {"TMUX": f"{host.tmux.socket},{host.tmux.pid},0", "TMUX_PANE": pane}
    assert current(host.settings, around).stored.agent_name == "gpu"


def test_a_manifest_that_was_changed_by_hand_is_refused(host: Machine) -> None:
    started = host.start("gpu")
    path = Path(started.record.manifest_path)
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"tmux_session_name": "another"}))
    with pytest.raises(ManifestError, match="differs"):
        host.target(str(path))


# --- prompts ---------------------------------------------------------------------------------


def test_a_prompt_over_a_dialog_is_refused_and_an_answer_by_keys_is_possible(host: Machine) -> None:
    """The approval is answered while the first caller still waits for its turn."""
    host.start("gpu", "claude")
    with pytest.raises(TurnLost, match="approval"):
        prompt(host, "gpu", "ask", timeout=4)
    with pytest.raises(NotDelivered) as caught:
        prompt(host, "gpu", "and this")
    assert caught.value.end.outcome is RequestOutcome.BLOCKED
    assert send_keys(host.target("gpu"), parse_sequence("<[Enter]>")).ok
    assert prompt(host, "gpu", "turn 1").result == "success"


def test_a_failed_turn_is_a_known_failure(host: Machine) -> None:
    host.start("gpu", "claude")
    assert prompt(host, "gpu", "error").result == "known_failure"


def test_a_prompt_to_a_tool_that_left_is_typed_into_no_shell(host: Machine) -> None:
    """The pane is a shell by then, which would run the prompt."""
    started = host.start("gpu")
    host.tmux.run("send-keys", "-t", f"={started.record.session_name}:0.0", "/exit", "Enter")
    wait_until(lambda: "ended with exit code 0" in host.screen(started), "the tool has left")
    with pytest.raises(Unavailable, match="does not run"):
        prompt(host, "gpu", "touch surprise")
    assert "surprise" not in host.screen(started)


def test_a_tool_that_ends_in_its_turn_ends_the_wait(host: Machine) -> None:
    started = host.start("gpu")

    def kill() -> None:
        for process in psutil.Process(host.pane_pid(started)).children(recursive=True):
            process.kill()

    with pytest.raises(TurnLost, match="ended before"):
        take_turn(host.target("gpu"), "turn 30", 20.0, TurnListener(kill, lambda sentence: None))


def test_nothing_is_typed_while_another_writer_types(host: Machine) -> None:
    """The watch process holds the same lock while it delivers."""
    started = host.start("gpu")
    with AgentLock(host.settings.registry_root, started.record.agent_id, TYPING) as other:
        assert other.take()
        with pytest.raises(NotDelivered) as caught:
            prompt(host, "gpu", "never seen", timeout=2.5)
    assert caught.value.end.outcome is RequestOutcome.EXPIRED
    assert "never seen" not in host.screen(started)


def test_an_interrupt_without_a_turn_presses_nothing(host: Machine) -> None:
    """For Codex one Ctrl-C on an empty prompt would be the end."""
    started = host.start("gpu")
    result = interrupt(host.target("gpu"))
    assert (result.status, result.detail) == ("ok", "no turn was running")
    assert is_running(host.pane_pid(started))


# --- ended as a whole ------------------------------------------------------------------------


def test_a_daemon_of_the_tool_ends_with_its_session(host: Machine) -> None:
    """It had left the pane's process tree; another's process of that name stays."""
    other = psutil.Popen(["bash", "-c", "exec -a codex sleep 300"])
    try:
        host.tool("codex", before=DAEMON.format(tool="codex"))
        started = host.start("gpu")
        daemons = [it for it in psutil.process_iter() if _is_daemon(it, started)]
        assert daemons
        assert stop(host.target("gpu")).ok
        assert not any(is_running(it.pid) for it in daemons)
        assert is_running(other.pid)
    finally:
        other.kill()
        other.wait()


def _is_daemon(process: psutil.Process, started: Started) -> bool:
    try:
        ours = process.environ().get("HOUMAO_MANIFEST_PATH") == started.record.manifest_path
        return ours and process.cmdline()[:1] == ["codex"] and "300" in process.cmdline()
    except (psutil.Error, OSError):
        return False


def test_stopping_what_has_ended_takes_its_record_away(host: Machine) -> None:
    started = host.start("gpu")
    host.tmux.run("kill-session", "-t", f"={started.record.session_name}")
    result = stop(host.target("gpu"))
    assert result.ok
    assert "had ended already" in result.detail
    assert host.registry.load(started.record.agent_id) is None


def test_a_record_of_a_successor_stays(host: Machine) -> None:
    """Stopping the old session by its manifest does not take the new one's record."""
    first = host.start("gpu").record
    host.tmux.run("kill-session", "-t", f"={first.session_name}")
    second = host.start("gpu").record
    assert stop(host.target(first.manifest_path)).ok
    found = host.registry.load(first.agent_id)
    assert found is not None
    assert found.generation_id == second.generation_id
    assert host.tmux.sessions() == [second.session_name]


# --- adopted sessions ------------------------------------------------------------------------


def adopt(host: Machine, *args: str) -> SessionTarget:
    """A tool that was started by hand, adopted with these recorded arguments."""
    host.tmux.new_session("work", shlex.join(command("codex", "--turn-seconds", "1")))
    request = JoinRequest(session_name="work", agent_name="joined", launch=LaunchOptions(args=args))
    generation = Generation(now(), os.urandom(16).hex())
    deadline = time.monotonic() + 10
    while True:
        try:
            join(request, host.settings, host.environ, generation)
            return host.target("joined")
        except UsageError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_an_adopted_session_can_be_prompted_and_stopped(host: Machine) -> None:
    target = adopt(host)
    assert take_turn(target, "hello", 20.0, SILENT_EARS).result == "success"
    assert stop(target).ok
    assert host.tmux.sessions() == []
    assert host.registry.entries() == ()


def test_an_adopted_session_is_relaunched_only_when_it_is_known_how(host: Machine) -> None:
    with pytest.raises(Conflict, match="joined without --launch-args"):
        relaunch(adopt(host), host.environ, now())


def test_an_adopted_session_is_relaunched_as_it_was_recorded(host: Machine) -> None:
    target = adopt(host, "--model", "x")
    assert relaunch(target, host.environ, now()).ok
    assert take_turn(host.target("joined"), "hello", 20.0, SILENT_EARS).result == "success"


def test_a_relaunch_keeps_who_the_agent_is(host: Machine) -> None:
    """Same session, id and generation, a new process and a full lease; the turns go on."""
    before = host.start("gpu").record
    old = host.pane_pid(Started(before, "", None, Path(), ()))  # type: ignore[arg-type]
    prompt(host, "gpu", "hello")
    later = now() + 3600
    assert relaunch(host.target("gpu"), host.environ, later).ok
    after = host.registry.load(before.agent_id)
    assert after is not None
    times = {"published_at": 0, "lease_expires_at": 0}
    # The pane is noted beside the record, once it is known.
    assert replace(after, pane=None, **times) == replace(before, pane=None, **times)  # type: ignore[arg-type]
    assert after.lease_expires_at == pytest.approx(later + 24 * 3600, abs=2)
    assert not is_running(old)
    assert prompt(host, "gpu", "again").result == "success"
