"""A broken append-only file is put aside, and only then."""

import subprocess
from pathlib import Path

from houmao.serve.programs import find_redis
from houmao.serve.redis_file import put_aside

BROKEN = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*garbage\r\n"


def start(folder: Path) -> int:
    """The exit code of a Redis with that folder."""
    options = {
        "port": "0",
        "unixsocket": str(folder / "s"),
        "dir": str(folder),
        "appendonly": "yes",
        "logfile": str(folder / "redis.log"),
        "loglevel": "warning",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    try:
        return subprocess.run([find_redis(), *words], timeout=1, check=False).returncode
    except subprocess.TimeoutExpired:
        return 0


def test_what_redis_cannot_read_is_put_aside(tmp_path: Path) -> None:
    """A real Redis ends on it, and starts once it is away; its content is kept."""
    (tmp_path / "appendonly.aof").write_bytes(BROKEN)
    assert start(tmp_path) == 1
    assert "history and events begin anew" in put_aside(tmp_path, tmp_path / "redis.log")
    assert (tmp_path / "appendonly.aof.broken-1").read_bytes() == BROKEN
    assert start(tmp_path) == 0
    assert put_aside(tmp_path, tmp_path / "redis.log") == ""


def test_a_redis_that_ends_for_another_reason(tmp_path: Path) -> None:
    """Its file is left alone."""
    (tmp_path / "appendonly.aof").write_bytes(BROKEN)
    (tmp_path / "redis.log").write_text("# Out of memory")
    assert put_aside(tmp_path, tmp_path / "redis.log") == ""
    assert put_aside(tmp_path, tmp_path / "none.log") == ""
    assert (tmp_path / "appendonly.aof").exists()
