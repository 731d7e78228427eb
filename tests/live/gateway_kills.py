"""Requests at the gateways of five real agents while gateways, watch, web and Redis are killed.

Of a gateway the process that keeps its socket is killed, or the one that serves it.

Callers are careful programs: they attach a gateway again where none answers, and ask again with the
same idempotency key. The witness is the scripted API's log of what users said.
"""

import json
import random
import signal
import sqlite3
import threading
import time
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from houmao.clock import now
from houmao.errors import HoumaoError
from houmao.gateway.attaching import AttachOptions, attach, require_gateway
from houmao.gateway.client import GatewayAway
from houmao.sessions.gateway_offer import folder_of
from houmao.sessions.target import SessionTarget, resolve
from tests.integration.serving import WORDS
from tests.live.headless import Bench
from tests.live.lab import came
from tests.live.team import team
from tests.live.witness import Witness

AGENTS = {
    f"agent{number}": tool for number, tool in enumerate(("claude", "codex") * 2 + ("claude",))
}
GATEWAY, SERVING = "gateway", "what serves it"
VICTIMS = (GATEWAY, SERVING, "watch", "web", "redis")
#: Seconds between kills, from the first to the last of which requests come in.
PAUSE_SECONDS = (1.0, 4.0)
#: Seconds for a request to be taken, and then for all to end.
TAKEN_SECONDS, ENDED_SECONDS = 120.0, 600.0
#: Seconds for which the killing goes on after the last was taken, while any waits.
UNDER_FIRE_SECONDS = 180.0
_TERMINAL = ("completed", "failed")


@dataclass(slots=True)
class GatewayPrompt:
    """One prompt, and how it ended: the state and the reason in the queue, times it arrived."""

    agent: str
    text: str
    taken: bool = False
    state: str = "lost"
    reason: str = ""
    arrived: int = 0

    @property
    def right(self) -> bool:
        """Exactly once, or an end with its reason and at most once."""
        if self.state == "completed":
            return self.arrived == 1
        return self.state == "failed" and bool(self.reason) and self.arrived <= 1


def run(count: int, seed: int, api: Path, bin_folders: str) -> int:
    """Print how each ended; 1 when one went wrong."""
    dice = random.Random(seed)
    with team(api, bin_folders, AGENTS, {}) as found:
        names = list(AGENTS)
        sent = [GatewayPrompt(dice.choice(names), f"STUB:echo answer {n}") for n in range(count)]
        killed: Counter[str] = Counter()
        over = threading.Event()
        killer = threading.Thread(target=_kill_on, args=(found, dice, over, killed))
        killer.start()
        callers = [
            threading.Thread(target=_call_on, args=(found, name, sent, random.Random(seed + at)))
            for at, name in enumerate(names)
        ]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        # Most of them wait in a queue by now, which a successor must find.
        came(lambda: _all_ended(found), UNDER_FIRE_SECONDS)
        over.set()
        killer.join()
        _settle(found, sent)
    print(table(sent, killed))
    return 0 if all(it.right for it in sent) else 1


def _call_on(found: Bench, name: str, sent: list[GatewayPrompt], dice: random.Random) -> None:
    for each in sent:
        if each.agent == name:
            time.sleep(dice.random() * 3)
            each.taken = _taken(found, each)


def _taken(found: Bench, prompt: GatewayPrompt) -> bool:
    body = {"schema_version": 1, "kind": "submit_prompt", "payload": {"prompt": prompt.text}}
    key, until = {"Idempotency-Key": uuid.uuid4().hex}, time.monotonic() + TAKEN_SECONDS
    while time.monotonic() < until:
        with suppress(HoumaoError, GatewayAway):
            gateway = require_gateway(_target(found, prompt.agent), found.settings)
            gateway.call("POST", "/v1/requests", body, key)
            return True
        with suppress(HoumaoError):
            attach(_target(found, prompt.agent), found.settings, AttachOptions())
        time.sleep(0.3)
    return False


def _target(found: Bench, name: str) -> SessionTarget:
    return resolve(name, found.settings, now())


def _kill_on(
    found: Bench, dice: random.Random, over: threading.Event, killed: Counter[str]
) -> None:
    while not over.wait(dice.uniform(*PAUSE_SECONDS)):
        victim = dice.choice(VICTIMS)
        process = _process(found, victim, dice.choice(list(AGENTS)))
        if process is not None:
            with suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
                killed[victim] += 1


def _process(found: Bench, victim: str, agent: str) -> psutil.Process | None:
    with suppress(psutil.Error, HoumaoError):
        if victim in (GATEWAY, SERVING):
            instance = folder_of(_target(found, agent).stored).instance()
            keeper = psutil.Process(instance.pid) if instance else None
            if keeper is None or victim == GATEWAY:
                return keeper
            return next(iter(keeper.children()), None)
        for each in psutil.Process().children(recursive=True):
            if WORDS[victim] in " ".join(each.cmdline()):
                return each
    return None


def _settle(found: Bench, sent: list[GatewayPrompt]) -> None:
    came(lambda: _all_ended(found), ENDED_SECONDS)
    rows = {name: _rows(found, name) for name in AGENTS}
    witness = Witness(found.log)
    for each in sent:
        each.state, each.reason = rows[each.agent].get(each.text, ("lost", ""))
        each.arrived = witness.arrivals(each.text)


def _all_ended(found: Bench) -> bool:
    """Whether nothing waits any more; whoever has no gateway gets one."""
    for name in AGENTS:
        with suppress(HoumaoError):
            attach(_target(found, name), found.settings, AttachOptions())
    states = [state for name in AGENTS for state, _ in _rows(found, name).values()]
    return all(state in _TERMINAL for state in states)


def _rows(found: Bench, name: str) -> dict[str, tuple[str, str]]:
    with sqlite3.connect(folder_of(_target(found, name).stored).queue_path) as db:
        rows = db.execute("SELECT payload_json, state, error_detail FROM gateway_requests")
        return {json.loads(body).get("prompt", ""): (state, why or "") for body, state, why in rows}


def table(sent: list[GatewayPrompt], killed: Counter[str]) -> str:
    """How the requests ended, and a line for each that went wrong."""
    ends = Counter((it.state, it.reason[:70], it.arrived) for it in sent)
    lines = [f"{sum(it.right for it in sent)}/{len(sent)} right; killed {dict(killed)}"]
    lines += [f"  {n:4} {state}, arrived {times}: {why}" for (state, why, times), n in ends.items()]
    return "\n".join([*lines, *(f"  WRONG {it}" for it in sent if not it.right)])
