"""Let children end when their supervisor is killed without a chance to end them.

Otherwise they would run on, hold the port and watch the panes beside a new server.
"""

import ctypes
import signal

_PR_SET_PDEATHSIG = 1

# Loaded before any fork: between fork and exec a child must not import or allocate much.
_libc = ctypes.CDLL(None, use_errno=True)
_prctl = getattr(_libc, "prctl", None)


def end_with_parent() -> None:
    """Run in a new child before its program: SIGTERM it when the parent's thread ends.

    Does nothing on systems without `prctl`.
    """
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
