"""Gateways both ways: theirs behind our server, ours in front of their commands."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from houmao.clock import now
from houmao.gateway.attaching import AttachOptions, attach, detach
from houmao.sessions.target import resolve
from tests.integration.attaching import end_gateways
from tests.integration.headless import Crew
from tests.peers.meeting import Peer, joined
from tests.peers.test_records import JOINS
from tests.services import wait_until

#: What a release asks of a gateway; {name} is the agent's.
ASKS = (
    "status",
    "tui state",
    "tui history",
    "send-keys --sequence x<[BSpace]>",
    "prompt --prompt hello",
    "interrupt",
    "tui note-prompt --prompt hello",
    "mail-notifier status",
)
BODY = {"schema_version": 1}


@pytest.fixture
def ours(served: Crew) -> Iterator[str]:
    """An agent that we joined, with a gateway of ours."""
    name = joined(served, f"gateway-{os.urandom(3).hex()}")
    settings = served.server.settings
    target = resolve(name, settings, now())
    attach(target, settings, AttachOptions())
    yield name
    detach(resolve(name, settings, now()), settings)
    end_gateways(settings)


def known(served: Crew, name: str) -> None:
    """The server has read that a gateway is attached."""
    wait_until(lambda: bool(served.get(f"/houmao/agents/{name}")["has_gateway"]), "it is known", 20)


def ask_all(served: Crew, name: str, *missing: str) -> dict[str, int]:
    """Status of every gateway route; `missing` are those that the gateway itself has not got."""
    base = f"/houmao/agents/{name}"
    calls: tuple[tuple[str, str, Any], ...] = (
        ("GET", "/gateway", None),
        ("GET", "/gateway/tui/state", None),
        ("GET", "/gateway/tui/history?limit=5", None),
        ("GET", "/gateway/mail-notifier", None),
        ("POST", "/gateway/control/send-keys", {"sequence": "x<[BSpace]>"}),
        ("POST", "/gateway/control/prompt", {**BODY, "prompt": "hello", "force": True}),
        ("POST", "/gateway/tui/note-prompt", {"prompt": "hello"}),
        ("POST", "/gateway/requests", {**BODY, "kind": "interrupt", "payload": {}}),
        ("POST", "/gateway/attach", None),
        ("POST", "/gateway/detach", None),
    )
    found = {}
    for method, path, body in calls:
        status, answer = served.call(method, base + path, body)
        found[path] = status
        assert status in ((404,) if path in missing else (200, 501)), (path, status, answer)
    return found


def test_every_route_reaches_our_gateway(peers: object, served: Crew, ours: str) -> None:
    known(served, ours)
    found = ask_all(served, ours)
    assert {path for path, status in found.items() if status == 501} == {
        "/gateway/attach",
        "/gateway/detach",
    }


def test_their_commands_take_our_gateway(peers: Any, served: Crew, ours: str) -> None:
    """Through our server, and straight on this machine: 0.1.0 reads every answer."""
    known(served, ours)
    peer = Peer(peers / "houmao-0.1.0", served)
    for words in ASKS:
        name, _, rest = words.partition(" --")
        line = f"agents gateway {name} --agent-name {ours}".split()
        more = ["--" + each for each in rest.split(" --")] if rest else []
        more = [word for each in more for word in each.split(" ", 1)]
        done = peer.run("houmao-mgr", *line, *more)
        assert done.returncode == 0, (words, done.stdout[-300:], done.stderr[-600:])


@pytest.mark.parametrize("version", ["0.1.0", "0.7.3"])
def test_their_gateway_stands_behind_our_server(peers: Any, served: Crew, version: str) -> None:
    name = f"gw-{version.replace('.', '-')}-{os.urandom(2).hex()}"
    peer = Peer(peers / f"houmao-{version}", served)
    peer.join(JOINS[version], name)
    wait_until(lambda: served.call("GET", f"/houmao/agents/{name}/state")[0] == 200, "seen", 20)
    background = [] if version == "0.1.0" else ["--background"]
    done = peer.run("houmao-mgr", "agents", "gateway", "attach", "--agent-name", name, *background)
    assert done.returncode == 0, done.stderr[-800:]
    try:
        known(served, name)
        # Its tag came some hours before that route.
        ask_all(served, name, *["/gateway/control/prompt"] * (version == "0.1.0"))
    finally:
        peer.run("houmao-mgr", "agents", "gateway", "detach", "--agent-name", name)
