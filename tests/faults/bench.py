"""One signal at one process of a server, while agents are idle, typed to, at work or headless.

Each round hits all four moments at once, with several agents in each. The witnesses are the logs
of the stand-in tools: which prompts began turns, and which headless turns were run. What Houmao
tells must agree: nothing lost, nothing doubled, no wrong state, and no text left in a composer.
"""

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import psutil

from houmao.config import Settings
from houmao.state.connect import RedisAway, connect
from tests.integration.careful_caller import REFUSED, deliver, is_right
from tests.integration.headless import Crew, tools
from tests.integration.serving import started
from tests.integration.watching import Host
from tests.services import TmuxServer, wait_until

#: What is done to a process; one that is stopped goes on after so many seconds.
SIGNS = {"TERM": signal.SIGTERM, "KILL": signal.SIGKILL, "STOP": signal.SIGSTOP}
STOPPED_SECONDS = 10.0
#: Seconds after a fault from which on nothing wrong may be told; nothing at all may be, while
#: what was hit starts again.
RIGHT_AFTER = 5.0
START_SECONDS = 120.0
_NOTHING = ("", "unknown")
#: Seconds of the turns that run meanwhile, and in which everything must have come to its end.
TURN_SECONDS, END_SECONDS = 2.0, 40.0
_TOOLS = ("claude", "codex", "gemini")


class MomentOf(StrEnum):
    """What an agent is at when the signal comes."""

    IDLE = "idle"
    TYPING = "typing"
    RUNNING = "turn running"
    HEADLESS = "headless turn"


