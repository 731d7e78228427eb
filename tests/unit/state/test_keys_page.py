"""docs/redis.md names every key that may be in Redis, and how far each grows."""

import inspect
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import get_args

import pytest

from houmao.ids import AgentKey
from houmao.state import keys

PAGE = (Path(__file__).parents[3] / "docs" / "redis.md").read_text("utf-8")


def made() -> Iterator[str]:
    """Every key, with a star for what differs."""
    for name, found in vars(keys).items():
        if inspect.isfunction(found) and found.__module__ == keys.__name__ and name != "of_host":
            parameters = inspect.signature(found).parameters.values()
            yield str(found(*map(_given, parameters)))
    yield from (keys.HOSTS, keys.FORGOTTEN_HOSTS, keys.AGENTS, keys.EVENTS, keys.TOTALS)
    yield from (keys.HEADLESS, keys.CAO_TERMINALS, keys.CAO_MESSAGE_COUNT)


def _given(parameter: inspect.Parameter) -> object:
    of_an_agent = AgentKey in (parameter.annotation, *get_args(parameter.annotation))
    return AgentKey("*", "*") if of_an_agent else "stdout" if parameter.name == "name" else "*"


def named(section: str, star: str) -> Iterator[str]:
    """The keys in the first column of a section's table, with that for what differs."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE):
        last = ""
        for it in re.findall(r"`([^`]+)`", row):
            last = it.replace("…", last.rpartition(":")[0]) if it.startswith("…") else it
            yield re.sub(r"<[a-z]+>", star, last)


@pytest.mark.parametrize("key", sorted(set(made())))
def test_a_key_is_named_and_its_bound_is_told(key: str) -> None:
    assert key in named("Keys", "*")
    # A star in a bound is any text, and what is in angles that word alone.
    assert any(fnmatchcase(key, it) for it in named("What grows, and how far", "[*]"))
