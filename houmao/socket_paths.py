"""Where the processes of one runtime root listen for each other."""

import hashlib
import os
from pathlib import Path

#: Kernels cut Unix socket paths at 104 to 108 bytes; Redis and its clients then fail obscurely.
_LONGEST_SOCKET_PATH = 100


def redis(runtime_root: Path) -> Path:
    """Where the embedded Redis of this runtime root listens."""
    return _below(runtime_root, "redis", "redis.sock")


def gateways(runtime_root: Path) -> Path:
    """Where the process that starts the gateways of this runtime root listens."""
    return _below(runtime_root, "gateways", "parent.sock")


def present(runtime_root: Path, host_id: str) -> Path:
    """Where a host's watch process tells what it sees."""
    return _below(runtime_root, "hosts", f"{host_id}.sock")


def _below(runtime_root: Path, folder: str, name: str) -> Path:
    """A socket below the runtime root, or elsewhere when that is too long for some kernel.

    The short form is in /tmp: shells may disagree about $TMPDIR. Its folder is made with mode 0700.
    """
    direct = runtime_root / folder / name
    if len(os.fsencode(direct)) <= _LONGEST_SOCKET_PATH:
        return direct
    digest = hashlib.sha256(os.fsencode(runtime_root)).hexdigest()[:16]
    return Path("/tmp", f"houmao-{os.getuid()}-{digest}", name)
