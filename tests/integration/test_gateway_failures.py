"""All sixteen routes of a real server before a gateway that is well, dead, slow, mad, of tomorrow.

`pytest -s` prints what each route answered.
"""

import json
import socket
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import pytest

from houmao.gateway.attaching import AttachOptions, attach
from houmao.gateway_files.folder import GatewayListener
from houmao.mailbox.binding import MailboxOptions
from houmao.registry.record import GatewayAddress
from tests.integration.attaching import end_gateways
from tests.integration.headless import Crew
from tests.integration.launching import Machine, machine
from tests.integration.serving import free_port, serving
from tests.services import private_tmux, wait_until
from tests.unit.api.gateways.test_routes import KEEPING, ROUTES, STATUS, answering

AGENT = "/houmao/agents/alpha"
#: Of these the server says that they are done on the agent's host.
ELSEWHERE = (("POST", "/gateway/attach", None), ("POST", "/gateway/detach", None))
#: Seconds within which a gateway that says nothing is given up, with some for a busy machine.
GIVEN_UP_SECONDS = 12.0

Answers = Mapping[tuple[str, str], tuple[int, Any]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A server, and an agent with a mailbox whose gateway listens at that port, if it does."""

    host: Machine
    crew: Crew
    port: int

    def ask_all(self) -> Answers:
        """Status and answer of every route, all asked at once."""
        routes = (*ROUTES, *ELSEWHERE)
        with ThreadPoolExecutor(len(routes)) as pool:
            found = list(pool.map(self._ask, routes))
        told = {(method, path): it for (method, path, _), it in zip(routes, found, strict=True)}
        for (method, path), (status, answer) in told.items():
            print(f"{status} {method} {path} {json.dumps(answer)[:120]}")
        return told

    def _ask(self, route: tuple[str, str, Any]) -> tuple[int, Any]:
        method, path, body = route
        return self.crew.call(method, AGENT + path, body)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder, port = tmp_path_factory.mktemp("gateways"), free_port()
    with private_tmux() as tmux:
        host = machine(folder, tmux)
        settings = replace(host.settings, port=free_port(), redis_url=None)
        host = replace(host, settings=settings)
        with serving(settings) as server:
            host.start("alpha", mailbox=MailboxOptions("filesystem", folder / "mail"))
            crew = Crew(server, folder, tmux)
            _publish(host, port)
            wait_until(lambda: _has_gateway(crew), "the server has read of the gateway", 20)
            yield Scene(host, crew, port)


def _publish(host: Machine, port: int) -> None:
    target, address = host.target("alpha"), GatewayAddress("127.0.0.1", port, "/nowhere")
    assert target.record
    ids = target.record.agent_id, target.record.generation_id
    target.registry.update(*ids, lambda found: replace(found, gateway=address))


def _has_gateway(crew: Crew) -> bool:
    status, told = crew.call("GET", AGENT)
    return status == 200 and bool(told["has_gateway"])


def _split(told: Answers) -> tuple[set[int], set[int]]:
    """Statuses of what is handed on, and of what is done elsewhere."""
    elsewhere = {(method, path) for method, path, _ in ELSEWHERE}
    return (
        {status for route, (status, _) in told.items() if route not in elsewhere},
        {status for route, (status, _) in told.items() if route in elsewhere},
    )


def _silent(port: int) -> AbstractContextManager[object]:
    # The kernel takes the connections, and nobody reads them.
    return socket.create_server(("127.0.0.1", port), backlog=64)


def _answering(body: bytes, port: int) -> AbstractContextManager[object]:
    return answering(200, body, port=port)


_TOMORROW = json.dumps(STATUS | {"protocol_version": "v2"}).encode()


@pytest.mark.parametrize(
    ("kind", "says"),
    [("dead", "listens"), ("slow", "answer"), ("mad", "else"), ("of tomorrow", "shape")],
)
def test_a_gateway_that_cannot_be_used(scene: Scene, kind: str, says: str) -> None:
    """502 everywhere, with what is wrong, and soon."""
    stands: AbstractContextManager[object] = nullcontext()
    if kind == "slow":
        stands = _silent(scene.port)
    elif kind != "dead":
        stands = _answering(b"nonsense" if kind == "mad" else _TOMORROW, scene.port)
    with stands:
        began = time.monotonic()
        told = scene.ask_all()
        assert time.monotonic() - began < GIVEN_UP_SECONDS
    assert _split(told) == ({502}, {501})
    assert says in told["GET", "/gateway"][1]["detail"]


def test_a_gateway_that_is_well(scene: Scene) -> None:
    """Whatever it refuses by itself is told in its own words, under its own status or as a 502."""
    target = scene.host.target("alpha")
    attach(target, scene.host.settings, AttachOptions(GatewayListener("127.0.0.1", scene.port)))
    wait_until(lambda: scene.crew.call("GET", f"{AGENT}/state")[0] == 200, "it is watched", 20)
    told = scene.ask_all()
    assert _split(told)[1] == {501}
    refused = {route: it for route, it in told.items() if it[0] not in (200, 501)}
    # To nobody, and about no message; whether a prompt is taken now depends on what came before.
    assert {path for _, path in refused} - KEEPING == set(), refused
    assert all(status in (404, 409, 422) for status, _ in refused.values()), refused
    # What is published of it stays, as after a kill.
    end_gateways(scene.host.settings)
