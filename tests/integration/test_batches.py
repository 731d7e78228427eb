"""One prompt for several agents, by `houmao-mgr`: real server, watch process and tmux."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from houmao.cli.main import main
from tests.integration.request_client import RequestClient, request_client
from tests.integration.watching import Host

Mgr = Callable[..., Result]


@pytest.fixture
def asked(host: Host, tmp_path: Path) -> Iterator[RequestClient]:
    with request_client(host, tmp_path) as found:
        yield found


@pytest.fixture
def mgr(asked: RequestClient) -> Iterator[Mgr]:
    """What `houmao-mgr` does with these words."""
    server = make_server("127.0.0.1", 0, asked.api.application, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environ = asked.host.settings.as_environ()
    at = ("--port", str(server.port))
    try:
        yield lambda *words: CliRunner().invoke(main, [*words, *at], env=environ)
    finally:
        server.shutdown()


def told(done: Result) -> dict[str, Any]:
    """By agent, what became of its prompt."""
    assert done.exit_code == 0, done.output
    return {it["agent_id"]: it for it in json.loads(done.stdout)["requests"]}


def test_all_agents_get_it_once(asked: RequestClient, mgr: Mgr) -> None:
    """However often it is asked for with one key; whoever does not fit gets nothing."""
    asked.stub("alpha")
    asked.stub("beta", tool="codex")
    words = ("agents", "prompt", "--all", "--prompt", "hello", "--idempotency-key", "monday")
    for _ in range(2):
        found = told(mgr(*words, "--json"))
        assert {it["outcome"] for it in found.values()} == {"submitted"}
        assert sorted(found) == ["alpha", "beta"]
    assert asked.got("alpha") == asked.got("beta") == ["hello"]
    assert sorted(told(mgr("agents", "requests", "--batch", "monday", "--json"))) == sorted(found)
    one = mgr("agents", "prompt", "--tool", "codex", "--prompt", "you")
    assert "follow them with `houmao-mgr agents requests --batch batch-" in one.stdout
    assert (asked.got("alpha"), asked.got("beta")) == (["hello"], ["hello", "you"])


def test_what_was_not_typed_is_withdrawn(asked: RequestClient, mgr: Mgr) -> None:
    """Of a batch whatever still waits, and nothing else."""
    asked.stub("alpha")
    asked.stub("busy")
    asked.ask("turn 20", "busy")
    given = mgr("agents", "prompt", "--all", "--prompt", "go", "--no-wait", "--json")
    batch = json.loads(given.stdout)["batch_id"]
    asked.await_outcome(told(given)["alpha"]["request_id"], "submitted", "alpha")
    waiting = told(mgr("agents", "requests", "--open", "--json"))
    assert list(waiting) == ["busy"]
    found = told(mgr("agents", "requests", "--batch", batch, "--withdraw", "--json"))
    assert {name: it["outcome"] for name, it in found.items()} == {"busy": "cancelled"}
    assert asked.got("busy") == ["turn 20"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("alpha", "--all"), "name one agent, or say which are meant"),
        ((), "name one agent, or say which are meant"),
        (("--tool", "nobody"), "no agent is meant"),
    ],
)
def test_nobody_is_asked_by_mistake(
    asked: RequestClient, mgr: Mgr, words: tuple[str, ...], why: str
) -> None:
    """Neither one agent and all, nor nobody at all."""
    asked.stub("alpha")
    done = mgr("agents", "prompt", *words, "--prompt", "hello")
    assert done.exit_code != 0
    assert why in str(done.exception) + done.output
    assert asked.got("alpha") == []
