"""`python -m tests.faults.tmux_sessions`: does our connection ever cost a tmux server its life?

Sessions are made and ended, several at a time, on a private tmux server with one agent on it: with
a watch process attached, while our client attaches and leaves all the time, and alone. The tmux is
the first on the PATH, so that another version is tried by `PATH=FOLDER:$PATH`. A server that died
has another process id.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path

from houmao.tmux.address import TmuxAddress
from houmao.tmux.control import ControlClient
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
    died = [_dies(count, way) for way in Way]
    return int(any(died))


class Way(StrEnum):
    """What of ours is there while sessions come and go."""

    WATCHED = "watched"
    ATTACHING = "attaching"
    ALONE = "alone"


def _dies(count: int, way: Way) -> bool:
    attached = 0
    with ExitStack() as held:
        tmux = held.enter_context(private_tmux())
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="houmao-tmux-deaths-")))
        server = held.enter_context(private_redis())
        redis = held.enter_context(server.client())
        host = Host(settings_for(folder, tmux, server), tmux, redis)
        host.stub("agent", "--script", "turn 1, idle 1, again")
        if way is Way.WATCHED:
            held.enter_context(host.watch_process())
            host.await_availability("agent", "available")
        pid, began = tmux.run("display-message", "-p", "#{pid}"), time.monotonic()
        pool = held.enter_context(ThreadPoolExecutor(_AT_ONCE))
        busy = [pool.submit(_comes_and_goes, tmux, number) for number in range(count)]
        while way is Way.ATTACHING and not all(each.done() for each in busy):
            ControlClient(TmuxAddress(str(tmux.socket)), time.monotonic).close()
            attached += 1
        failed = sum(each.result() for each in busy)
        dead = pid != tmux.run("display-message", "-p", "#{pid}") or "agent" not in tmux.sessions()
        seen = way is not Way.WATCHED or host.availability("agent") == "available"
        took = time.monotonic() - began
    word = "DIED" if dead else "lives"
    told = f"{count} sessions in {took:.0f} s, {failed} refused, {attached} attachments"
    print(f"{way.value}: {told}; {word}, agent told: {seen}")
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