@dataclass(frozen=True, slots=True)
class Fault:
    """A signal at a process of the server."""

    process: str
    sign: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One agent in one round: what was told of its prompt, and what was wrong."""

    fault: Fault
    moment: MomentOf
    told: str
    wrong: str = ""


@dataclass(slots=True)
class Bench:
    """A server with agents for each moment."""

    host: Host
    crew: Crew
    folder: Path
    names: dict[MomentOf, list[str]]
    dice: random.Random
    rounds: int = 0
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(32))

    def round(self, fault: Fault) -> list[Sample]:
        """Everybody at their moment, the signal, and what was seen of each."""
        self.rounds += 1
        wait_until(self.crew.server.is_complete, "everything runs", START_SECONDS)
        for name in self._interactive():
            assert self._is_clean_within(name, START_SECONDS), f"{name} never gets ready"
        running = self._begun_turns()
        headless = self._begun_headless()
        typing = [self.pool.submit(self._deliver, it) for it in self.names[MomentOf.TYPING]]
        time.sleep(self.dice.uniform(0.0, 1.2))
        self._hit(fault)
        time.sleep(RIGHT_AFTER)
        idle = [self._judge_idle(it) for it in self.names[MomentOf.IDLE]]
        typed = [self._judge_prompt(*each.result()) for each in typing]
        ran = [self._judge_prompt(*each) for each in running]
        turns = [self._judge_headless(*each) for each in headless]
        told = zip(MomentOf, (idle, typed, ran, turns), strict=True)
        return [Sample(fault, moment, *each) for moment, found in told for each in found]

    def _interactive(self) -> Iterator[str]:
        for moment in (MomentOf.IDLE, MomentOf.TYPING, MomentOf.RUNNING):
            yield from self.names[moment]

    def _hit(self, fault: Fault) -> None:
        process = self.crew.server.child(fault.process)
        if process is None:
            return
        victims = [process, *process.children(recursive=True)]
        # gunicorn's workers stop with it: one that goes on would serve as if nothing was.
        hit = victims if fault.sign == "STOP" else victims[:1]
        for victim in hit:
            with suppress(psutil.NoSuchProcess):
                victim.send_signal(SIGNS[fault.sign])
        if fault.sign == "STOP":
            time.sleep(STOPPED_SECONDS)
            for victim in hit:
                with suppress(psutil.NoSuchProcess):
                    victim.resume()

    # --- what is going on ----------------------------------------------------------------

    def _deliver(self, name: str, prompt: str = "") -> tuple[str, str, str | None]:
        prompt = prompt or f"turn 0.4 round {self.rounds} for {name}"
        return name, prompt, deliver(self.crew.server.settings.port, name, prompt)

    def _begun_turns(self) -> list[tuple[str, str, str | None]]:
        prompt = f"turn {TURN_SECONDS} round {self.rounds}"
        names = self.names[MomentOf.RUNNING]
        return list(self.pool.map(lambda name: self._deliver(name, f"{prompt} for {name}"), names))

    def _begun_headless(self) -> list[tuple[str, str]]:
        found = [
            (name, self.crew.submit(name, f"slow {TURN_SECONDS} round {self.rounds}"))
            for name in self.names[MomentOf.HEADLESS]
        ]
        for _, turn_id in found:
            self.crew.begun(turn_id)
        return found

    # --- what came of it -----------------------------------------------------------------

    def _state(self, name: str) -> tuple[str, str]:
        """Phase and whether the composer holds text, as told now; empty while nothing is."""
        try:
            state = self.host.state(name)
        except RedisAway:
            return "", ""
        tracked = state.tracked if state else None
        return (tracked.phase.value, tracked.surface.editing_input.value) if tracked else ("", "")

    def _is_clean(self, name: str) -> bool:
        return self._state(name) == ("ready", "no")

    def _is_clean_within(self, name: str, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not self._is_clean(name):
            if time.monotonic() > until:
                return False
            time.sleep(0.1)
        return True

    def _judge_idle(self, name: str) -> tuple[str, str]:
        phase, editing = self._state(name)
        if phase in _NOTHING:
            return "unknown", ""
        wrong = "" if (phase, editing) == ("ready", "no") else f"{name} is told as {phase}"
        return phase, wrong

    def _judge_prompt(self, name: str, prompt: str, told: str | None) -> tuple[str, str]:
        """Nothing lost, nothing doubled, and a composer that the next prompt finds empty."""
        clean = self._is_clean_within(name, END_SECONDS / 2)
        arrived = Counter(self._got(name))[prompt]
        wrong = "" if is_right(told, arrived) else f"{name}: {told}, but it arrived {arrived} times"
        if not clean:
            wrong = wrong or f"{name}: {told}, and then it is told as {self._state(name)}"
        return f"{told or 'no end'}{'' if told in (None, REFUSED) else f' ({arrived})'}", wrong

    def _judge_headless(self, name: str, turn_id: str) -> tuple[str, str]:
        status = ""
        until = time.monotonic() + END_SECONDS
        while status in ("", "active") and time.monotonic() < until:
            with suppress(Exception):  # http.client has errors of its own for broken connections
                status = self.crew.turn(name, turn_id)["status"]
            time.sleep(0.1)
        runs = [run[1] for run in self.crew.runs() if run[0] == "begin"].count(turn_id)
        right = (status, runs) == ("completed", 1)
        return status, "" if right else f"{name}: {status}, run {runs} times"

    def _got(self, name: str) -> list[str]:
        log = self.folder / f"{name}.jsonl"
        lines = log.read_text().splitlines() if log.exists() else []
        marks: list[Any] = [json.loads(line) for line in lines]
        return [it["prompt"] for it in marks if it["mark"] == "turn_begin"]


@contextmanager
def bench(
    settings: Settings, tmux: TmuxServer, folder: Path, agents: int, dice: random.Random
) -> Iterator[Bench]:
    """A server with so many agents for each moment, until the block ends."""
    with ExitStack() as held:
        server = held.enter_context(started(settings, **tools(folder)))
        wait_until(server.is_complete, "everything runs and answers", START_SECONDS)
        redis = held.enter_context(connect(settings.effective_redis_url))
        host, found = Host(settings, tmux, redis), Crew(server, folder, tmux)
        names = {
            moment: [f"{moment.name.lower()}-{number}" for number in range(agents)]
            for moment in MomentOf
        }
        it = Bench(host, found, folder, names, dice)
        for number, name in enumerate(it._interactive()):
            truth = ("--truth", str(folder / f"{name}.jsonl"), "--turn-seconds", "0.4")
            host.stub(name, *truth, tool=_TOOLS[number % len(_TOOLS)])
        for number, name in enumerate(names[MomentOf.HEADLESS]):
            found.launch(name, _TOOLS[number % len(_TOOLS)])
        yield it
        it.pool.shutdown(cancel_futures=True)


def table(samples: Sequence[Sample], seconds: float) -> str:
    """A row for each process and signal, a column for each moment, and all that was wrong."""
    rows = [
        f"{len(samples)} samples in {seconds:.0f} s, wrong: {sum(bool(s.wrong) for s in samples)}",
        "",
        f"| process, signal | {' | '.join(MomentOf)} |",
        "|---|" + "---|" * len(MomentOf),
    ]
    for fault in dict.fromkeys(sample.fault for sample in samples):
        cells = [_cell([s for s in samples if (s.fault, s.moment) == (fault, m)]) for m in MomentOf]
        rows.append(f"| {fault.process}, {fault.sign} | {' | '.join(cells)} |")
    wrong = [f"WRONG {s.fault.process} {s.fault.sign}: {s.wrong}" for s in samples if s.wrong]
    return "\n".join([*rows, *wrong])


def _cell(samples: Sequence[Sample]) -> str:
    right = sum(not sample.wrong for sample in samples)
    told = Counter(sample.told for sample in samples)
    return f"{right}/{len(samples)} " + ", ".join(f"{it} {told[it]}" for it in sorted(told))
