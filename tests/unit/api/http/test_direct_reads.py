"""Reads that do without the frame say what it says, and leave it everything that is not plain."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, run_wsgi_app

from houmao import token
from houmao.api.app import create_app
from houmao.api.http.direct_reads import DirectReads
from houmao.config import Settings
from houmao.detect.signals import BlockedOn, Evidence, Tristate
from houmao.state import keys
from houmao.state.codec import WHOLE
from houmao.state.values import AgentIdentity, AgentState
from houmao.track.diagnostics import Diagnostics, ParseStatus, Problem, ProcessState, TransportState
from houmao.track.state import Surface, TrackedState
from tests.unit.api.world import NOW, Fleet, StandIn, agent, state

UNSEEN = Diagnostics(
    TransportState.PROBE_ERROR,
    ProcessState.UNKNOWN,
    ParseStatus.PROBE_ERROR,
    Problem("p", "héé 猴"),
)
BLOCKED = TrackedState(
    surface=Surface(Tristate.NO, Tristate.NO, Tristate.NO, Tristate.NO, BlockedOn.APPROVAL),
    evidence=(Evidence("rule", (1, 2), "猴毛 “quoted” \\ / ␀"),),
)
AGENTS: dict[str, tuple[AgentIdentity, AgentState]] = {
    "live": (agent(), state()),
    "blocked": (agent(), state(BLOCKED, blocked_since=NOW - 3, folder="/srv/猴")),
    "unseen": (agent(), state(diagnostics=UNSEEN)),
    "elsewhere": (agent(host="h2"), state()),
}


def told(app: Flask, path: str, **options: object) -> tuple[str, list[tuple[str, str]], bytes]:
    """All of an answer."""
    environ = EnvironBuilder(path, **options).get_environ()  # type: ignore[arg-type]
    body, status, headers = run_wsgi_app(app.wsgi_app, environ, buffered=True)
    return status, list(headers), b"".join(body)


@pytest.mark.parametrize("which", AGENTS)
@pytest.mark.parametrize("spelled", ["alpha", "HOUMAO-alpha", "{0.agent_id}", "{0.key}"])
def test_it_says_what_the_frame_says(app: Flask, fleet: Fleet, which: str, spelled: str) -> None:
    """Byte by byte and with the same headers, whatever the agent is and is called."""
    identity, found = AGENTS[which]
    fleet.show(identity, found)
    path = f"/houmao/agents/{spelled.format(identity)}/state"
    direct = told(app, path)
    assert direct == told(app, f"{path}?extended=false")
    assert direct[0] == "200 OK"


@pytest.mark.parametrize("which", AGENTS)
@pytest.mark.parametrize("spoilt", [False, True])
def test_hashes_that_do_not_hold_themselves_say_the_same(
    app: Flask, fleet: Fleet, which: str, spoilt: bool
) -> None:
    """Those of another version; and where the text is spoilt, the agent is not known."""
    identity, found = AGENTS[which]
    fleet.show(identity, found)
    path = "/houmao/agents/alpha/state"
    whole = told(app, path)
    for name in (keys.agent(identity.key), keys.state(identity.key)):
        assert fleet.redis.hdel(name, WHOLE) == 1
    assert told(app, path) == whole
    if spoilt:
        fleet.redis.hset(keys.agent(identity.key), WHOLE, "{")
        assert told(app, path)[0] == "404 NOT FOUND"


def test_it_tells_errors_as_the_frame_does(app: Flask, fleet: Fleet) -> None:
    """Of an agent that is unknown, called as another is, or not looked at yet."""
    for path in ("nobody", "launches", "a%20b", "%E7%8C%B4", "launches/x"):
        whole = f"/houmao/agents/{path}/state"
        assert told(app, whole) == told(app, f"{whole}?extended=false")
        assert told(app, whole)[0] == "404 NOT FOUND"
    for agent_id in ("one", "two"):
        fleet.show(agent(agent_id=agent_id))
    whole = "/houmao/agents/alpha/state"
    assert told(app, whole) == told(app, f"{whole}?extended=false")
    assert told(app, whole)[0] == "409 CONFLICT"
    whole = "/houmao/agents/one/state"
    assert told(app, whole) == told(app, f"{whole}?extended=false")
    assert told(app, whole)[0] == "503 SERVICE UNAVAILABLE"


def test_an_error_that_nobody_planned_is_told_without_its_text(app: Flask) -> None:
    """As the frame tells it, too."""

    def broken(agent_ref: str) -> dict[str, object]:
        raise RuntimeError(f"a prompt of {agent_ref}")

    direct = DirectReads(app, {"agents.state": broken}, lambda _: True, lambda: False)
    body, status, _ = run_wsgi_app(direct, EnvironBuilder("/houmao/agents/a/state").get_environ())
    assert (status, b"".join(body)) == (
        "500 INTERNAL SERVER ERROR",
        b'{"detail":"Internal Server Error"}',
    )


def test_only_plain_reads_that_the_guard_lets_in_are_direct(app: Flask) -> None:
    """Everything else comes to the frame: a query, another method, another path, a stranger."""
    direct = DirectReads(
        app, {"agents.state": lambda agent_ref: {"of": agent_ref}}, _is_ours, lambda: False
    )

    def is_direct(path: str, **options: object) -> bool:
        environ = EnvironBuilder(path, **options).get_environ()  # type: ignore[arg-type]
        return b"".join(run_wsgi_app(direct, environ)[0]) == b'{"of":"a"}'

    path = "/houmao/agents/a/state"
    assert is_direct(path)
    assert not is_direct(f"{path}?extended=true")
    assert not is_direct(path, method="HEAD")
    assert not is_direct(path, method="POST")
    assert not is_direct(f"{path}/")
    assert not is_direct("/houmao/agents/a/state/detail")
    assert not is_direct(path, headers={"Host": "evil.example"})


def _is_ours(environ: dict[str, object]) -> bool:
    return environ["HTTP_HOST"] == "localhost"


def test_strange_hosts_and_strangers_are_refused(
    settings: Settings, fleet: Fleet, jobs: StandIn
) -> None:
    """The guard is the same."""
    fleet.show(agent(), state())
    path = "/houmao/agents/alpha/state"
    guarded = replace(settings, token_on_loopback=True)
    token.ensure(guarded.token_file)
    client: FlaskClient = create_app(guarded, fleet.redis, jobs, now=lambda: NOW).test_client()
    assert client.get(path).status_code == 401
    shown = {"Authorization": f"Bearer {token.read(guarded.token_file)}"}
    assert client.get(path, headers=shown).status_code == 200
    assert client.get(path, headers={**shown, "Host": "evil.example"}).status_code == 400
