"""Prompts from one host to another while the way between them is cut, or a process is killed.

Each prompt has a key and is asked again until its end is known. The agents' own log is the
witness: what was told as submitted began one turn, and nothing ever began two.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from tests.hosts.lab import BenchHost, Lab, pause
from tests.hosts.stubs import Stubs
from tests.services import wait_until

#: Listening agents on the host that is asked.
_AGENTS = 6
#: Seconds until a prompt whose end is not known is given up.
_PATIENCE = 60.0
#: What hinders a delivery.
Hindrance = Callable[[Lab, Random], None]


@dataclass(frozen=True, slots=True)
class HinderedPrompt:
    """A prompt, and how it ended as its caller was told: an outcome, or a refusal."""

    prompt: str
    told: str


def deliveries(lab: Lab, folder: Path, rounds: int, seed: int) -> Iterator[str]:
    """So many rounds of prompts to all listening agents of south, each hindered; then the sums."""
    random, north, south = Random(seed), lab.hosts["north"], lab.hosts["south"]
    stubs = Stubs(south, _AGENTS, folder, turn_seconds=0.3)
    wait_until(partial(all_ready, north, stubs), "the listeners are ready", 60)
    asked: list[HinderedPrompt] = []
    with ThreadPoolExecutor(_AGENTS) as callers:
        for number in range(rounds):
            prompts = {name: f"round {number} of {name}" for name in stubs.names}
            told = [callers.submit(see_through, north, *each) for each in prompts.items()]
            pause(random.uniform(0.0, 1.5))
            hinder = random.choice((_cut_south, _cut_north, _kill_watch))
            hinder(lab, random)
            asked += [it.result() for it in told]
            yield f"round {number}, {hinder.__name__.strip('_')}: {_sums(asked, stubs)}"
    pause(3.0)
    yield from judged(asked, stubs)


def see_through(host: BenchHost, agent: str, prompt: str) -> HinderedPrompt:
    """Ask with one key until the end is told; what nobody took is asked again, too."""
    path = f"agents/{agent}/requests?wait=10&wait_for=delivery&extended=true"
    end, told = time.monotonic() + _PATIENCE, "nothing"
    while time.monotonic() < end:
        headers = {"Idempotency-Key": prompt.replace(" ", "-")}
        status, answer = host.ask(path, {"prompt": prompt}, **headers)
        if status == 200 and answer.get("outcome"):
            return HinderedPrompt(prompt, str(answer["outcome"]))
        told = f"{status} {answer.get('detail', '')}" if status else "no answer"
        pause(0.3)
    return HinderedPrompt(prompt, told)


def _sums(asked: list[HinderedPrompt], stubs: Stubs) -> str:
    found = Counter(it.told.partition(":")[0] for it in asked)
    doubled = sum(count > 1 for count in Counter(stubs.got()).values())
    return f"{', '.join(f'{it} {count}' for it, count in sorted(found.items()))}; twice {doubled}"


def judged(asked: list[HinderedPrompt], stubs: Stubs) -> Iterator[str]:
    """What callers were told, held against what the agents took."""
    got = Counter(stubs.got())
    lost = [it.prompt for it in asked if it.told == "submitted" and not got[it.prompt]]
    honest = ("submitted", "unverified")
    secret = [(it.prompt, it.told) for it in asked if it.told not in honest and got[it.prompt]]
    twice = [prompt for prompt, count in got.items() if count > 1]
    yield f"{len(asked)} prompts: {_sums(asked, stubs)}"
    yield f"told as submitted and never taken: {len(lost)} {lost}"
    yield f"taken and told as something else: {len(secret)} {secret}"
    yield f"taken twice: {len(twice)} {twice}"


def all_ready(host: BenchHost, stubs: Stubs) -> bool:
    status, answer = host.ask("states")
    found = answer.get("agents", []) if status == 200 else []
    seen = {it["agent_name"]: it["state"]["turn"]["phase"] for it in found if it["state"]}
    return all(seen.get(name) == "ready" for name in stubs.names)


def _cut_south(lab: Lab, random: Random) -> None:
    _cut(lab.hosts["south"], random)


def _cut_north(lab: Lab, random: Random) -> None:
    _cut(lab.hosts["north"], random)


def _cut(host: BenchHost, random: Random) -> None:
    host.site.cut()
    try:
        pause(random.uniform(0.5, 6.0))
    finally:
        host.site.mend()


def _kill_watch(lab: Lab, random: Random) -> None:
    with suppress(StopIteration, ProcessLookupError):
        os.kill(lab.hosts["south"].watch_pid(), signal.SIGKILL)
    pause(random.uniform(0.5, 2.0))
