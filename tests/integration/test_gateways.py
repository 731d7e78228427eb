"""Gateways beside real sessions, without a server: attached, prompted, killed, attached again."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from houmao.errors import Conflict
from houmao.gateway.attaching import AttachOptions, attach, detach, status_of
from houmao.gateway.client import GatewayClient, GatewayRefused
from houmao.gateway.parent import GatewayOrder, NotStarted, order_gateway
from houmao.gateway_files.folder import GatewayListener
from houmao.gateway_files.status import GatewayInstance
from houmao.mailbox.binding import MailboxOptions
from houmao.sessions.control.operations import stop
from houmao.sessions.gateway_offer import folder_of, offer_gateway
from houmao.sessions.starting.start import Started
from tests.integration.attaching import end_gateways, parent_of
from tests.integration.launching import Machine, machine
from tests.integration.serving import environment, free_port
from tests.services import TmuxServer, wait_until

BODY = {"schema_version": 1}
#: Answers as a gateway of a later protocol would.
OTHER_GATEWAY = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"protocol_version": "v9", "status": "ok"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer)
print("listens", flush=True)
server.serve_forever()
"""


@pytest.fixture
def host(tmp_path: Path, tmux_server: TmuxServer) -> Iterator[Machine]:
    found = machine(tmp_path, tmux_server)
    yield found
    end_gateways(found.settings)


def attached(host: Machine, name: str, **options: Any) -> GatewayClient:
    found = attach(host.target(name), host.settings, AttachOptions(GatewayListener(**options)))
    assert found["gateway_health"] == "healthy"
    return GatewayClient("127.0.0.1", found["gateway_port"], timeout_seconds=30)


def ask(gateway: GatewayClient, prompt: str, **headers: str) -> Mapping[str, Any]:
    body = {**BODY, "kind": "submit_prompt", "payload": {"prompt": prompt}}
    return gateway.call("POST", "/v1/requests", body, headers)


def rows(host: Machine, name: str) -> dict[str, tuple[str, str | None]]:
    """Prompt to state and error."""
    path = folder_of(host.target(name).stored).queue_path
    with sqlite3.connect(path) as db:
        found = db.execute("SELECT payload_json, state, error_detail FROM gateway_requests")
        return {json.loads(p).get("prompt", ""): (state, why) for p, state, why in found}


def test_attach_publishes_and_detach_takes_back(host: Machine) -> None:
    """Files, record, tmux variables and status agree; twice is as good as once."""
    host.tool("codex")
    started = host.start("alpha")
    assert status_of(host.target("alpha"), host.settings)["gateway_health"] == "not_attached"
    gateway = attached(host, "alpha")
    found = gateway.call("GET", "/v1/status")
    assert (found["request_admission"], found["managed_agent_connectivity"]) == (
        "open",
        "connected",
    )
    record = host.target("alpha").record
    assert record
    assert record.gateway
    assert record.gateway.port == gateway.port
    instance = folder_of(host.target("alpha").stored).instance()
    assert instance
    assert instance.pid in psutil.pids()
    variables = host.tmux.run("show-environment", "-t", f"={started.record.session_name}:")
    assert f"AGENTSYS_AGENT_GATEWAY_PORT={gateway.port}" in variables
    assert attached(host, "alpha").port == gateway.port
    for _ in range(2):
        assert detach(host.target("alpha"), host.settings)["gateway_health"] == "not_attached"
    assert not psutil.pid_exists(instance.pid)
    record = host.target("alpha").record
    assert record
    assert record.gateway is None
    variables = host.tmux.run("show-environment", "-t", f"={started.record.session_name}:")
    assert "GATEWAY_PORT" not in variables
    offline = json.loads(folder_of(host.target("alpha").stored).state_path.read_text())
    assert offline["gateway_health"] == "not_attached"


