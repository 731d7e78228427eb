"""How Redis is reached: by password file, by sentinels that fail over, and what is said if not."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from houmao.errors import ConfigError
from houmao.serve.programs import find_redis
from houmao.state.connect import PATIENT, check, connect
from tests.integration.serving import free_port
from tests.services import wait_until

Start = Callable[..., int]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a Redis on a port of this machine; gives that port."""
    processes: list[subprocess.Popen[bytes]] = []

    def run(*words: str, config: Path | None = None, port: int = 0) -> int:
        port = port or free_port()
        first = [str(config), "--sentinel"] if config else []
        argv = [find_redis(), *first, "--port", str(port), "--bind", "127.0.0.1", *words]
        processes.append(subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.DEVNULL))
        return port

    yield run
    for process in processes:
        process.kill()
        process.wait()


@contextmanager
def written(folder: Path, text: str) -> Iterator[Path]:
    path = folder / "password"
    path.write_text(text)
    yield path


def test_a_password_comes_from_its_file(tmp_path: Path, start: Start) -> None:
    """And one that is wrong, or missing, is refused with the settings' names."""
    url = f"redis://127.0.0.1:{start('--requirepass', 'sesame', '--save', '')}/0"
    with written(tmp_path, "sesame\n") as path:
        wait_until(lambda: check(f"{url}?password_file={path}"), "Redis lets us in")
    with written(tmp_path, "wrong") as path, pytest.raises(ConfigError) as caught:
        check(f"{url}?password_file={path}")
    assert "HOUMAO_REDIS_PASSWORD_FILE" in caught.value.message
    with pytest.raises(ConfigError, match="HOUMAO_REDIS_URL"):
        check(url)
    with pytest.raises(ConfigError, match="cannot be read"):
        check(f"{url}?password_file={tmp_path / 'none'}")


@pytest.mark.parametrize("url", ["http://x", "redis+sentinel://x", "redis+sentinel://h:1,i/s"])
def test_a_url_that_means_nothing(url: str) -> None:
    """The setting is named, and nothing is tried."""
    with pytest.raises(ConfigError, match="HOUMAO_REDIS_URL cannot be used"):
        connect(url)


def test_a_redis_that_is_away_is_no_mistake() -> None:
    """It may come later."""
    assert not check(f"redis://127.0.0.1:{free_port()}/0")


def test_sentinels_lead_to_the_new_master(tmp_path: Path, start: Start) -> None:
    """A client that waits for Redis goes on with the replica once that is the master."""
    old = start("--save", "")
    new = start("--save", "", "--replicaof", "127.0.0.1", str(old))
    config = tmp_path / "sentinel.conf"
    config.write_text(f"sentinel monitor houmao 127.0.0.1 {old} 1\n")
    watcher = start(config=config)
    url = f"redis+sentinel://127.0.0.1:{watcher}/houmao/0"
    wait_until(lambda: check(url), "the sentinel names a master")
    with connect(url, PATIENT) as redis, connect(f"redis://127.0.0.1:{watcher}") as sentinel:
        redis.set("kept", "yes")
        wait_until(lambda: _fails_over(sentinel), "the sentinel has a replica to promote", 20)
        wait_until(lambda: _port(sentinel) == new, "the replica is the master", 20)
        assert redis.get("kept") == "yes"
        assert redis.set("more", "yes")


def _fails_over(sentinel: Redis) -> bool:
    try:
        return bool(asked(sentinel, "FAILOVER", "houmao"))
    except ResponseError:
        return False


def _port(sentinel: Redis) -> int:
    return int(asked(sentinel, "GET-MASTER-ADDR-BY-NAME", "houmao")[1])


def asked(sentinel: Redis, *words: str) -> Any:
    return sentinel.execute_command("SENTINEL", *words)  # type: ignore[no-untyped-call]
