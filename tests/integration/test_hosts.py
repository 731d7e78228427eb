"""Two hosts in network namespaces; `python -m tests.hosts` plays more of it."""

import os
import shutil
import subprocess
import sys

import pytest


def _makes_namespaces() -> bool:
    """Whether this machine lets us have hosts with wires between them."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "nsenter", "ip"))):
        return False
    wire = ("ip", "link", "add", "one", "type", "veth", "peer", "name", "other")
    return subprocess.call(["unshare", "--net", *wire], stderr=subprocess.DEVNULL) == 0


@pytest.mark.skipif(not _makes_namespaces(), reason="needs root, Linux, and iproute2")
def test_one_cut_between_two_hosts() -> None:
    """What happens during it is told and typed once; both sides refuse at once what must wait."""
    programme = ["-m", "tests.hosts", "short", "--hosts", "2", "--agents", "1"]
    done = subprocess.run([sys.executable, *programme], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