def test_a_parent_without_gateways_waits_and_ends_when_told(host: Machine) -> None:
    """Its last gateway's end had left it trying without a pause, deaf to every signal."""
    host.start("alpha")
    attached(host, "alpha")
    parent = parent_of(host.settings)
    detach(host.target("alpha"), host.settings)
    wait_until(lambda: parent.children() == [], "its gateway is gone")
    parent.terminate()
    wait_until(lambda: not parent.is_running(), "it ends")


def test_prompts_are_typed_one_after_the_other(host: Machine) -> None:
    """The second waits for the verdict on the first; a key that comes twice types once."""
    host.tool("codex")
    started = host.start("alpha")
    gateway = attached(host, "alpha")
    first = ask(gateway, "first", **{"Idempotency-Key": "k1"})
    assert first["request_id"].startswith("gwreq-")
    assert ask(gateway, "first", **{"Idempotency-Key": "k1"})["request_id"] == first["request_id"]
    assert ask(gateway, "second")["queue_depth"] == 2
    done = {"first": ("completed", None), "second": ("completed", None)}
    wait_until(lambda: rows(host, "alpha") == done, "both are completed", 40)
    screen = host.screen(started)
    assert screen.index("first") < screen.index("second")


def test_a_killed_gateway_fails_what_ran_and_does_what_waited(host: Machine) -> None:
    """Nothing is typed twice; another port is no problem for what is queued."""
    host.tool("codex", "--turn-seconds", "6")
    host.start("alpha")
    gateway = attached(host, "alpha")
    ask(gateway, "first")
    ask(gateway, "second")
    wait_until(lambda: rows(host, "alpha")["first"][0] == "running", "it runs")
    instance = folder_of(host.target("alpha").stored).instance()
    assert instance
    os.kill(instance.pid, signal.SIGKILL)
    wait_until(lambda: not psutil.pid_exists(instance.pid), "the gateway is dead")
    attached(host, "alpha")
    state, why = rows(host, "alpha")["first"]
    assert state == "failed"
    assert why
    assert "not known" in why
    wait_until(lambda: rows(host, "alpha")["second"][0] == "completed", "the other is done", 40)


def sleeping(host: Machine, name: str) -> tuple[GatewayClient, psutil.Process]:
    """A gateway that has fallen asleep at once, and the process that keeps its socket."""
    manifest = str(host.target(name).stored.path)
    order = GatewayOrder(manifest, "127.0.0.1", free_port(), sleeps_after=0.2)
    keeper = psutil.Process(order_gateway(host.settings, order))
    wait_until(lambda: not keeper.children(), "it sleeps")
    return GatewayClient("127.0.0.1", order.port, timeout_seconds=30), keeper


def test_a_gateway_that_nobody_calls_sleeps_until_somebody_does(host: Machine) -> None:
    """It answers and works as ever, under the same number, and writes down its end."""
    host.tool("codex", "--turn-seconds", "2")
    host.start("alpha")
    gateway, keeper = sleeping(host, "alpha")
    folder = folder_of(host.target("alpha").stored)
    before = folder.instance()
    assert ask(gateway, "first")["queue_depth"] == 1
    wait_until(lambda: rows(host, "alpha")["first"] == ("completed", None), "it is done", 40)
    wait_until(lambda: not keeper.children(), "it sleeps again")
    assert gateway.call("GET", "/v1/status")["request_admission"] == "open"
    assert folder.instance() == before
    wait_until(lambda: not keeper.children(), "it sleeps again")
    keeper.terminate()
    wait_until(lambda: not keeper.is_running(), "it has ended")
    assert json.loads(folder.state_path.read_text())["gateway_health"] == "not_attached"


def test_whatever_serves_ends_with_the_process_that_is_the_gateway(host: Machine) -> None:
    host.tool("codex")
    host.start("alpha")
    attached(host, "alpha")
    instance = folder_of(host.target("alpha").stored).instance()
    assert instance
    keeper = psutil.Process(instance.pid)
    (serving,) = keeper.children()
    keeper.kill()
    wait_until(lambda: not serving.is_running(), "it has ended")


