"""Two agents on one mailbox root: started with it, writing, answering, bound anew."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.sessions import Machine, machine
from tests.mail import disagreements

CODER, REVIEWER = "AGENTSYS-coder@agents.localhost", "AGENTSYS-reviewer@agents.localhost"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Machine]:
    with machine(tmp_path) as found:
        yield found


@pytest.fixture
def root(host: Machine) -> Path:
    return host.folder / "mail"


def start(host: Machine, root: Path, name: str, *more: str) -> Any:
    return host.start(name, "codex", "--mailbox-root", str(root), *more)


def test_two_agents_send_check_reply_and_mark(host: Machine, root: Path) -> None:
    for name in ("coder", "reviewer"):
        assert start(host, root, name)["mailbox"]["address"] == f"AGENTSYS-{name}@agents.localhost"
    said = ("--to", REVIEWER, "--subject", "Draft", "--body-content", "See it.", "--json")
    sent = host.ask("agents", "mail", "send", "coder", *said)["message"]
    checked = host.ask("agents", "mail", "check", "reviewer", "--unread-only", "--json")
    assert (checked["message_count"], checked["unread_count"]) == (1, 1)
    ref = checked["messages"][0]["message_ref"]
    assert (ref, checked["messages"][0]["body_text"]) == (sent["message_ref"], "See it.")
    reply = ("--message-ref", ref, "--body-content", "Fine.", "--json")
    answer = host.ask("agents", "mail", "reply", "reviewer", *reply)["message"]
    assert (answer["subject"], answer["thread_ref"]) == ("Re: Draft", sent["thread_ref"])
    marked = host.ask("agents", "mail", "mark", "reviewer", "--message-ref", ref, "--json")
    assert (marked["read"], marked["message_ref"]) == (True, ref)
    again = host.ask("agents", "mail", "check", "reviewer", "--unread-only", "--json")
    assert again["messages"] == []
    thread = host.mgr("agents", "mail", "thread", "coder", "--message-ref", ref).stdout
    assert thread.index("See it.") < thread.index("Fine.")
    assert disagreements(root) == []


def test_a_session_tells_its_programs_which_mailbox_it_has(host: Machine, root: Path) -> None:
    """Variables, manifest and record agree; a command without AGENT finds the own mailbox."""
    told = start(host, root, "coder")
    variables = host.variables(told["tmux_session_name"])
    for prefix in ("HOUMAO_", "AGENTSYS_"):
        assert variables[f"{prefix}MAILBOX_TRANSPORT"] == "filesystem"
        assert variables[f"{prefix}MAILBOX_ADDRESS"] == CODER
        assert variables[f"{prefix}MAILBOX_FS_ROOT"] == str(root)
        assert Path(variables[f"{prefix}MAILBOX_FS_INBOX_DIR"]).is_dir()
        assert Path(variables[f"{prefix}MAILBOX_FS_LOCAL_SQLITE_PATH"]).is_file()
    manifest = json.loads(Path(told["session_manifest"]).read_text())
    assert manifest["launch_plan"]["mailbox"] == told["mailbox"]
    record = json.loads(host.record(told["agent_id"]).read_text())
    assert record["mailbox"]["address"] == CODER
    inside = Machine(host.folder, host.tmux, {**host.environ, **variables})
    live = inside.ask("agents", "mail", "resolve-live")
    assert (live["source"], live["address"], live["gateway"]) == ("process_env", CODER, None)
    assert inside.ask("agents", "mail", "check", "--json")["messages"] == []


def test_the_skill_is_in_the_home(host: Machine) -> None:
    """With a command that runs in a login shell, which knows of no virtual environment."""
    home = Path(host.build()["home_path"])
    skill = home / "skills" / "mailbox" / "email-via-filesystem" / "SKILL.md"
    (line,) = (it for it in skill.read_text().splitlines() if it.endswith("mail resolve-live"))
    environ = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    words = ("bash", "-lc", f"{line.strip()} --help")
    ran = subprocess.run(words, env=environ, cwd=home, capture_output=True, text=True, check=False)
    assert (ran.returncode, "resolve-live" in ran.stdout) == (0, True), ran.stderr


def test_a_running_agent_gets_another_mailbox_and_loses_it(host: Machine, root: Path) -> None:
    told = host.start("coder")
    assert told.get("mailbox") is None
    none = host.mgr("agents", "mail", "check", "coder")
    assert (none.returncode, "agents mailbox register" in none.stderr) == (1, True)
    words = ("--mailbox-root", str(root), "--json")
    bound = host.ask("agents", "mailbox", "register", "coder", *words)
    assert (bound["address"], bound["activation_state"]) == (CODER, "pending_relaunch")
    assert host.ask("agents", "mail", "check", "coder", "--json")["message_count"] == 0
    assert host.mgr("agents", "relaunch", "coder").returncode == 0
    assert host.ask("agents", "mailbox", "status", "coder", "--json")["address"] == CODER
    assert host.variables(told["tmux_session_name"])["AGENTSYS_MAILBOX_ADDRESS"] == CODER
    gone = host.ask("agents", "mailbox", "unregister", "coder", "--mode", "purge", "--json")
    assert gone["shared_registration"]["resulting_status"] == "purged"
    assert host.mgr("agents", "mail", "check", "coder").returncode == 1


def test_a_recipes_mailbox_counts_unless_it_is_turned_off(host: Machine, root: Path) -> None:
    recipe = host.folder / "agents/brains/brain-recipes/codex/gpu-kernel-coder-default.yaml"
    settings = f"mailbox: {{transport: filesystem, filesystem_root: {root}, principal_id: p}}\n"
    recipe.write_text(recipe.read_text() + settings)
    assert host.start("one")["mailbox"]["address"] == "p@agents.localhost"
    off = host.start("two", "codex", "--mailbox-transport", "none")
    assert off.get("mailbox") is None


def test_what_is_not_there_is_refused_before_anything_starts(host: Machine, root: Path) -> None:
    manifest = host.build()["manifest_path"]
    words = ("start-session", "--brain-manifest", manifest, "--role", "gpu-kernel-coder")
    for more, text in (
        (("--mailbox-transport", "stalwart"), "stalwart is not supported"),
        (("--mailbox-root", str(root), "--mailbox-address", "../x"), "mailbox address"),
    ):
        done = host.mgr(*words, *more)
        assert done.returncode == 1
        assert text in done.stderr
    assert host.tmux.sessions() == []
    assert not root.exists()


def test_an_address_of_somebody_else_stops_the_start(host: Machine, root: Path) -> None:
    owner = ("--address", CODER, "--principal-id", "somebody", "--mailbox-root", str(root))
    host.ask("mailbox", "register", *owner, "--json")
    manifest = host.build()["manifest_path"]
    words = ("start-session", "--brain-manifest", manifest, "--role", "gpu-kernel-coder")
    done = host.mgr(*words, "--agent-identity", "coder", "--mailbox-root", str(root))
    assert done.returncode == 1
    assert "belongs to somebody" in done.stderr
    assert host.tmux.sessions() == []


def test_people_see_the_root(host: Machine, root: Path) -> None:
    where = ("--mailbox-root", str(root))
    assert host.mgr("mailbox", "init", *where).returncode == 0
    for address in (CODER, REVIEWER):
        assert host.mgr("mailbox", "register", "--address", address, *where).returncode == 0
    status = host.ask("mailbox", "status", *where, "--json")
    assert {it["address"] for it in status["registrations"]} == {CODER, REVIEWER}
    assert host.ask("mailbox", "log", *where, "--json")["messages"] == []
    ended = host.ask("mailbox", "unregister", "--address", CODER, *where, "--json")
    assert ended["resulting_status"] == "inactive"
    cleaned = host.ask("mailbox", "cleanup", *where, "--dry-run", "--json")
    assert cleaned["summary"]["planned_count"] == 1
    assert host.ask("mailbox", "repair", *where, "--json")["registration_count"] == 2
    wrong = host.mgr("mailbox", "register", *where)
    assert (wrong.returncode, "--address" in wrong.stderr) == (2, True)
