"""Prompts while everything around them is killed, a hundred of them: see the series for how.

It needs no real CLI: the agents are stubs that note every prompt they get.
"""

import random
import sys
import tempfile
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

from redis import Redis

from tests.integration.prompt_kills import AGENTS, VICTIMS, Series, table
from tests.integration.serving import free_port, serving
from tests.integration.watching import Host, settings_for
from tests.services import private_tmux


def run(count: int, seed: int) -> int:
    """That many deliveries, a kill for every few of them; 1 when one went wrong."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="houmao-kills-") as name, private_tmux() as tmux:
        folder = Path(name)
        plain = settings_for(folder, tmux, None)
        settings = replace(plain, port=free_port(), registry_root=folder / "registry")
        with serving(settings) as server:
            host = Host(settings, tmux, Redis.from_url(settings.effective_redis_url))
            series = Series(host, server, folder, dice)
            rounds = -(-count // len(AGENTS))
            victims = [*islice(cycle(VICTIMS), rounds)]
            dice.shuffle(victims)
            for number, victim in enumerate(victims):
                for each in series.round(number, victim):
                    sys.stderr.write(f"{number} {each}\n")
            series.settle()
    print(table(series.deliveries))
    return 0 if all(it.right for it in series.deliveries) else 1
