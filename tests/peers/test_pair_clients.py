"""The original's own client and `houmao-mgr` 0.1.0 against our `houmao-server`."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.headless import Crew
from tests.integration.serving import free_port, started
from tests.peers.meeting import Peer, joined
from tests.services import wait_until

ASK = Path(__file__).with_name("ask_everything.py")
PAIR = (sys.executable, "-m", "houmao.cli.pair_server")
COMMANDS = (
    "server status",
    "server sessions list",
    "agents list",
    "agents show --agent-name {tui}",
    "agents show --agent-name {headless}",
    "agents state --agent-name {tui}",
    "agents state --agent-name {headless}",
    "agents prompt --agent-name {tui} --prompt hello",
    "agents interrupt --agent-name {tui}",
    "agents interrupt --agent-name {headless}",
    "agents turn submit --agent-name {headless} --prompt hello",
    "agents gateway status --agent-name {tui}",
    "agents stop --agent-name {tui}",
)
#: What needs a gateway beside the agent, which these have not.
NO_GATEWAY = frozenset({"agents gateway status --agent-name {tui}"})


@pytest.fixture
def pair(served: Crew) -> Iterator[Crew]:
    """`houmao-server` beside the passive one, on its workers."""
    settings = replace(served.server.settings, port=free_port())
    argv = (*PAIR, "serve", "--api-base-url", settings.api_base_url)
    with started(settings, argv) as server:
        wait_until(lambda: server.ask("/health").status == 200, "it answers", 60)
        yield replace(served, server=server)


def test_every_answer_is_what_the_client_accepts(peers: Path, served: Crew, pair: Crew) -> None:
    """Its models, which refuse any field that they do not know, take all of it."""
    tui = joined(served, "asked-pair")
    peer, url = Peer(peers / "houmao-0.1.0", pair), pair.server.settings.api_base_url
    done = peer.run("python", str(ASK), url, tui, "worker", "pair")
    assert done.returncode == 0, done.stderr
    refused = {name: why for name, why in json.loads(done.stdout).items() if why}
    assert not refused, json.dumps(refused, indent=1)


def test_every_command_works(peers: Path, served: Crew, pair: Crew) -> None:
    """What a person types with it does what it says."""
    tui, failed = joined(served, "typed-pair"), {}
    peer = Peer(peers / "houmao-0.1.0", pair)
    for words in COMMANDS:
        done = peer.mgr(words.format(tui=tui, headless="worker"))
        if done.returncode or "Traceback" in done.stderr:
            failed[words] = done.stderr.strip()[-300:]
    assert failed.keys() == NO_GATEWAY, json.dumps(failed, indent=1)
