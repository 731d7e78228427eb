"""The last answer, asked for in the moment in which a turn ends."""

import shlex
import sys
from pathlib import Path
from threading import Timer

from tests.integration.serving import own_port, serving
from tests.integration.watching import Host
from tests.unit.track import screens

#: A tool that goes on at each line that it is given: it works, says on its screen that the turn has
#: ended, and writes down what it said.
_SLOW_TO_WRITE = """
import json, os, pathlib, sys

def status(told):
    start = pathlib.Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]
    words = {"pid": os.getpid(), "procStart": start, "sessionId": "one", "cwd": "/work"}
    part = state / "part"
    part.write_text(json.dumps(words | {"status": told}))
    part.replace(state / f"{os.getpid()}.json")

def write(**line):
    with lines.open("a") as out:
        print(json.dumps(line), file=out)

def paint(screen):
    print("\\x1b[2J\\x1b[H" + screen.replace("\\n", "\\r\\n"), end="", flush=True)

idle, busy, finished = sys.argv[1:]
home = pathlib.Path.home() / ".claude"
state, lines = home / "sessions", home / "projects/-work/one.jsonl"
state.mkdir(parents=True)
lines.parent.mkdir(parents=True)
status("idle")
paint(idle)
sys.stdin.readline()
status("busy")
write(type="user", permissionMode="default", message={"content": "fix it"})
paint(busy)
sys.stdin.readline()
status("idle")
paint(finished)
sys.stdin.readline()
answer = {"id": "m", "content": [{"type": "text", "text": "fixed"}]}
write(type="assistant", message=answer)
write(type="system", subtype="turn_duration")
sys.stdin.readline()
"""


def test_an_answer_is_that_of_the_turn_that_was_just_told(host: Host, tmp_path: Path) -> None:
    """The tool's word on its screen is a verdict at once; its journal is waited for."""
    home = shlex.quote(str(tmp_path / "home"))
    screen = (screens.IDLE, screens.BUSY, screens.FINISHED)
    script = shlex.join([sys.executable, "-c", _SLOW_TO_WRITE, *screen])

    def go_on() -> None:
        host.tmux.run("send-keys", "-t", "=agent:", "Enter")

    with serving(own_port(host)) as server:
        host.open("agent", f"HOME={home} exec -a claude {script}")
        server.await_phase("agent", "ready")
        go_on()
        server.await_phase("agent", "active")
        go_on()
        server.await_result("agent", "success")
        written = (tmp_path / "home/.claude/projects/-work/one.jsonl").read_text()
        # The tracker alone would be sure of the end after a second.
        later = Timer(0.3, go_on)
        later.start()
        told = server.ask("/houmao/agents/agent/answer")
        later.join()
    assert "turn_duration" not in written
    assert (told.status, told.body["outcome"], told.body["answer"]) == (200, "completed", "fixed")
