"""Gateways of published releases, beside real CLIs, behind our server: all sixteen routes.

`python -m tests.live foreign-gateways --tool T --api agentstub.py --bin DIR`, with
HOUMAO_PEERS_DIR. Each release adopts the CLI and attaches its own gateway, as its users would.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.integration.headless import Crew, crew, private
from tests.live.lab import Setup, came, scripted_api
from tests.peers.meeting import Peer

#: How each release adopts an agent, and its options for attaching a gateway.
RELEASES = {
    "0.1.0": ("agents join", ()),
    "0.7.3": ("agents join --no-install-houmao-skills", ("--background",)),
}
#: What a route answers where that is not 200, of one release or of any.
FORESEEN = {
    ("", "/gateway/attach"): 501,
    ("", "/gateway/detach"): 501,
    # Its tag came some hours before that route.
    ("0.1.0", "/gateway/control/prompt"): 404,
    # Its facade has other routes for mail, and messages of another shape.
    ("0.7.3", "/mail/check"): 404,
    ("0.7.3", "/mail/send"): 502,
    ("0.7.3", "/mail/reply"): 502,
}
_PROVIDERS = {"claude": "claude_code", "codex": "codex"}
_VERSION = {"schema_version": 1}
_GATEWAY = (
    ("GET", "/gateway", None),
    ("GET", "/gateway/tui/state", None),
    ("GET", "/gateway/tui/history?limit=5", None),
    ("POST", "/gateway/control/send-keys", {"sequence": "x<[BSpace]>"}),
    ("POST", "/gateway/control/prompt", {**_VERSION, "prompt": "STUB:echo now", "force": True}),
    ("POST", "/gateway/tui/note-prompt", {"prompt": "hello"}),
    ("POST", "/gateway/requests", {**_VERSION, "kind": "interrupt", "payload": {}}),
    ("GET", "/gateway/mail-notifier", None),
    ("PUT", "/gateway/mail-notifier", {**_VERSION, "enabled": True, "interval_seconds": 60}),
    ("DELETE", "/gateway/mail-notifier", None),
    ("POST", "/gateway/attach", None),
    ("POST", "/gateway/detach", None),
)


def run(setup: Setup) -> int:
    """Print a table for each release; 1 when a route answered with something unforeseen."""
    wrong = 0
    for release, (join, attach) in RELEASES.items():
        with beside(setup, release, join, attach) as (found, name):
            print(f"## gateway of houmao {release} beside {setup.tool}\n")
            for method, path, status, detail in answers(found, name):
                right = status == FORESEEN.get((release, path), FORESEEN.get(("", path), 200))
                wrong += not right
                print(f"{status} {'' if right else 'WRONG '}{method} {path} {detail}", flush=True)
            print()
    return 1 if wrong else 0


@contextmanager
def beside(
    setup: Setup, release: str, join: str, attach: tuple[str, ...]
) -> Iterator[tuple[Crew, str]]:
    """A server, and an agent with that release's gateway and mailbox."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="houmao-live-")))
        (folder / "work").mkdir()
        url = stack.enter_context(scripted_api(setup.api_script, folder / "api.jsonl"))
        settings, tmux = stack.enter_context(private(folder))
        found = stack.enter_context(crew(settings, tmux, folder))
        name = f"{setup.tool}-{release.replace('.', '-')}"
        tmux.new_session(name, f"cd {folder / 'work'} && {setup.line(url, folder)}")
        peer = Peer(Path(os.environ["HOUMAO_PEERS_DIR"]) / f"houmao-{release}", found)
        adopted = partial(_adopted, peer, join, name, _PROVIDERS[setup.tool])
        assert came(adopted, 60), "it is not adopted"
        root = ("--mailbox-root", str(folder / "mail"))
        for words in (
            ("mailbox", "init", *root),
            ("agents", "mailbox", "register", "--agent-name", name, *root),
            ("agents", "gateway", "attach", "--agent-name", name, *attach),
        ):
            done = peer.run("houmao-mgr", *words)
            print(f"$ houmao-mgr {' '.join(words)}: {done.returncode} {done.stderr[-300:]}")
        stack.callback(peer.run, "houmao-mgr", "agents", "gateway", "detach", "--agent-name", name)
        assert came(partial(_known, found, name), 20), "the server does not know of the gateway"
        yield found, name


def _adopted(peer: Peer, join: str, name: str, provider: str) -> bool:
    return "Error" not in peer.adopt(join, name, provider)


def _known(found: Crew, name: str) -> bool:
    return bool(found.call("GET", f"/houmao/agents/{name}")[1].get("has_gateway"))


def answers(found: Crew, name: str) -> Iterator[tuple[str, str, int, str]]:
    """Method, path, status, and what a refusal says, of all routes."""
    base = f"/houmao/agents/{name}"
    for method, path, body in _GATEWAY:
        status, answer = found.call(method, base + path, body)
        yield method, path, status, _why(status, answer)
    status, account = found.call("GET", f"{base}/mail/status")
    yield "GET", "/mail/status", status, _why(status, account)
    address = account.get("address", "nobody@agents.localhost")
    letter = {"to": [address], "cc": [], "subject": "To myself", "body_content": "Hello."}
    status, sent = found.call("POST", f"{base}/mail/send", _letter(**letter))
    yield "POST", "/mail/send", status, _why(status, sent)
    ref = sent["message"]["message_ref"] if status == 200 else "none"
    status, listed = found.call("POST", f"{base}/mail/check", {**_VERSION, "unread_only": False})
    yield "POST", "/mail/check", status, _why(status, listed)
    answer = _letter(message_ref=ref, body_content="Hello too.")
    status, replied = found.call("POST", f"{base}/mail/reply", answer)
    yield "POST", "/mail/reply", status, _why(status, replied)


def _letter(**fields: object) -> dict[str, object]:
    return {**_VERSION, **fields, "attachments": []}


def _why(status: int, answer: object) -> str:
    return "" if status == 200 else str(answer)[:160]
