"""Published clients against our passive server: each command works, each answer is accepted."""

import json
from pathlib import Path

import pytest

from tests.integration.headless import Crew
from tests.peers.meeting import Peer, joined

ASK = Path(__file__).with_name("ask_everything.py")
VERSIONS = ("0.1.0", "0.7.3")
#: Commands of `houmao-mgr` in both releases; {tui} and {headless} are agents.
COMMANDS = (
    "server status",
    "agents list",
    "agents state --agent-name {tui}",
    "agents state --agent-name {headless}",
    "agents prompt --agent-name {tui} --prompt hello",
    "agents interrupt --agent-name {tui}",
    "agents turn submit --agent-name {headless} --prompt hello",
    "agents stop --agent-name {tui}",
)
#: Commands that the later release no longer has.
FIRST_ONLY = (
    "agents show --agent-name {tui}",
    "agents show --agent-name {headless}",
)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_answer_is_what_the_client_accepts(peers: Path, served: Crew, version: str) -> None:
    """The client's own models, which refuse any field that they do not know, take all of it."""
    peer = Peer(peers / f"houmao-{version}", served)
    tui = joined(served, f"asked-{version.replace('.', '-')}")
    url = f"http://127.0.0.1:{served.server.settings.port}"
    done = peer.run("python", str(ASK), url, tui, "worker")
    assert done.returncode == 0, done.stderr
    refused = {name: why for name, why in json.loads(done.stdout).items() if why}
    assert not refused, json.dumps(refused, indent=1)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_command_works(peers: Path, served: Crew, version: str) -> None:
    """What a person types with a published release does what it says."""
    peer = Peer(peers / f"houmao-{version}", served)
    tui = joined(served, f"typed-{version.replace('.', '-')}")
    commands = (FIRST_ONLY if version == "0.1.0" else ()) + COMMANDS
    failed = {}
    for words in commands:
        done = peer.mgr(words.format(tui=tui, headless="worker"))
        if done.returncode or "Traceback" in done.stderr:
            failed[words] = done.stderr.strip()[-300:]
    assert not failed, json.dumps(failed, indent=1)
