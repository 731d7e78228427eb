"""`houmao-mgr doctor` on a healthy machine and on broken ones: each illness with its remedy."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from filelock import FileLock

from houmao.mailbox.founding import init_root
from tests.services import private_redis
from tests.unit.cli.recorded import RECORDED, Recorded

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Variables of a machine of its own, with a tmux that says what it is."""
    for name in ("runtime", "registry", "bin"):
        (tmp_path / name).mkdir(mode=0o700)
    _program(tmp_path / "bin" / "tmux", "tmux 3.4")
    _program(tmp_path / "bin" / "redis-server", "Redis server v=7.2.4 sha=0")
    return {
        "HOUMAO_GLOBAL_RUNTIME_DIR": str(tmp_path / "runtime"),
        "HOUMAO_GLOBAL_REGISTRY_DIR": str(tmp_path / "registry"),
        "HOUMAO_GLOBAL_MAILBOX_DIR": str(tmp_path / "no mail"),
        "HOUMAO_CONFIG_FILE": str(tmp_path / "config.toml"),
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
    }


def _program(path: Path, says: str) -> None:
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


def ills(run: Result) -> dict[str, str]:
    """The remedies by check."""
    found = json.loads(run.stdout)["findings"]
    return {it["check"]: it["remedy"] for it in found if not it["healthy"]}


@pytest.fixture
def served(api: Recorded, home: dict[str, str]) -> dict[str, str]:
    """The same with a server that watches that registry."""
    host = {**RECORDED["hosts"]["hosts"][0], "watched": True}
    host["registry_root"] = home["HOUMAO_GLOBAL_REGISTRY_DIR"]
    api.answers["/houmao/hosts"] = {"hosts": [host], "unused_records": []}
    api.answers["/houmao/states"] = {"agents": []}
    return {**home, "HOUMAO_HOST_ID": host["host"]}


def test_a_healthy_machine(mgr: Run, served: dict[str, str]) -> None:
    done = mgr("doctor", "--json", env=served)
    assert ills(done) == {}
    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("check", "harm", "remedy"),
    [
        ("tmux", lambda root: _program(root / "bin" / "tmux", "tmux 2.9a"), "3.2 or newer"),
        ("redis", lambda root: _program(root / "bin" / "redis-server", ""), "reinstall"),
        ("runtime folder", lambda root: (root / "runtime").chmod(0o777), "chmod go-w"),
        (
            "settings file",
            lambda root: (root / "config.toml").write_text("x = ["),
            "config explain",
        ),
    ],
)
def test_what_is_broken_is_told_with_its_remedy(
    mgr: Run,
    served: dict[str, str],
    tmp_path: Path,
    check: str,
    harm: Callable[[Path], None],
    remedy: str,
) -> None:
    """One thing is broken, and one is told."""
    harm(tmp_path)
    done = mgr("doctor", "--json", env=served)
    found = ills(done)
    assert list(found) == [check]
    assert remedy in found[check]
    assert done.exit_code == 1


def test_locks_that_keep_commands_waiting(mgr: Run, served: dict[str, str], tmp_path: Path) -> None:
    """One that is held, and a mailbox's whose holder died; an agent's own may be held for long."""
    locks = tmp_path / "registry" / "locks"
    locks.mkdir()
    init_root(tmp_path / "mail")
    stale = tmp_path / "mail" / "locks" / "index.lock"
    stale.write_text("pid=999999999 acquired_at_utc=2026-01-01T00:00:00Z\n")
    os.utime(stale, (1, 1))
    with (
        FileLock(locks / "gpu.lock"),
        FileLock(locks / "turn-gpu.lock"),
    ):
        mail = {**served, "HOUMAO_GLOBAL_MAILBOX_DIR": str(tmp_path / "mail")}
        found = ills(mgr("doctor", "--json", env=mail))
    assert list(found) == ["lock gpu.lock", "lock index.lock"]
    assert str(os.getpid()) in found["lock gpu.lock"]
    assert "mailbox repair" in found["lock index.lock"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_lock_of_another_user(mgr: Run, served: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "registry" / "locks" / "gpu.lock"
    path.parent.mkdir()
    path.touch()
    os.chown(path, 12345, -1)
    assert "rm -f" in ills(mgr("doctor", "--json", env=served))["lock gpu.lock"]


def test_a_redis_that_takes_nothing(mgr: Run, api: Recorded, served: dict[str, str]) -> None:
    api.answers["/houmao/hosts"]["problem"] = "Redis is full"
    assert "prompts are refused" in ills(mgr("doctor", "--json", env=served))["server"]


def test_a_host_that_nobody_watches(mgr: Run, api: Recorded, served: dict[str, str]) -> None:
    api.answers["/houmao/hosts"]["hosts"][0]["watched"] = False
    found = ills(mgr("doctor", "--json", env=served))
    assert any("serve" in remedy for name, remedy in found.items() if name.startswith("host"))


def test_a_stranger_on_the_port(mgr: Run, api: Recorded, home: dict[str, str]) -> None:
    api.answers["/health"] = {"status": "fine"}
    assert "another port" in ills(mgr("doctor", "--json", env=home))["server"]


def test_a_redis_elsewhere_that_does_not_answer(mgr: Run, served: dict[str, str]) -> None:
    """Or that refuses us; where it answers all is well."""
    away = {**served, "HOUMAO_REDIS_URL": "redis://127.0.0.1:1/0"}
    assert "HOUMAO_REDIS_URL" in ills(mgr("doctor", "--json", env=away))["redis"]
    with private_redis() as redis:
        there = {**served, "HOUMAO_REDIS_URL": redis.url}
        assert ills(mgr("doctor", "--json", env=there)) == {}


def test_a_file_where_a_folder_should_be(mgr: Run, served: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "runtime").rmdir()
    (tmp_path / "runtime").write_text("")
    assert "is no folder" in ills(mgr("doctor", "--json", env=served))["runtime folder"]


def test_a_tool_without_a_version_is_no_illness(
    mgr: Run, api: Recorded, served: dict[str, str]
) -> None:
    """A stub has none; a version that nobody has checked is one."""
    agent = RECORDED["fleet"]["agents"][0]
    api.answers["/houmao/states"] = {"agents": [agent]}
    told = {"tool": "claude", "tool_version": None, "detector": "claude fallback"}
    api.answers[f"/houmao/agents/{agent['agent_id']}/explain"] = told
    assert ills(mgr("doctor", "--json", env=served)) == {}
    told["tool_version"] = "99.0.0"
    assert "checked" in ills(mgr("doctor", "--json", env=served))[f"agent {agent['agent_name']}"]


def test_no_server(mgr: Run, home: dict[str, str]) -> None:
    """That is an illness, too, and people read it in a table."""
    done = mgr("doctor", "--port", "1", env=home)
    assert "houmao-passive-server serve" in done.stdout
    assert done.exit_code == 1
