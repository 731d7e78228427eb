"""`python -m tests.faults.tmux_sessions`: does our connection ever cost a tmux server its life?

Sessions are made and ended, several at a time, on a private tmux server with one agent on it: once
with a watch process attached, once without. The tmux is the first on the PATH, so that another
version is tried by `PATH=/opt/tmux-3.5a/bin:$PATH`. A server that died has another process id.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.integration.watching import Host, settings_for
from tests.services import TmuxServer, private_redis, private_tmux

#: Sessions that are there at a time.
_AT_ONCE = 15


def main() -> int:
    """Both ways; 1 when a server died."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="sessions each way")
    count = parser.parse_args().count
    print(subprocess.run(["tmux", "-V"], capture_output=True, text=True, check=True).stdout.strip())
    died = [_dies(count, watched) for watched in (True, False)]
    return int(any(died))


def _dies(count: int, watched: bool) -> bool:
    with ExitStack() as held:
        tmux = held.enter_context(private_tmux())
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="houmao-tmux-deaths-")))
        server = held.enter_context(private_redis())
        redis = held.enter_context(server.client())
        host = Host(settings_for(folder, tmux, server), tmux, redis)
        host.stub("agent", "--script", "turn 1, idle 1, again")
        if watched:
            held.enter_context(host.watch_process())
            host.await_availability("agent", "available")
        pid, began = tmux.run("display-message", "-p", "#{pid}"), time.monotonic()
        pool = held.enter_context(ThreadPoolExecutor(_AT_ONCE))
        failed = sum(pool.map(partial(_comes_and_goes, tmux), range(count)))
        dead = pid != tmux.run("display-message", "-p", "#{pid}") or "agent" not in tmux.sessions()
        seen = not watched or host.availability("agent") == "available"
        took = time.monotonic() - began
    way = "watched" if watched else "alone"
    word = "DIED" if dead else "lives"
    print(f"{way}: {count} sessions in {took:.0f} s, {failed} refused; {word}, agent told: {seen}")
    return dead


def _comes_and_goes(tmux: TmuxServer, number: int) -> bool:
    """A session that paints, is looked at and ends; True when tmux refused."""
    name = f"s{number}"
    commands = (
        ("new-session", "-d", "-s", name, "-x", "80", "-y", "24", "seq 50; exec sleep 60"),
        ("split-window", "-t", f"={name}:", "exec sleep 60"),
        ("kill-session", "-t", f"={name}"),
    )
    base = ["tmux", "-S", str(tmux.socket), "-f", "/dev/null"]
    done = [subprocess.run([*base, *it], capture_output=True, check=False) for it in commands]
    return any(each.returncode for each in done)


if __name__ == "__main__":
    sys.exit(main())
