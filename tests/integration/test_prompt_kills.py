"""Prompts under fire: none doubled, none lost without an end, whatever is killed."""

import random
from pathlib import Path

import pytest

from tests.integration.prompt_kills import TMUX, Series, table
from tests.integration.serving import own_port, serving
from tests.integration.watching import Host


@pytest.mark.parametrize("victim", ["watch", "redis", TMUX])
def test_prompts_survive(host: Host, tmp_path: Path, victim: str) -> None:
    """Each ends in a named state, and what is told is what the agents got."""
    with serving(own_port(host)) as server:
        series = Series(host, server, tmp_path, random.Random(7))
        for _ in series.round(1, victim):
            pass
        series.settle()
    assert all(it.right for it in series.deliveries), table(series.deliveries)
