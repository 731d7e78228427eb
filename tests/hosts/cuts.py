"""Minutes of random cuts, and a Redis that is started again with its data and without.

All agents take turns all the time, and keyed prompts go to listening agents of south. What was
painted, and what the listeners took, are the witnesses: no verdict may be lost but with word of a
gap, no prompt be typed twice, and once it has been calm for a while every state must be right.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from itertools import pairwise
from pathlib import Path
from random import Random

from benchmarks.puppets import Act, Puppet
from benchmarks.stats import Sighting, turns_of
from tests.hosts.deliveries import HinderedPrompt, judged, see_through
from tests.hosts.figures import Reader, reading
from tests.hosts.lab import BenchHost, Lab, pause
from tests.hosts.stubs import Stubs

#: Seconds without a cut after which every state must be right.
_CALM = 12.0
#: Cuts between two looks at everything.
_CUTS_A_LOOK = 4
#: Seconds that what is painted may take to be told.
_UNDER_WAY = 1.5
_LISTENERS = 4


def cuts(lab: Lab, folder: Path, seconds: float, seed: int) -> Iterator[str]:
    """Rows of what happens, and at last the sums."""
    random, began, number = Random(seed), time.monotonic(), 0
    stubs = Stubs(lab.hosts["south"], _LISTENERS, folder, turn_seconds=0.5)
    told: list[Future[HinderedPrompt]] = []
    with ExitStack() as held:
        readers = {name: held.enter_context(reading(it)) for name, it in lab.hosts.items()}
        acts = [held.enter_context(_playing(host)) for host in lab.hosts.values()]
        callers = held.enter_context(ThreadPoolExecutor(_LISTENERS))
        restarts = {began + seconds / 3: True, began + 2 * seconds / 3: False}
        while time.monotonic() < began + seconds:
            number += 1
            asking, listener = random.choice(list(lab.hosts.values())), random.choice(stubs.names)
            told.append(callers.submit(see_through, asking, listener, f"prompt {number}"))
            yield _cut(random.choice(list(lab.hosts.values())), random)
            for at in [it for it in restarts if it <= time.monotonic()]:
                yield _restart(lab, with_data=restarts.pop(at))
            if number % _CUTS_A_LOOK == 0:
                yield from _look(lab, acts)
        yield from _look(lab, acts)
        until = time.monotonic()
        pause(6.0)
        yield from _verdicts(readers, acts, until)
        yield from judged([it.result() for it in told], stubs)


def _playing(host: BenchHost) -> AbstractContextManager[Act]:
    return host.fleet.playing(host.puppets, _script)


def _script(puppet: Puppet) -> str:
    number = int(puppet.name.rpartition("-")[2])
    return f"idle {1 + number % 7:.1f}" + ", turn 2, idle 6" * 600


def _cut(host: BenchHost, random: Random) -> str:
    lasted = random.uniform(1.0, 30.0)
    host.site.cut()
    try:
        pause(lasted)
    finally:
        host.site.mend()
    pause(random.uniform(0.5, 5.0))
    return f"{host.name} was cut off for {lasted:.0f} s"


def _restart(lab: Lab, *, with_data: bool) -> str:
    lab.redis.kill(with_data=with_data)
    pause(2.0)
    lab.redis.start()
    pause(2.0)
    return f"Redis was started again {'with its data' if with_data else 'empty'}"


def _look(lab: Lab, acts: list[Act]) -> Iterator[str]:
    """Hold what every host tells against what is painted."""
    pause(_CALM)
    for host in lab.hosts.values():
        before, asked_at = _painted(acts), time.monotonic()
        status, answer = host.ask("states")
        after = _painted(acts)
        agents = answer.get("agents", []) if status == 200 else []
        seen = {it["agent_name"]: it["state"] or {} for it in agents}
        still = {
            name: phase
            for name, (phase, at) in before.items()
            if after[name] == (phase, at) and asked_at - at > _UNDER_WAY
        }
        wrong = [
            f"{name} is {phase}, told {seen.get(name, {}).get('turn', {}).get('phase')}"
            for name, phase in still.items()
            if seen.get(name, {}).get("turn", {}).get("phase") != phase
        ]
        yield f"look at {host.name}: {status}, {len(still)} states held, wrong {len(wrong)} {wrong}"


def _painted(acts: list[Act]) -> Mapping[str, tuple[str, float]]:
    """What each agent shows, and since when."""
    phases = {"turn_begin": "active", "turn_end": "ready"}
    marks = [mark for act in acts for mark in act.marks() if mark.mark in phases]
    return {mark.agent: (phases[mark.mark], mark.at) for mark in marks}


def _verdicts(readers: Mapping[str, Reader], acts: list[Act], until: float) -> Iterator[str]:
    marks = [mark for act in acts for mark in act.marks()]
    turns = Counter(turn.agent for turn in turns_of(marks) if turn.ended < until)
    for name, reader in readers.items():
        # What is told again after Redis was emptied counts as more, and makes up for nothing.
        more = {it: successes(it, reader.sightings) - count for it, count in turns.items()}
        gaps = sum(event.get("summary") == "gap" for event in reader.events)
        missing, again = (sum(max(sign * it, 0) for it in more.values()) for sign in (-1, 1))
        yield (
            f"events at {name}: of {turns.total()} turns {missing} verdicts missing, {again} told "
            f"again; told gaps of agents {gaps}, of the stream {reader.gaps}"
        )


def successes(agent: str, sightings: list[Sighting]) -> int:
    """How often the agent's last turn became a success."""
    results = [it.result for it in sightings if it.agent == agent]
    return sum(now == "success" != former for former, now in pairwise(["none", *results]))
