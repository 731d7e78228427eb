"""A supervisor, workers and their messages by CAO's routes, while web and watch are killed.

All are real CLIs on the scripted API, whose log is the witness: each task and each message once, in
the order of each pair of terminals, and none that waits without end. CAO's calls have no key by
which a repeated one would be known: a caller asks again what was refused before anything was done.
After an answer that was lost, or came too late, it looks for the terminal, or for the message in
its inbox, and sends what is not there again.
"""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.integration.serving import PAIR, WORDS, free_port, started
from tests.live import definitions
from tests.live.headless import PROVIDERS, Bench
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
#: Seconds in which a refused call is asked again.
AGAIN_SECONDS = 60.0
#: Seconds in which what came of a lost answer is looked for.
APPEARS_SECONDS = 30.0
#: Workers that live at the same time.
MOST_WORKERS = 4
SESSION = "cao-crew"
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


@dataclass(frozen=True, slots=True)
class CrewCalls:
    """The calls that CAO's tools make."""

    url: str
    dismissed: set[str] = field(default_factory=set)

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """The answer; None where it was lost, or the last refusal was one."""
        until = time.monotonic() + AGAIN_SECONDS
        while time.monotonic() < until:
            try:
                found = httpx.request(method, self.url + path, params=query, json=body, timeout=180)
            except httpx.ConnectError:
                time.sleep(0.2)
                continue
            except httpx.HTTPError:
                # It may have been carried out; only a question may be put again.
                if method == "GET":
                    continue
                return None
            # Only what may be asked again says after how long.
            if "retry-after" not in found.headers:
                return found.json() if found.status_code < 300 else None
            time.sleep(0.5)
        return None

    def launch(self, tool: str, work: Path, message: str | None = None) -> str:
        """Id of a new terminal of the crew, empty when it did not come up."""
        before = self._terminals()
        path = f"/sessions/{SESSION}/terminals" if before else "/sessions"
        query = {"agent_profile": "reviewer", "provider": PROVIDERS[tool]}
        query |= {} if before else {"session_name": SESSION}
        body = {"initial_message": message} if message else None
        found = self.ask("POST", path, body, working_directory=str(work), **query)
        if found:
            return str(found["id"])
        came(lambda: bool(self._terminals() - before), APPEARS_SECONDS)
        return next(iter(self._terminals() - before), "")

    def send(self, sender: str, receiver: str, text: str) -> bool:
        """Whether the message came into the receiver's inbox."""
        path, until = f"/terminals/{receiver}/inbox/messages", time.monotonic() + AGAIN_SECONDS

        def is_there() -> bool:
            return text in (it["message"] for it in self.inbox(receiver))

        while time.monotonic() < until:
            if self.ask("POST", path, sender_id=sender, message=text):
                return True
            if came(is_there, APPEARS_SECONDS):
                return True
        return False

    def inbox(self, terminal: str) -> list[Any]:
        """The messages that a terminal was sent."""
        return self.ask("GET", f"/terminals/{terminal}/inbox/messages", limit="100") or []

    def _terminals(self) -> set[str]:
        found = self.ask("GET", f"/sessions/{SESSION}/terminals")
        return {it["id"] for it in found or ()}


def run(count: int, seed: int, api: Path, bin_folders: str) -> int:
    """Print how each ended; 1 when one went wrong."""
    dice, killed = random.Random(seed), Counter[str]()
    with stage(api, bin_folders, {}) as (found, url), _pair(found) as calls:
        work = found.folder / "work"
        for tool in TOOLS:
            root = work / ".agentsys" / "agents"
            definitions.write(root, tool, url, work, unattended=True, key=KEY)
        boss = calls.launch("claude", work)
        over = threading.Event()
        killer = threading.Thread(target=_kill_on, args=(random.Random(seed), over, killed))
        killer.start()
        sent: list[Said] = []
        for number in range(count):
            sent += _assign(calls, boss, number, work, dice)
            _dismiss(calls, sent, boss)
        over.set()
        killer.join()
        _settle(calls, sent, found)
        in_order = not _misplaced(sent, found)
    print(_table(sent, killed, in_order))
    return 0 if in_order and all(it.right for it in sent) else 1


@contextmanager
def _pair(found: Bench) -> Iterator[CrewCalls]:
    """`houmao-server` beside the passive one."""
    settings = replace(found.settings, port=free_port())
    argv = (*PAIR, "serve", "--api-base-url", settings.api_base_url)
    with started(settings, argv, **found.environ) as server:
        came(lambda: server.ask("/health").status == 200, 60)
        yield CrewCalls(settings.api_base_url)


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


def _dismiss(calls: CrewCalls, sent: list[Said], boss: str) -> None:
    """End the oldest worker once there are many; how its messages ended stays in `sent`."""
    workers = list(dict.fromkeys(it.receiver for it in sent if it.receiver not in ("", boss)))
    working = [it for it in workers if it not in calls.dismissed]
    if len(working) < MOST_WORKERS:
        return
    oldest = working[0]
    mine = [it for it in sent if oldest in (it.sender, it.receiver)]
    came(lambda: all(it.state != "pending" for it in _told(calls, mine)), ENDED_SECONDS)
    calls.ask("DELETE", f"/terminals/{oldest}")
    calls.dismissed.add(oldest)


def _kill_on(dice: random.Random, over: threading.Event, killed: Counter[str]) -> None:
    while not over.wait(dice.uniform(*PAUSE_SECONDS)):
        victim = dice.choice(VICTIMS)
        for each in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                if WORDS[victim] in " ".join(each.cmdline()):
                    each.send_signal(signal.SIGKILL)
                    killed[victim] += 1
                    break


def _settle(calls: CrewCalls, sent: list[Said], found: Bench) -> None:
    came(lambda: all(it.state != "pending" for it in _told(calls, sent)), ENDED_SECONDS)
    witness = Witness(found.log)
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
                each.state, each.reason = known[each.text]["status"], known[each.text]["reason"]
            elif each.text.startswith("STUB:echo task"):
                each.state = first.get("state", each.state)
                each.reason = first.get("message", "")
    return sent


def _misplaced(sent: list[Said], found: Bench) -> bool:
    """Whether messages of one pair arrived in another order than they were sent in."""
    log = found.log.read_text()
    came_in = [it for it in sent if it.arrived]
    pairs = {(it.sender, it.receiver) for it in came_in}
    for pair in pairs:
        places = [log.index(it.text) for it in came_in if (it.sender, it.receiver) == pair]
        if places != sorted(places):
            return True
    return False


def _table(sent: list[Said], killed: Counter[str], in_order: bool) -> str:
    ends = Counter((it.state, it.reason[:70], it.arrived) for it in sent)
    right = f"{sum(it.right for it in sent)}/{len(sent)} right"
    lines = [f"{right}, order kept: {in_order}; killed {dict(killed)}"]
    lines += [f"  {n:4} {state}, arrived {times}: {why}" for (state, why, times), n in ends.items()]
    return "\n".join([*lines, *(f"  WRONG {it}" for it in sent if not it.right)])
