"""The original's own client and `houmao-mgr` 0.1.0 against our `houmao-server`."""

import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from houmao.clock import now
from houmao.mailbox.admin import SAFE
from houmao.mailbox.binding import MailboxOptions
from houmao.sessions.generation import Generation
from houmao.sessions.mailboxes import rebind
from houmao.sessions.target import resolve
from tests.integration.attaching import end_gateways
from tests.integration.headless import Crew
from tests.integration.serving import PAIR, free_port, started
from tests.peers.meeting import Peer, joined
from tests.services import wait_until

ASK = Path(__file__).with_name("ask_everything.py")
RUN = Path(__file__).with_name("run_commands.py")
#: Every command of its tree that asks a server, in the order in which a user would. `{turn}` is
#: the turn that was submitted, `{message}` the mail that was sent last.
COMMANDS = (
    "server start --api-base-url {url}",
    "server status",
    "server sessions list",
    "agents list",
    "agents show {headless}",
    "agents state {headless}",
    "agents turn submit {headless} --prompt hello",
    "agents turn status {headless} {turn}",
    "agents turn events {headless} {turn}",
    "agents turn stdout {headless} {turn}",
    "agents turn stderr {headless} {turn}",
    "agents interrupt {headless}",
    "agents show {tui}",
    "agents state {tui}",
    "agents prompt {tui} --prompt hello",
    "agents interrupt {tui}",
    "agents gateway status {tui}",
    "agents gateway attach {tui}",
    "agents gateway attach {tui}",
    "agents gateway status {tui}",
    "agents gateway prompt {tui} --prompt hello",
    "agents gateway interrupt {tui}",
    "agents gateway send-keys {tui} --sequence x<[BSpace]>",
    "agents gateway tui state {tui}",
    "agents gateway tui history {tui}",
    "agents gateway tui note-prompt {tui} --prompt hello",
    "agents gateway mail-notifier status {tui}",
    "agents gateway mail-notifier enable {tui} --interval-seconds 60",
    "agents gateway mail-notifier disable {tui}",
    "agents mail status {tui}",
    "agents mail send {tui} --to {address} --subject s --body-content b",
    "agents mail check {tui}",
    "agents mail reply {tui} --message-ref {message} --body-content r",
    "agents prompt {tui} --prompt hello",
    "agents state {tui}",
    "agents gateway detach {tui}",
    "agents gateway detach {tui}",
    "agents stop {tui}",
    "agents stop {headless}",
    "agents list",
    "server stop",
)
#: Refused by our server while a turn runs.
NOT_YET = "or not yet"
#: And what it does once the server has gone.
AFTERWARDS = ("server status", "server stop")
#: Runs the words of one command: its exit code, output and errors.
Run = Callable[[list[str]], tuple[int, str, str]]
#: What a command prints, so that later ones can name it.
TOLD: Mapping[str, Callable[[Any], dict[str, str]]] = {
    "agents turn submit": lambda it: {"turn": it["turn_id"]},
    "agents mail send": lambda it: {"message": it["message"]["message_ref"]},
}


@pytest.fixture
def pair(served: Crew) -> Iterator[Crew]:
    """`houmao-server` beside the passive one, on its workers."""
    settings = replace(served.server.settings, port=free_port())
    argv = (*PAIR, "serve", "--api-base-url", settings.api_base_url)
    with started(settings, argv) as server:
        wait_until(lambda: server.ask("/health").status == 200, "it answers", 60)
        yield replace(served, server=server)
        end_gateways(settings)


@contextmanager
def commands(peer: Peer) -> Iterator[Run]:
    """Its `houmao-mgr`, loaded once."""
    with subprocess.Popen(
        [str(peer.folder / "bin" / "python"), str(RUN)],
        env=peer.environ,
        cwd=peer.home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def run(words: list[str]) -> tuple[int, str, str]:
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps(words) + "\n")
            process.stdin.flush()
            status, out, err = json.loads(process.stdout.readline())
            return status, out, err

        yield run


def with_mailbox(found: Crew, name: str) -> str:
    """The address of the mailbox that the agent has now."""
    settings = found.server.settings
    target, options = resolve(name, settings, now()), MailboxOptions(root=found.folder / "mail")
    done = rebind(target, options, SAFE, Generation(now(), os.urandom(16).hex()))
    return str(done.answer()["address"])


def test_every_answer_is_what_the_client_accepts(peers: Path, served: Crew, pair: Crew) -> None:
    """Its models, which refuse any field that they do not know, take all of it."""
    tui = joined(served, "asked-pair")
    peer, url = Peer(peers / "houmao-0.1.0", pair), pair.server.settings.api_base_url
    served.launch("asked")
    done = peer.run("python", str(ASK), url, tui, "asked", "pair")
    assert done.returncode == 0, done.stderr
    refused = {name: why for name, why in json.loads(done.stdout).items() if why}
    assert not refused, json.dumps(refused, indent=1)


def test_every_command_works(peers: Path, served: Crew, pair: Crew) -> None:
    """What a person types with it does what it says."""
    tui = joined(served, "typed-pair")
    served.launch("typed")
    settings = pair.server.settings
    known = {"tui": f"--agent-name {tui}", "headless": "--agent-name typed"}
    known |= {
        "port": str(settings.port),
        "url": settings.api_base_url,
        "address": with_mailbox(served, tui),
    }
    with commands(Peer(peers / "houmao-0.1.0", pair)) as run:
        failed = run_all(run, COMMANDS, known)
        wait_until(lambda: pair.server.ask("/health").status == 0, "the server has gone", 20)
        failed |= run_all(run, AFTERWARDS, known)
    assert not failed, json.dumps(failed, indent=1)


def once_there(run: Run, words: list[str]) -> tuple[int, str, str]:
    """As `run`, but what a turn writes at its end is waited for."""
    found = run(words)

    def is_there() -> bool:
        nonlocal found
        if NOT_YET in found[2]:
            found = run(words)
        return NOT_YET not in found[2]

    wait_until(is_there, "its turn ended")
    return found


def run_all(run: Run, lines: Iterable[str], known: dict[str, str]) -> dict[str, str]:
    """Those that fail, and how; `known` learns what the others print."""
    failed = {}
    for command in lines:
        words = command.format(**known).split()
        port = [] if "{url}" in command else ["--port", known["port"]]
        status, told, error = once_there(run, [*words, *port])
        if status:
            failed[command] = error.strip()[-300:]
        elif name := next((it for it in TOLD if command.startswith(it)), None):
            known |= TOLD[name](json.loads(told))
    return failed