def test_one_process_works_for_a_gateway(host: Machine) -> None:
    """A second beside one that is alive is refused, and takes nothing of the first one's."""
    host.tool("codex")
    host.start("alpha")
    gateway = attached(host, "alpha")
    folder = folder_of(host.target("alpha").stored)
    before = folder.instance()
    with pytest.raises(NotStarted, match="detach"):
        order_gateway(
            host.settings, GatewayOrder(str(host.target("alpha").stored.path), "127.0.0.1", 0)
        )
    assert folder.instance() == before
    assert gateway.call("GET", "/v1/status")["gateway_health"] == "healthy"


def test_bodies_and_strangers_are_refused(host: Machine) -> None:
    """Unknown fields, other content types and other hosts."""
    host.tool("codex")
    host.start("alpha")
    gateway = attached(host, "alpha")
    for body in ({"kind": "submit_prompt"}, {"kind": "interrupt", "payload": {"x": 1}}, {}):
        with pytest.raises(GatewayRefused) as refused:
            gateway.call("POST", "/v1/requests", body)
        assert refused.value.status == 422
    with pytest.raises(GatewayRefused) as stranger:
        gateway.call("GET", "/v1/status", headers={"Host": "evil.example"})
    assert stranger.value.status == 400


def test_a_prompt_now_is_refused_while_another_runs(host: Machine) -> None:
    host.tool("codex", "--turn-seconds", "6")
    host.start("alpha")
    gateway = attached(host, "alpha")
    sent = gateway.call("POST", "/v1/control/prompt", {**BODY, "prompt": "one"})
    assert (sent["status"], sent["sent"], sent["forced"]) == ("ok", True, False)
    with pytest.raises(GatewayRefused) as refused:
        gateway.call("POST", "/v1/control/prompt", {**BODY, "prompt": "two"})
    assert refused.value.status == 409
    assert isinstance(refused.value.detail, dict)
    assert refused.value.detail["error_code"] == "not_ready"


def test_what_only_a_server_knows_is_refused_without_one(host: Machine) -> None:
    """No turns are tracked: there is no history, and nobody to tell of a prompt."""
    host.tool("codex")
    host.start("alpha")
    gateway = attached(host, "alpha")
    for method, path in (("GET", "history"), ("POST", "note-prompt")):
        body = {"prompt": "hello"} if method == "POST" else None
        with pytest.raises(GatewayRefused, match="no server follows this agent") as refused:
            gateway.call(method, f"/v1/control/tui/{path}", body)
        assert refused.value.status == 503
    assert gateway.call("GET", "/v1/control/tui/state")["terminal_id"]


def test_a_taken_port_is_an_error(host: Machine) -> None:
    host.tool("codex")
    host.start("alpha")
    host.start("beta")
    taken = attached(host, "alpha").port
    with pytest.raises(Conflict):
        attached(host, "beta", port=taken)


def test_a_session_offers_a_gateway_from_its_start(host: Machine) -> None:
    """The contract, an offline status and the blueprint's listener are there before any attach."""
    port = free_port()
    host.tool("codex")
    manifest = Path(host.start("alpha").record.manifest_path)
    folder = folder_of(host.target("alpha").stored)
    assert (folder.root / "protocol-version.txt").read_text() == "v1\n"
    assert json.loads(folder.state_path.read_text())["gateway_health"] == "not_attached"
    offer_gateway(manifest, GatewayListener("127.0.0.1", port))
    for _ in range(2):
        # The second time it is what was remembered, too.
        assert attached(host, "alpha").port == port
        detach(host.target("alpha"), host.settings)
    contract = json.loads((folder.root / "attach.json").read_text())
    assert (contract["desired_host"], contract["desired_port"]) == ("127.0.0.1", port)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(Conflict, match=str(port)):
            attached(host, "alpha")


