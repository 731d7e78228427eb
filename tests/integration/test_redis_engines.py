"""How Redis is reached: by password file, by sentinels that fail over, and what is said if not."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from houmao.config import load
from houmao.errors import ConfigError
from houmao.serve.outside_redis import objections
from houmao.serve.programs import find_redis
from houmao.state.connect import PATIENT, check, connect, lets_anybody_in
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


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key in the same file."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    path = tmp_path / "own.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    words += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    words += ["-keyout", str(path), "-out", str(tmp_path / "alone.pem")]
    subprocess.run(words, check=True, capture_output=True)
    path.write_text(path.read_text() + (tmp_path / "alone.pem").read_text())
    return path


@contextmanager
def in_front_of(port: int, certificate: Path) -> Iterator[int]:
    """A port that speaks TLS and hands on to a Redis that does not: the wheel's cannot."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    loop = asyncio.new_event_loop()
    writers: list[asyncio.StreamWriter] = []

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        writers.extend((writer, back))
        await asyncio.gather(carried(reader, back), carried(there, writer))

    async def carried(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    async def end() -> None:
        server.close()
        for writer in writers:
            writer.transport.abort()
        for writer in writers:
            with suppress(OSError):
                await writer.wait_closed()

    server = loop.run_until_complete(asyncio.start_server(joined, "127.0.0.1", 0, ssl=context))
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_tls_with_an_authority_of_ones_own(start: Start, certificate: Path) -> None:
    """It works with the authority named; without it the setting is named."""
    plain = start("--save", "")
    wait_until(lambda: check(f"redis://127.0.0.1:{plain}/0"), "Redis answers")
    with in_front_of(plain, certificate) as port:
        url = f"rediss://127.0.0.1:{port}/0"
        with connect(f"{url}?ssl_ca_certs={certificate}") as redis:
            assert redis.set("over", "tls")
        with pytest.raises(ConfigError, match="ssl_ca_certs"):
            check(url)
    with connect(f"redis://127.0.0.1:{plain}/0") as redis:
        assert redis.get("over") == "tls"


def test_a_password_that_nobody_asks_for_is_told(tmp_path: Path, start: Start) -> None:
    """Such a Redis lets everybody in, whatever the setting says."""
    open_to_all, guarded = start("--save", ""), start("--save", "", "--requirepass", "sesame")
    for port in (open_to_all, guarded):
        url = f"redis://:sesame@127.0.0.1:{port}/0"
        wait_until(lambda url=url: check(url), "Redis answers")  # type: ignore[misc]
    assert lets_anybody_in(f"redis://:sesame@127.0.0.1:{open_to_all}/0")
    assert not lets_anybody_in(f"redis://:sesame@127.0.0.1:{guarded}/0")
    assert not lets_anybody_in(f"redis://127.0.0.1:{open_to_all}/0")
    with written(tmp_path, "sesame") as path:
        url = f"redis://127.0.0.1:{open_to_all}/0"
        settings = load({"HOUMAO_REDIS_URL": url, "HOUMAO_REDIS_PASSWORD_FILE": str(path)})
        (told,) = objections(settings)
    assert "though HOUMAO_REDIS_PASSWORD_FILE sets one" in told
