"""Claude and Codex mail each other through their gateways, woken by the notifier.

Both are real CLIs on the scripted API. A subject that is a script of that API makes the agent
that is told of the message run a program of its own: it asks where its mailbox and its gateway
are now, answers the oldest unread message through the gateway, or writes to its sender again,
and marks it as read.
"""

import json
import sqlite3
import sys
import time
from pathlib import Path

from houmao.clock import now
from houmao.sessions.gateway_offer import folder_of
from houmao.sessions.target import resolve
from tests.live.headless import Bench
from tests.live.lab import came
from tests.live.team import team

AGENTS = {"ann": "claude", "bob": "codex"}
#: Messages between the two in one thread, after which whoever answers is told to stop.
DEPTH = 8
#: Seconds for a message to be told, answered and read.
PATIENCE = 60.0
_ANSWER = """#!{python}
import json, subprocess, sys, urllib.error, urllib.request
told = json.loads(subprocess.check_output(["bash", "-lc", {asked!r}]))
base = told["gateway"]["base_url"]
def ask(name, **body):
    data = json.dumps({{"schema_version": 1, **body}}).encode()
    json_type = {{"Content-Type": "application/json"}}
    request = urllib.request.Request(f"{{base}}/v1/mail/{{name}}", data, json_type)
    return json.load(urllib.request.urlopen(request))
oldest = ask("check", unread_only=True)["messages"][-1]
to, subject = oldest["sender"]["address"], oldest["subject"]
try:
    if "again" in sys.argv:
        ask("send", to=[to], subject=subject, body_content="once more")
    else:
        ask("reply", message_ref=oldest["message_ref"], body_content="answered")
    print("answered", to)
except urllib.error.HTTPError as error:
    print("not answered:", json.load(error)["detail"])
ask("state", message_ref=oldest["message_ref"], read=True)
"""


def run(api: Path, bin_folders: str) -> int:
    """Play it; 1 when something was not as it must be. Folders with both CLIs, as in PATH."""
    variables = {"HOUMAO_MAIL_MAX_THREAD_DEPTH": str(DEPTH)}
    with team(api, bin_folders, AGENTS, variables) as found:
        _put_program(found)
        for act in (_walk_through, _one_notice, _answers_without_end, _storm):
            print(f"## {act.__name__.strip('_').replace('_', ' ')}\n")
            act(found)
            print()
    print(f"{len(found.wrong)} wrong")
    return 1 if found.wrong else 0


def _put_program(found: Bench) -> None:
    # The skills of both homes teach the same; an agent would run it in a login shell.
    skill = next(found.folder.rglob("email-via-filesystem/SKILL.md")).read_text("utf-8")
    asked = next(it.strip() for it in skill.splitlines() if it.endswith(" resolve-live"))
    program = found.folder / "work" / "answer"
    program.write_text(_ANSWER.format(python=sys.executable, asked=asked))
    program.chmod(0o755)


def _walk_through(found: Bench) -> None:
    """Send, check, reply, mark as read; nobody is told."""
    bob = "AGENTSYS-bob@agents.localhost"
    words = ("--to", bob, "--subject", "Draft", "--body-content", "See it.")
    found.manager("agents", "mail", "send", "ann", *words)
    (message,) = _unread(found, "bob")
    ref = str(message["message_ref"])
    found.manager("agents", "mail", "check", "bob")
    found.manager("agents", "mail", "reply", "bob", "--message-ref", ref, "--body-content", "Good.")
    found.manager("agents", "mail", "mark", "bob", "--message-ref", ref)
    (answer,) = _unread(found, "ann")
    found.manager("agents", "mail", "mark", "ann", "--message-ref", str(answer["message_ref"]))
    found.expect("unread", (_unread(found, "ann"), _unread(found, "bob")), ([], []))


def _one_notice(found: Bench) -> None:
    """An unread message is told once, however often is looked."""
    found.manager("agents", "gateway", "mail-notifier", "enable", "bob", "--interval-seconds", "1")
    _send(found, "ann", "bob", "STUB:echo I have seen it")
    told = came(lambda: _outcomes(found, "bob").count("dedup_skip") >= 3, PATIENCE)
    found.expect("looked again three times", told, True)
    found.expect("notices", _outcomes(found, "bob").count("enqueued"), 1)
    (message,) = _unread(found, "bob")
    found.quiet("agents", "mail", "mark", "bob", "--message-ref", str(message["message_ref"]))


def _answers_without_end(found: Bench) -> None:
    """Each answers the other in one thread until the limit tells one to stop."""
    found.manager("agents", "gateway", "mail-notifier", "enable", "ann", "--interval-seconds", "1")
    _send(found, "ann", "bob", "STUB:tool ./answer STUB:echo done with it")
    told = came(lambda: "act on them, or begin a new thread" in found.log.read_text(), PATIENCE * 2)
    found.expect("the last one was told to stop", told, True)
    found.expect("messages in the thread", _messages(found).count("done with it"), DEPTH)


def _storm(found: Bench) -> None:
    """New threads without end: the agents are told less and less often."""
    _send(found, "ann", "bob", "STUB:tool ./answer again STUB:echo wrote again")

    def slowed() -> bool:
        return any("mail storm" in it for name in AGENTS for it in _details(found, name))

    found.expect("the storm was told", came(slowed, PATIENCE * 4), True)
    notices = {name: _outcomes(found, name).count("enqueued") for name in AGENTS}
    found.expect("at most six notices each", max(notices.values()) <= 6, True)
    before = _messages(found).count("wrote again")
    time.sleep(20)
    found.expect("messages in the next 20 s", _messages(found).count("wrote again") - before, 0)
    print(f"notices {notices}")
    for name in AGENTS:
        found.manager("agents", "gateway", "mail-notifier", "status", name)
    found.manager("mailbox", "log", "--mailbox-root", str(found.folder / "mail"))


def _messages(found: Bench) -> str:
    root = ("--mailbox-root", str(found.folder / "mail"))
    return found.quiet("mailbox", "log", "--limit", "1000", *root).stdout


def _send(found: Bench, sender: str, to: str, subject: str) -> None:
    address = f"AGENTSYS-{to}@agents.localhost"
    words = ("--to", address, "--subject", subject, "--body-content", "Please.")
    found.manager("agents", "mail", "send", sender, *words)


def _unread(found: Bench, name: str) -> list[dict[str, object]]:
    done = found.quiet("agents", "mail", "check", name, "--unread-only", "--json")
    messages: list[dict[str, object]] = json.loads(done.stdout)["messages"]
    return messages


def _outcomes(found: Bench, name: str) -> list[str]:
    return [outcome for outcome, _ in _audit(found, name)]


def _details(found: Bench, name: str) -> list[str]:
    return [detail or "" for _, detail in _audit(found, name)]


def _audit(found: Bench, name: str) -> list[tuple[str, str]]:
    target = resolve(name, found.settings, now())
    path = folder_of(target.stored).queue_path
    with sqlite3.connect(path) as db:
        return db.execute("SELECT outcome, detail FROM gateway_notifier_audit").fetchall()
