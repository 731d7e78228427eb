"""Two hosts in network namespaces; `python -m tests.hosts` plays more of it."""

import os
import shutil
import subprocess
import sys

import pytest


def _makes_namespaces() -> bool:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    return subprocess.call(["unshare", "--net", "true"], stderr=subprocess.DEVNULL) == 0


@pytest.mark.skipif(not _makes_namespaces(), reason="network namespaces are for root, on Linux")
def test_one_cut_between_two_hosts() -> None:
    """What happens during it is told and typed once; both sides refuse at once what must wait."""
    programme = ["-m", "tests.hosts", "short", "--hosts", "2", "--agents", "1"]
    done = subprocess.run([sys.executable, *programme], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
