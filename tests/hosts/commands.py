"""What every command about an agent says when the agent is another host's, and when one is cut off.

Four tables: north asks about an agent of south, first while all is well, then while south is cut
off; then south, cut off, asks about its own agent and about one of north.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.hosts.deliveries import all_ready
from tests.hosts.lab import BenchHost, Lab, pause
from tests.hosts.stubs import Stubs
from tests.services import wait_until

#: Seconds after which a cut is known to both sides.
_KNOWN = 6.0
#: Every command about one agent that ends by itself, those that end the agent last.
COMMANDS = (
    "agents show AGENT",
    "agents state AGENT",
    "agents explain AGENT",
    "agents answer AGENT",
    "agents history AGENT",
    "agents wait AGENT --for ready --timeout 5",
    "agents refresh AGENT",
    "agents seen AGENT",
    "agents dialog AGENT",
    "agents reply AGENT --approve",
    "agents record AGENT --seconds 1 --out OUT",
    "agents prompt AGENT --prompt hello --wait",
    "agents prompt --host HOST --prompt hello --no-wait",
    "agents interrupt AGENT",
    "agents requests AGENT",
    "agents attach AGENT",
    "agents turn submit AGENT --prompt hello",
    "agents turn status AGENT",
    "agents turn events AGENT",
    "agents turn stdout AGENT",
    "agents turn stderr AGENT",
    "agents mail status AGENT",
    "agents mail check AGENT",
    "agents mail send AGENT --to someone@agents.localhost --subject x --body-content x",
    "agents mailbox status AGENT",
    "agents mailbox register AGENT",
    "agents mailbox unregister AGENT",
    "agents cleanup mailbox AGENT",
    "agents gateway attach AGENT",
    "agents gateway detach AGENT",
    "agents gateway status AGENT",
    "agents gateway prompt AGENT --prompt hello",
    "agents gateway interrupt AGENT",
    "agents gateway send-keys AGENT --sequence x",
    "agents gateway tui state AGENT",
    "agents gateway tui history AGENT",
    "agents gateway tui note-prompt AGENT --prompt hello",
    "agents gateway tui watch AGENT",
    "agents gateway mail-notifier status AGENT",
    "agents gateway mail-notifier enable AGENT --interval-seconds 60",
    "agents gateway mail-notifier disable AGENT",
    "send-prompt --agent-identity AGENT --prompt hello",
    "send-keys --agent-identity AGENT --sequence x",
    "interrupt --agent-identity AGENT",
    "stop-session --agent-identity AGENT",
    "agents list --host HOST",
    "agents list --usage --host HOST",
    "agents list --today --host HOST",
    "agents next",
    "hosts show HOST",
    "hosts list",
    "agents launch --host HOST --agents none --provider codex",
    "agents relaunch AGENT",
    "agents leave AGENT",
    "agents stop AGENT",
)


def commands(lab: Lab, folder: Path) -> Iterator[str]:
    """One row for each command and each of the four ways to run it."""
    north, south = lab.hosts["north"], lab.hosts["south"]
    near, far = (Stubs(host, 4, folder, turn_seconds=0.3) for host in (north, south))
    for stubs in (near, far):
        wait_until(partial(all_ready, north, stubs), "the listeners are ready", 60)
    gone, asked, own, others = (*far.names[:3], near.names[0])
    yield from _table("all is well, north about south's", north, gone, "south", folder)
    yield from _live(north, f"{asked}@south")
    south.site.cut()
    try:
        pause(_KNOWN)
        yield from _table("south is cut off, north about south's", north, asked, "south", folder)
        yield from _live(north, f"{asked}@south")
        yield from _live(south, f"{own}@south")
        yield from _table("south is cut off, south about its own", south, own, "south", folder)
        yield from _table("south is cut off, south about north's", south, others, "north", folder)
    finally:
        south.site.mend()


def _table(title: str, host: BenchHost, agent: str, of: str, folder: Path) -> Iterator[str]:
    for command in COMMANDS:
        words = [{"HOST": of, "OUT": str(folder / "out")}.get(it, it) for it in command.split()]
        words = [agent if it == "AGENT" else it for it in words]
        began = time.monotonic()
        done = host.houmao_mgr(*words)
        took = time.monotonic() - began
        text = (done.stdout.strip() or done.stderr.strip()).splitlines()
        said = " / ".join(it.strip() for it in text[:4] if it.strip())
        yield f"{title} | {command} | {done.returncode} | {took:.2f} s | {said[:300]}"


def _live(host: BenchHost, agent: str) -> Iterator[str]:
    """What is told of a turn by those who follow it: `watch` of one agent, and `wait`."""
    with ThreadPoolExecutor(2) as pool:
        watch = pool.submit(host.houmao_mgr, "agents", "watch", agent, "--json", seconds=6.0)
        wait = pool.submit(
            host.houmao_mgr, "agents", "wait", agent, "--for", "change", "--timeout", "5"
        )
        pause(2.0)
        asked = host.houmao_mgr("agents", "prompt", agent, "--prompt", "turn", "--no-wait")
        for name, done in (("watch", watch.result()), ("wait", wait.result())):
            lines = (done.stdout + done.stderr).splitlines()
            yield f"{name} {agent}: exit {done.returncode}, {len(lines)} lines: {lines[-1:]}"
        yield f"prompt {agent}: {asked.returncode} {(asked.stdout + asked.stderr).strip()[:200]}"
