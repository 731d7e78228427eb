"""`houmao-server` and `houmao-passive-server` on one host: one Redis, one set of workers."""

import json
import signal
import subprocess
import sys
from dataclasses import replace

import psutil

from houmao.config import Settings
from tests.integration.serving import (
    PAIR,
    Server,
    command_of,
    environment,
    free_port,
    own_port,
    serving,
    started,
)
from tests.integration.watching import Host
from tests.services import wait_until


def test_who_remains_keeps_the_workers_alive(host: Host) -> None:
    """The second joins; when the first is killed it takes over, and nothing is lost."""
    host.stub("agent", "--turn-seconds", "0.5")
    settings = own_port(host)
    with serving(settings) as first:
        first.await_availability("agent", "available")
        other = replace(settings, port=free_port())
        argv = (*PAIR, "serve", "--api-base-url", other.api_base_url)
        with started(other, argv) as second:
            wait_until(lambda: second.ask("/health").status == 200, "the second answers", 20)
            assert second.ask("/health").body == {
                "status": "ok",
                "service": "cli-agent-orchestrator",
                "houmao_service": "houmao-server",
            }
            assert other_pid(other) == second.process.pid
            assert asked(other, "sessions", "list") == []
            assert first.ask("/health").body["houmao_service"] == "houmao-passive-server"
            assert second.availability("agent?extended=true") != "404"
            assert programs(second) == {"gunicorn"}
            first.process.send_signal(signal.SIGKILL)
            first.process.wait()
            wait_until(second.is_complete, "the second runs it all", 20)
            wait_until(lambda: len(listed(second)) == 1, "the agent is still watched", 20)
            assert second.ask("/houmao/server/shutdown", "POST").body == {"success": True}
            assert second.process.wait(10) == 0


def other_pid(settings: Settings) -> int:
    """By the pid file that scripts read."""
    return int((settings.server_root / "run" / "houmao-server.pid").read_text())


def asked(settings: Settings, *words: str) -> object:
    """What `houmao-server` prints of one that runs."""
    argv = [*PAIR, *words, "--api-base-url", settings.api_base_url]
    return json.loads(subprocess.check_output(argv, env=environment(settings), text=True))


def programs(server: Server) -> set[str]:
    """Which of a server's programs are its own children."""
    children = psutil.Process(server.process.pid).children()
    return {"gunicorn" if "gunicorn" in command_of(it) else command_of(it) for it in children}


def listed(server: Server) -> list[object]:
    agents = server.ask("/houmao/agents?extended=true").body.get("agents", [])
    assert isinstance(agents, list)
    return agents


def test_start_twice_is_one_server(host: Host) -> None:
    """`server start` in the background, once more, `status`, `stop` and `stop` again."""
    settings = own_port(host)
    url = settings.api_base_url

    def mgr(*words: str) -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, "-m", "houmao.cli", *words, "--json"],
            env=environment(settings),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        answer: dict[str, object] = json.loads(done.stdout)
        return answer

    first = mgr("server", "start", "--api-base-url", url)
    try:
        assert (first["success"], first["reused_existing"]) == (True, False)
        again = mgr("server", "start", "--api-base-url", url)
        assert (again["pid"], again["reused_existing"]) == (first["pid"], True)
        assert mgr("server", "status", "--port", str(settings.port))["running"] is True
    finally:
        stopped = mgr("server", "stop", "--port", str(settings.port))
    assert stopped["running"] is False
    assert mgr("server", "stop", "--port", str(settings.port))["success"] is True
