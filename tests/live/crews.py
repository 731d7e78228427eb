"""A supervisor, workers and messages by CAO's routes, while processes of the server are killed.

All are real CLIs on the scripted API, whose log is the witness: each task and each message once, in
the order of each pair of terminals, and none that waits without end.
"""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from tests.integration.serving import PAIR, WORDS, free_port, started
from tests.live import definitions
from tests.live.crew_calls import CrewCalls, CrewServer, Starting
from tests.live.lab import came
from tests.live.team import stage
from tests.live.walk import KEY
from tests.live.witness import Witness

TOOLS = ("claude", "codex")
VICTIMS = ("web", "watch")
#: Messages for each task that is assigned.
MESSAGES_EACH = 4
#: Seconds between kills.
PAUSE_SECONDS = (5.0, 12.0)
#: Seconds for all to come to their end.
ENDED_SECONDS = 600.0
#: Workers that live at the same time.
MOST_WORKERS = 4
_NO_ANSWER, _ENDED = "no answer", ("delivered", "failed")


@dataclass(slots=True)
class Said:
    """A task or a message, how it ended, and how often and when it arrived."""

    sender: str
    receiver: str
    text: str
    state: str = _NO_ANSWER
    reason: str = ""
    arrived: int = 0

    @property
    def right(self) -> bool:
        """Delivered, and once."""
        return self.state == "delivered" and self.arrived == 1


def run(count: int, seed: int, starting: Starting, api: Path, bin_folders: str) -> int:
    """Print how each ended; 1 when one went wrong."""
    dice, killed, dismissed = random.Random(seed), Counter[str](), set[str]()
    with starting(api, bin_folders) as server:
        calls = server.calls
        boss = calls.launch("claude", server.work)
        over = threading.Event()
        order = (server, random.Random(seed), over, killed)
        killer = threading.Thread(target=_kill_on, args=order)
        killer.start()
        sent: list[Said] = []
        for number in range(count):
            sent += _assign(calls, boss, number, server.work, dice)
            _dismiss(calls, sent, boss, dismissed)
        over.set()
        killer.join()
        _settle(calls, sent, server.log)
        in_order = not _misplaced(sent, server.log)
    print(_table(sent, killed, in_order))
    return 0 if in_order and all(it.right for it in sent) else 1


@contextmanager
def pair(api: Path, bin_folders: str) -> Iterator[CrewServer]:
    """`houmao-server` beside the passive one; its web or watch process is killed."""
    with stage(api, bin_folders, {}) as (found, url):
        work = found.folder / "work"
        for tool in TOOLS:
            root = work / ".agentsys" / "agents"
            definitions.write(root, tool, url, work, unattended=True, key=KEY)
        settings = replace(found.settings, port=free_port())
        argv = (*PAIR, "serve", "--api-base-url", settings.api_base_url)
        with started(settings, argv, **found.environ) as server:
            came(lambda: server.ask("/health").status == 200, 60)
            calls = CrewCalls(settings.api_base_url, "reviewer")
            yield CrewServer(calls, work, found.log, _kill_one)


def _assign(
    calls: CrewCalls, boss: str, number: int, work: Path, dice: random.Random
) -> list[Said]:
    """One task, and the messages between who got it and who gave it."""
    task = Said(boss, "", f"STUB:echo task {number} is done")
    task.receiver = calls.launch(TOOLS[number % 2], work, task.text)
    if not task.receiver:
        return [task]
    ways = [(task.receiver, boss), (boss, task.receiver)]
    sent = [Said(*ways[at % 2], f"STUB:echo message {number}.{at}") for at in range(MESSAGES_EACH)]
    for each in sent:
        time.sleep(dice.random() * 2)
        if calls.send(each.sender, each.receiver, each.text):
            each.state = "pending"
    return [task, *sent]


def _dismiss(calls: CrewCalls, sent: list[Said], boss: str, dismissed: set[str]) -> None:
    """End the oldest worker once there are many; how its messages ended stays in `sent`."""
    workers = list(dict.fromkeys(it.receiver for it in sent if it.receiver not in ("", boss)))
    working = [it for it in workers if it not in dismissed]
    if len(working) < MOST_WORKERS:
        return
    oldest = working[0]
    mine = [it for it in sent if oldest in (it.sender, it.receiver)]
    came(lambda: all(it.state != "pending" for it in _told(calls, mine)), ENDED_SECONDS)
    calls.ask("DELETE", f"/terminals/{oldest}")
    dismissed.add(oldest)


def _kill_on(
    server: CrewServer, dice: random.Random, over: threading.Event, killed: Counter[str]
) -> None:
    while not over.wait(dice.uniform(*PAUSE_SECONDS)):
        if name := server.kill(dice):
            killed[name] += 1


def _kill_one(dice: random.Random) -> str:
    victim = dice.choice(VICTIMS)
    for each in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if WORDS[victim] in " ".join(each.cmdline()):
                each.send_signal(signal.SIGKILL)
                return victim
    return ""


def _settle(calls: CrewCalls, sent: list[Said], log: Path) -> None:
    came(lambda: all(it.state != "pending" for it in _told(calls, sent)), ENDED_SECONDS)
    witness = Witness(log)
    came(lambda: all(witness.arrivals(it.text) for it in sent if it.state == "delivered"), 30)
    for each in sent:
        each.arrived = witness.arrivals(each.text)


def _told(calls: CrewCalls, sent: list[Said]) -> list[Said]:
    """How each stands now; a task as its terminal tells of its first message."""
    going = [it for it in sent if it.receiver and it.state not in _ENDED]
    for receiver in {it.receiver for it in going}:
        known = {it["message"]: it for it in calls.inbox(receiver)}
        first = (calls.ask("GET", f"/terminals/{receiver}") or {}).get("initial_delivery") or {}
        for each in (it for it in going if it.receiver == receiver):
            if each.text in known:
                message = known[each.text]
                each.state, each.reason = message["status"], message.get("reason", "")
            elif each.text.startswith("STUB:echo task"):
                each.state = first.get("state", each.state)
                each.reason = first.get("message", "")
    return sent


def _misplaced(sent: list[Said], log: Path) -> bool:
    """Whether messages of one pair arrived in another order than they were sent in."""
    told = log.read_text()
    came_in = [it for it in sent if it.arrived]
    pairs = {(it.sender, it.receiver) for it in came_in}
    for pair in pairs:
        places = [told.index(it.text) for it in came_in if (it.sender, it.receiver) == pair]
        if places != sorted(places):
            return True
    return False


def _table(sent: list[Said], killed: Counter[str], in_order: bool) -> str:
    ends = Counter((it.state, it.reason[:70], it.arrived) for it in sent)
    right = f"{sum(it.right for it in sent)}/{len(sent)} right"
    lines = [f"{right}, order kept: {in_order}; killed {dict(killed)}"]
    lines += [f"  {n:4} {state}, arrived {times}: {why}" for (state, why, times), n in ends.items()]
    return "\n".join([*lines, *(f"  WRONG {it}" for it in sent if not it.right)])
