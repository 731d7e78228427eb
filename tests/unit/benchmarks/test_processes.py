"""The meters read what processes really used."""

import os
import subprocess
import sys

import pytest

from benchmarks.processes import (
    Meter,
    by_role,
    descendants,
    proportional_bytes,
    role_of,
    roles,
    usage,
)


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("/usr/bin/redis-server unixsocket", "redis"),
        ("python -m gunicorn -c python:houmao.api.gunicorn_conf", "web"),
        ("python -m workers.clock", "clock"),
        ("python -m workers.watch", "watch"),
        ("python -m houmao.serve.main serve", "supervisor"),
        ("sleep 1", "other"),
    ],
)
def test_roles_by_command_line(command: str, role: str) -> None:
    assert role_of(command) == role


def test_a_child_that_came_and_went_is_noticed() -> None:
    """However short a child lives, the meter knows afterwards that there was one."""
    meter = Meter({os.getpid(): "test"})
    assert meter.childless()
    subprocess.run(["true"], check=True)
    assert not meter.childless()
    assert meter.forks() >= 1


def test_processor_time_is_counted() -> None:
    meter = Meter({os.getpid(): "test"})
    until = usage(os.getpid()).cpu + 0.05
    while usage(os.getpid()).cpu < until:
        sum(range(1000))
    assert meter.cpu()["test"] > 0.04


def test_children_are_found_below_their_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        found = descendants(os.getpid())
        assert child.pid in roles(os.getpid())
        child.communicate(b"\n")
    assert found[0] == os.getpid()
    assert child.pid in found


def test_memory_of_this_process_and_of_none() -> None:
    assert proportional_bytes(os.getpid()) > 1_000_000
    assert proportional_bytes(2**22 + 1) == 0
    assert usage(2**22 + 1).cpu == 0.0


def test_values_are_summed_by_role() -> None:
    assert by_role({1: 1.0, 2: 2.0, 3: 4.0}, {1: "web", 2: "web"}) == {"web": 3.0, "other": 4.0}
