"""The machine the numbers are from, in words."""

import os
import platform
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from houmao.serve.programs import find_redis


@dataclass(frozen=True, slots=True)
class Machine:
    """What a reader must know to compare."""

    cpu: str
    cores: int
    memory_gib: float
    kernel: str
    python: str
    tmux: str
    redis: str
    rq: str


def this_machine() -> Machine:
    """The machine this runs on."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Machine(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(pages / 2**30, 1),
        kernel=platform.release(),
        python=platform.python_version(),
        tmux=_first_line(["tmux", "-V"]).removeprefix("tmux "),
        redis=_word(_first_line([find_redis(), "--version"]), "v="),
        rq=_package("rq"),
    )


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _first_line(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    return done.stdout.splitlines()[0]


def _word(line: str, lead: str) -> str:
    return next((word.removeprefix(lead) for word in line.split() if word.startswith(lead)), line)


def _package(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
