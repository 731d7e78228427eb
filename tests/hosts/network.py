"""A private network for a bench: one namespace a host, each with its own wire to the hub.

Everything lives in network namespaces that the kernel removes with their last process, so that
nothing of the machine's own network is touched and nothing is left behind. Needs root on Linux.
"""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)
#: Says that this process already has a network of its own.
_INSIDE = "HOUMAO_BENCH_NETWORK"


def enter_private_network() -> None:
    """Run this program again in a network of its own, unless it already does. Needs root."""
    if os.environ.get(_INSIDE):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    if os.geteuid() != 0:
        raise SystemExit("this bench makes network namespaces: run it as root, on Linux")
    command = ["unshare", "--net", *sys.orig_argv]
    os.execvpe(command[0], command, {**os.environ, _INSIDE: "1"})


@dataclass(frozen=True, slots=True)
class Site:
    """One host's namespace; `pid` is a process that holds it, `wire` its end in the hub."""

    number: int
    pid: int
    wire: str

    @property
    def hub(self) -> str:
        """The address at which the host finds the hub."""
        return f"10.77.{self.number}.1"

    def argv(self, command: Sequence[str]) -> list[str]:
        """The command line that runs `command` in the namespace."""
        return ["nsenter", "--target", str(self.pid), "--net", *command]

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Sockets that this thread makes in the block belong to the host."""
        own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        there = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _setns(there)
            yield
        finally:
            _setns(own)
            os.close(own)
            os.close(there)

    def cut(self) -> None:
        """Let nothing through, and tell neither side."""
        _ip("link", "set", self.wire, "down")

    def mend(self) -> None:
        """Let everything through again."""
        _ip("link", "set", self.wire, "up")


@contextmanager
def sites(count: int) -> Iterator[list[Site]]:
    """So many hosts, wired to the hub that this process is in."""
    with ExitStack() as held:
        yield [_site(number, held) for number in range(1, count + 1)]


def _site(number: int, held: ExitStack) -> Site:
    holder = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", "ip link set lo up && echo && exec sleep infinity"],
        stdout=subprocess.PIPE,
    )
    held.callback(holder.wait)
    held.callback(holder.kill)
    assert holder.stdout is not None
    holder.stdout.readline()
    site = Site(number, holder.pid, f"wire{number}")
    peer = ["peer", "name", "uplink", "netns", str(holder.pid)]
    _ip("link", "add", site.wire, "type", "veth", *peer)
    _ip("address", "add", f"{site.hub}/24", "dev", site.wire)
    _ip("link", "set", site.wire, "up")
    for words in (
        ["address", "add", f"10.77.{number}.2/24", "dev", "uplink"],
        ["link", "set", "uplink", "up"],
    ):
        subprocess.run(site.argv(["ip", *words]), check=True)
    return site


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def _setns(descriptor: int) -> None:
    if _LIBC.setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