def test_a_gateway_of_another_protocol_is_left_alone_and_can_be_detached(host: Machine) -> None:
    host.tool("codex")
    host.start("alpha")
    target, port = host.target("alpha"), free_port()
    words = [sys.executable, "-c", OTHER_GATEWAY, str(port), "gateway"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        folder_of(target.stored).publish(GatewayInstance(other.pid, "127.0.0.1", port, 1, None))
        with pytest.raises(Conflict, match="v9"):
            attach(target, host.settings, AttachOptions())
        assert other.poll() is None
        detach(target, host.settings)
        assert other.wait(10) is not None


def test_the_foreground_gateway_lives_in_a_window(host: Machine) -> None:
    """Never window 0; detaching ends the window."""
    host.tool("codex")
    host.start("alpha")
    found = attach(host.target("alpha"), host.settings, AttachOptions(foreground=True))
    assert found["execution_mode"] == "tmux_auxiliary_window"
    assert found["gateway_tmux_window_index"] == "1"
    detach(host.target("alpha"), host.settings)
    wait_until(lambda: len(host.target("alpha").panes) == 1, "the window is gone")


def mailing(host: Machine, name: str) -> tuple[Started, GatewayClient]:
    """A new session that has a mailbox, and its gateway."""
    said = MailboxOptions(transport="filesystem", root=host.folder / "mail")
    return host.start(name, mailbox=said), attached(host, name)


def test_mail_goes_through_gateways_and_wakes_the_agent_once(host: Machine) -> None:
    """Sent by one, listed, told to the other's agent by one prompt, marked as read."""
    host.tool("codex")
    (_, alpha), (started, beta) = mailing(host, "alpha"), mailing(host, "beta")
    to = beta.call("GET", "/v1/mail/status")["address"]
    draft = {**BODY, "to": [to], "subject": "Build", "body_content": "It is red."}
    assert alpha.call("POST", "/v1/mail/send", draft)["operation"] == "send"
    found = beta.call("POST", "/v1/mail/check", {**BODY, "unread_only": True})
    assert (found["message_count"], found["messages"][0]["subject"]) == (1, "Build")
    on = beta.call("PUT", "/v1/mail-notifier", {**BODY, "enabled": True, "interval_seconds": 1})
    assert (on["enabled"], on["supported"]) == (True, True)
    wait_until(lambda: "You have mail" in host.screen(started), "the agent is told", 20)
    path = folder_of(host.target("beta").stored).queue_path
    with sqlite3.connect(path) as db:
        wait_until(lambda: "dedup_skip" in outcomes(db), "it is not told again", 20)
        assert outcomes(db).count("enqueued") == 1
    told = manager(host, "agents", "mail", "check", "beta", "--json")
    # Its files tell of no version: that is the facade's word.
    assert (told["schema_version"], told["messages"]) == (1, found["messages"])
    ref = found["messages"][0]["message_ref"]
    assert beta.call("POST", "/v1/mail/state", {**BODY, "message_ref": ref})["read"] is True
    assert beta.call("DELETE", "/v1/mail-notifier")["enabled"] is False


def manager(host: Machine, *words: str) -> Mapping[str, Any]:
    """The JSON that a command prints."""
    program = str(Path(sys.executable).with_name("houmao-mgr"))
    environ = environment(host.settings)
    done = subprocess.run([program, *words], env=environ, check=True, stdout=subprocess.PIPE)
    answer: Mapping[str, Any] = json.loads(done.stdout)
    return answer


def outcomes(db: sqlite3.Connection) -> list[str]:
    return [it for (it,) in db.execute("SELECT outcome FROM gateway_notifier_audit")]


def test_without_a_mailbox_mail_is_refused(host: Machine) -> None:
    host.tool("codex")
    host.start("alpha")
    gateway = attached(host, "alpha")
    with pytest.raises(GatewayRefused) as refused:
        gateway.call("GET", "/v1/mail/status")
    assert refused.value.status == 422
    assert gateway.call("GET", "/v1/mail-notifier")["supported"] is False


def test_stopping_an_agent_ends_its_gateway(host: Machine) -> None:
    host.tool("codex")
    host.start("alpha")
    attached(host, "alpha")
    instance = folder_of(host.target("alpha").stored).instance()
    assert instance
    stop(host.target("alpha"))
    wait_until(lambda: not psutil.pid_exists(instance.pid), "the gateway has ended")
