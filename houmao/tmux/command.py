"""Run single tmux commands as subprocesses: lifecycle work and the fallback when control mode fails.

Polling never goes this way in steady state; a process costs ten times what a control-mode
request costs.
"""

import subprocess
from collections.abc import Sequence

from houmao.errors import TmuxError
from houmao.tmux.address import TmuxAddress, require_tmux

#: Seconds one tmux command may take.
TIMEOUT = 5.0


def run(address: TmuxAddress, *arguments: str) -> str:
    """Output of one tmux command. Raises TmuxError with tmux's own words when it fails."""
    require_tmux()
    try:
        done = subprocess.run(
            [*address.arguments, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TmuxError(f"tmux did not answer `{arguments[0]}` within {TIMEOUT:g} s") from None
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip()
        raise TmuxError(f"tmux refused `{arguments[0]}`: {words or 'no reason given'}")
    return done.stdout.decode(errors="replace")


def run_chain(address: TmuxAddress, commands: Sequence[Sequence[str]]) -> str:
    """Output of several commands in one tmux process, in order."""
    chained: list[str] = []
    for command in commands:
        chained += [*command, ";"]
    return run(address, *chained[:-1])
