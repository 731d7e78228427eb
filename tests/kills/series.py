"""Turns of headless agents while somebody kills everything in turn, and what came of each.

The witness is the log of the stand-in tools: what was really run, and how often. What Houmao
says is its files, its API and its stream of events; the three must agree.
"""

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from houmao.state import keys
from houmao.state.connect import connect
from tests.integration.headless import Crew
from tests.services import wait_until

TOOLS = ("claude", "codex", "gemini", "claude", "codex")
#: What is killed, and how often in proportion.
VICTIMS = {"turn": 6, "tool": 12, "redis": 3, "web": 3, "watch": 2, "launch": 2, "runner": 4}
PROMPTS = ("say {mark}", "slow 0.3 {mark}", "slow 1 {mark}", "slow 2 {mark}", "fail {mark}")
#: Seconds between two kills, at least and at most.
PAUSES = (0.1, 0.7)
#: Seconds after the last kill after which what has not come to its end counts as stuck.
STUCK = 45.0


@dataclass(slots=True)
class Log:
    """What was done, and what was answered."""

    accepted: list[tuple[str, str]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    last_kill: float = 0.0

    def is_stuck(self, since: float) -> bool:
        """Whether what began then should have come to its end long ago.

        Not while kills go on: what is killed often is restarted ever later, and Redis and the
        turn process may hardly ever be there at the same time.
        """
        return time.monotonic() > max(since, self.last_kill) + STUCK


def play(found: Crew, turns: int, kills: int, seed: int) -> Log:
    """At least that many accepted turns, and so many kills while they run."""
    log, dice = Log(), random.Random(seed)
    names = [f"{tool}-{at}" for at, tool in enumerate(TOOLS)]
    for name, tool in zip(names, TOOLS, strict=True):
        found.launch(name, tool)
    # More turns than asked for, while there are kills to come.
    numbers, lock = iter(range(3 * turns)), threading.Lock()

    def take() -> int | None:
        with lock:
            number = next(numbers, None)
        done = number is not None and number >= turns and sum(log.kills.values()) >= kills
        return None if done else number

    threads = [
        threading.Thread(target=_submit_all, args=(found, name, take, log, seed)) for name in names
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        time.sleep(dice.uniform(*PAUSES))
        if sum(log.kills.values()) < kills:
            _kill(found, dice, log)
    wait_until(found.server.is_complete, "everything runs again", 60)
    log.wrong += _checked(found, log)
    log.wrong += [it for name in names for it in _goes_on(found, name, log)]
    return log


def _submit_all(
    found: Crew, name: str, take: Callable[[], int | None], log: Log, seed: int
) -> None:
    """One agent's turns, one after the other, whatever happens meanwhile."""
    dice = random.Random(f"{seed} {name}")
    while (number := take()) is not None:
        prompt = dice.choice(PROMPTS).format(mark=f"mark-{number}")
        turn_id = _accepted(found, name, prompt, log, key=f"key-{number}")
        if turn_id is None or not _ended(found, name, turn_id, log):
            log.wrong.append(f"{name}: turn {turn_id or prompt} is stuck")
            return


def _accepted(found: Crew, name: str, prompt: str, log: Log, key: str) -> str | None:
    """The id of a turn that was accepted, after as many tries as it takes."""
    began, path = time.monotonic(), f"/houmao/agents/{name}/turns"
    while not log.is_stuck(began):
        status, answer = _call(found, "POST", path, {"prompt": prompt}, Idempotency_Key=key)
        if status == 200:
            log.accepted.append((name, answer["turn_id"]))
            return str(answer["turn_id"])
        log.refused[str(status)] += 1
        time.sleep(0.2)
    return None


def _ended(found: Crew, name: str, turn_id: str, log: Log) -> bool:
    began = time.monotonic()
    while not log.is_stuck(began):
        status, answer = _call(found, "GET", f"/houmao/agents/{name}/turns/{turn_id}")
        if status == 200 and answer["status"] != "active":
            return True
        time.sleep(0.1)
    return False


def _call(
    found: Crew, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, Any]:
    """Status and answer; 0 when nobody answered."""
    try:
        return found.call(method, path, body, **headers)
    except (OSError, ValueError) as error:
        return 0, str(error)
    except Exception as error:  # http.client has errors of its own for a connection that breaks
        return 0, str(error)


def _kill(found: Crew, dice: random.Random, log: Log) -> None:
    """Kill one process with SIGKILL, if there is one of that kind."""
    log.last_kill = time.monotonic()
    (victim,) = dice.choices(list(VICTIMS), weights=list(VICTIMS.values()))
    if victim in ("tool", "runner"):
        which = "child_pid" if victim == "tool" else "runner_pid"
        running = [it[which] for it in records(found) if it["status"] == "active" and it[which]]
        if not running:
            return
        with suppress(ProcessLookupError):
            os.kill(dice.choice(running), signal.SIGKILL)
            log.kills[victim] += 1
        return
    process = found.server.child(victim)
    if process is not None:
        process.kill()
        log.kills[victim] += 1


def records(found: Crew) -> Iterator[Any]:
    """Every turn on disk."""
    root = found.server.settings.managed_agents_root
    for path in sorted(root.glob("*/turns/*/record.json")):
        with suppress(OSError, ValueError):
            yield json.loads(path.read_text())


def _checked(found: Crew, log: Log) -> Iterator[str]:
    """What is not as it should be."""
    on_disk = {it["turn_id"]: it for it in records(found)}
    runs = Counter((run[0], run[1]) for run in found.runs())
    accepted = {turn_id for _, turn_id in log.accepted}
    # Each prompt was sent until it was accepted, under a key of its own.
    if len(accepted) != len(log.accepted):
        yield f"{len(log.accepted)} prompts were accepted as {len(accepted)} turns"
    for turn_id in accepted ^ on_disk.keys():
        where = "is not on disk" if turn_id in accepted else "is on disk and nobody's"
        yield f"turn {turn_id} {where}"
    for what, turn_id in runs:
        if turn_id not in on_disk:
            yield f"turn {turn_id} was run and is not on disk"
        if runs[what, turn_id] > 1:
            yield f"turn {turn_id} was run {runs[what, turn_id]} times"
    ends = _told_ends(found)
    for turn_id, record in on_disk.items():
        yield from _end_wrong(record, ends[turn_id], succeeded=bool(runs["end", turn_id]))
        yield from _events_wrong(found, record)


def _end_wrong(record: Any, told: int, *, succeeded: bool) -> Iterator[str]:
    """Whether a turn was finalised once, and as its tool ended."""
    turn_id, status = record["turn_id"], record["status"]
    if status == "active":
        yield f"turn {turn_id} was never finalised"
    if told > 1:
        yield f"the end of turn {turn_id} was told {told} times"
    if succeeded != (status == "completed"):
        yield f"turn {turn_id} is {status}, but its tool {'did' if succeeded else 'never'} succeed"


def _events_wrong(found: Crew, record: Any) -> Iterator[str]:
    """Whether every line of output has had its event, once and in order."""
    path = f"/houmao/agents/{record['tracked_agent_id']}/turns/{record['turn_id']}/events"
    status, answer = _call(found, "GET", path)
    numbers = [it["number"] for it in answer["entries"]] if status == 200 else []
    if status != 200 or numbers != list(range(1, record["events"] + 1)):
        yield f"turn {record['turn_id']}: {record['events']} events, but {len(numbers)} are told"
    if record["stdout_path"]:
        with open(record["stdout_path"], encoding="utf-8") as file:
            lines = sum(1 for line in file if line.strip())
        told = sum(1 for it in answer["entries"] if "raw" in (it["payload"] or {}))
        if told < lines:
            yield f"turn {record['turn_id']}: {lines} lines, but {told} events of them"


def _told_ends(found: Crew) -> Counter[str]:
    """How often the end of each turn is in the fleet's stream."""
    with connect(found.server.settings.effective_redis_url) as redis:
        entries: Sequence[Any] = redis.xrange(keys.EVENTS)
    told = (it for _, it in entries if "turn_id" in it and it.get("status") != "active")
    return Counter(str(it["turn_id"]) for it in told)


def _goes_on(found: Crew, name: str, log: Log) -> Iterator[str]:
    """Whether the agent takes another turn, and it works."""
    turn_id = _accepted(found, name, "recall", log, key="recall-1")
    if turn_id is None or not _ended(found, name, turn_id, log):
        yield f"{name} is blocked"
        return
    if found.turn(name, turn_id)["status"] != "completed":
        # A tool that was killed may have lost its conversation, once.
        again = _accepted(found, name, "recall", log, key="recall-2")
        if again is None or found.turn(name, again, wait=STUCK)["status"] != "completed":
            yield f"{name} does not work any more"


def table(found: Crew, log: Log, seconds: float) -> str:
    """Counts, and a line for everything that is wrong."""
    statuses = Counter(it["status"] for it in records(found))
    rows = [
        f"{len(log.accepted)} turns accepted, {sum(log.kills.values())} kills in {seconds:.0f} s",
        f"  kills: {_counts(log.kills)}",
        f"  turns: {_counts(statuses)}",
        f"  refused meanwhile, by status (0: nobody answered): {_counts(log.refused)}",
        f"  wrong: {len(log.wrong)}",
    ]
    return "\n".join([*rows, *(f"  WRONG {it}" for it in log.wrong)])


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items())) or "none"
