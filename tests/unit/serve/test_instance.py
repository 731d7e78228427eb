"""What a server holds while it runs: its socket, its marker, its Redis folder."""

import json
import socket
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from houmao import config
from houmao.config import Settings
from houmao.errors import ConfigError
from houmao.serve.instance import (
    HOLD_PATIENCE,
    hold_redis_folder,
    marker,
    open_listener,
    prepare_runtime_root,
)

NOW = 1_774_602_000.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    made = config.load({"HOME": str(tmp_path)}, runtime_root=tmp_path / "rt", port=port)
    prepare_runtime_root(made)
    return made


@pytest.fixture
def impatient() -> Iterator[float]:
    """A clock that moves a second with every look."""
    return count(0.0, HOLD_PATIENCE + 1)


def test_listener_is_open_and_can_be_inherited(settings: Settings) -> None:
    """A connection is accepted by the kernel before anybody serves it."""
    with (
        open_listener(settings, lambda: 0.0) as listener,
        socket.create_connection(("127.0.0.1", settings.port)),
    ):
        assert listener.get_inheritable()


def test_taken_port_names_the_way_out(settings: Settings, impatient: Iterator[float]) -> None:
    """After a while, and no socket is left open."""
    with (
        open_listener(settings, lambda: 0.0),
        pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{settings.port}: .*--port"),
    ):
        open_listener(settings, lambda: next(impatient))


def test_port_of_a_server_that_is_ending_is_awaited(settings: Settings) -> None:
    """What a killed server leaves behind holds its port for some tenths of a second."""
    former = open_listener(settings, lambda: 0.0)
    looks = count()

    def free_at_the_second_look() -> float:
        if next(looks):
            former.close()
        return 0.0

    with open_listener(settings, free_at_the_second_look) as listener:
        assert listener.getsockname()[1] == settings.port


def test_address_that_is_not_here(settings: Settings) -> None:
    """An address of another machine is refused in the same words."""
    with pytest.raises(ConfigError, match=r"cannot listen on 192\.0\.2\.1"):
        open_listener(replace(settings, host="192.0.2.1"), lambda: 0.0)


def test_ipv6_is_served(settings: Settings) -> None:
    """An address with colons is one of IPv6."""
    with open_listener(replace(settings, host="::1"), lambda: 0.0) as listener:
        assert listener.family is socket.AF_INET6


def test_marker_is_there_while_the_server_runs(settings: Settings) -> None:
    """Its content is whole at any time, and gone afterwards."""
    with marker(settings, 4711, NOW):
        assert json.loads(settings.marker_path.read_text()) == {
            "schema_version": 1,
            "status": "ok",
            "pid": 4711,
            "api_base_url": settings.api_base_url,
            "server_root": str(settings.server_root),
            "runtime_root": str(settings.runtime_root),
            "started_at_utc": "2026-03-27T09:00:00+00:00",
        }
        assert settings.marker_path.read_text().endswith("}\n")
        assert settings.pid_path.read_text() == "4711\n"
        kept = {settings.marker_path, settings.pid_path}
        assert set(settings.marker_path.parent.iterdir()) == kept
    assert list(settings.marker_path.parent.iterdir()) == []


@pytest.mark.parametrize("left", ["", "{", '{"pid": 1}', "[]"])
def test_marker_of_a_crash_is_overwritten(settings: Settings, left: str) -> None:
    """It is no lock."""
    settings.marker_path.write_text(left)
    with marker(settings, 4711, NOW):
        assert json.loads(settings.marker_path.read_text())["pid"] == 4711


@pytest.mark.parametrize("other", ['{"pid": 99}', "{", "[]", '{"no": "pid"}'])
def test_marker_of_another_stays(settings: Settings, other: str) -> None:
    """Who ends late removes nobody else's marker."""
    with marker(settings, 4711, NOW):
        settings.marker_path.write_text(other)
    assert settings.marker_path.read_text() == other


def test_removed_marker_is_no_error(settings: Settings) -> None:
    """Somebody may have cleaned up."""
    with marker(settings, 4711, NOW):
        settings.marker_path.unlink()
    assert not settings.marker_path.exists()


def test_redis_folder_is_held_by_one(settings: Settings, impatient: Iterator[float]) -> None:
    """The second one is refused after a while; a folder that was let go is free at once."""
    with (
        hold_redis_folder(settings, lambda: 0.0),
        pytest.raises(ConfigError, match=r"another Houmao server runs in .*--runtime-root"),
        hold_redis_folder(settings, lambda: next(impatient)),
    ):
        pass
    with hold_redis_folder(settings, lambda: 0.0):
        pass


def test_folders_are_the_owners_alone(settings: Settings) -> None:
    """Nobody else may read what agents show."""
    for folder in (settings.marker_path.parent, settings.runtime_root / "redis"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("inside", ["", "redis", "houmao_servers"])
def test_runtime_root_in_the_way(tmp_path: Path, settings: Settings, inside: str) -> None:
    """A file in the place of any folder is named with the option that helps."""
    root = tmp_path / "other"
    blocked = root / inside if inside else root
    blocked.parent.mkdir(exist_ok=True)
    blocked.write_text("in the way")
    with pytest.raises(ConfigError, match=f"runtime root {root} is not writable.*--runtime-root"):
        prepare_runtime_root(replace(settings, runtime_root=root))
