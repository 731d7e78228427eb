"""Run single tmux commands as subprocesses, for lifecycle work.

Watching never goes this way: a process costs ten times what a control-mode request costs.
"""

import subprocess

from houmao.errors import TmuxAbsent, TmuxError, TmuxSilent
from houmao.tmux.address import TmuxAddress, require_tmux

#: Seconds one tmux command may take.
TIMEOUT = 5.0
#: What tmux says when it has no server on the socket, one without any session, or one that ends
#: with its last session while it is asked.
_ABSENT = (
    "no server running",
    "(No such file or directory)",
    "(Connection refused)",
    "no current target",
    "server exited",
    "lost server",
)


def run(address: TmuxAddress, *arguments: str, stdin: bytes = b"", timeout: float = TIMEOUT) -> str:
    """Output of one tmux command.

    Raises TmuxError with tmux's own words when it fails, TmuxAbsent when there is no server,
    TmuxSilent after `timeout` seconds.
    """
    require_tmux()
    try:
        done = subprocess.run(
            [*address.arguments, *arguments],
            input=stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TmuxSilent(f"tmux did not answer `{arguments[0]}` within {timeout:g} s") from None
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip()
        kind = TmuxAbsent if any(each in words for each in _ABSENT) else TmuxError
        raise kind(f"tmux refused `{arguments[0]}`: {words or 'no reason given'}")
    return done.stdout.decode(errors="replace")
