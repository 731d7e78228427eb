"""Arguments come from one source, parameters merge, and a backend keeps its own words."""

from typing import Any

import pytest

from houmao.agents.adapter import SwitchArgs
from houmao.agents.overrides import (
    ArgsOverride,
    LaunchContract,
    LaunchOverrides,
    effective_args,
    read_overrides,
)
from houmao.errors import DefinitionError
from tests.unit.agents.definitions import section

PARAMS = {
    "b": {"claude_headless": SwitchArgs(("--b",), ("--no-b",))},
    "a": {"claude_headless": SwitchArgs(("--a", "1"))},
}
BASE: dict[str, Any] = {"args": ("--base",), "tool_params": PARAMS}


def append(*values: str) -> LaunchOverrides:
    return LaunchOverrides(ArgsOverride(False, values))


def replace(*values: str) -> LaunchOverrides:
    return LaunchOverrides(ArgsOverride(True, values))


def args(backend: str = "local_interactive", **contract: Any) -> tuple[str, ...]:
    return effective_args(LaunchContract(**{**BASE, **contract}), backend)


def test_appends_or_replaces() -> None:
    assert args() == ("--base",)
    assert args(recipe=append("x")) == ("--base", "x")
    assert args(recipe=replace("x")) == ("x",)


def test_direct_arguments_hide_the_recipes() -> None:
    assert args(recipe=append("x"), direct=append("y")) == ("--base", "y")
    only_params = LaunchOverrides(tool_params={"a": True})
    assert args(recipe=append("x"), direct=only_params) == ("--base", "x")


def test_parameters_merge_and_come_sorted() -> None:
    """Defaults, then the recipe, then the direct ones; only on the backend that declares them."""
    layers: dict[str, Any] = {
        "default_params": {"a": False, "b": True},
        "recipe": LaunchOverrides(tool_params={"b": False}),
        "direct": LaunchOverrides(tool_params={"a": True}),
    }
    assert args("claude_headless", **layers) == ("--base", "--a", "1", "--no-b")
    assert args(**layers) == ("--base",)


def test_unknown_parameters_are_refused() -> None:
    with pytest.raises(DefinitionError, match="found zzz, expected a parameter of this tool: a, b"):
        args(direct=LaunchOverrides(tool_params={"zzz": True}))


@pytest.mark.parametrize(
    ("backend", "word"),
    [
        ("codex_headless", "-c"),
        ("codex_headless", "exec"),
        ("claude_headless", "--resume"),
        ("claude_headless", "--output-format=text"),
        ("gemini_headless", "-p"),
    ],
)
def test_reserved_words(backend: str, word: str) -> None:
    """What a headless backend writes itself is refused there and fine on a screen."""
    with pytest.raises(DefinitionError, match="writes itself"):
        args(backend, direct=append(word))
    assert args(direct=append(word)) == ("--base", word)


def test_fixed_backends_take_no_overrides() -> None:
    assert args("houmao_server_rest") == ("--base",)
    with pytest.raises(DefinitionError, match="decides the arguments"):
        args("houmao_server_rest", recipe=append("x"))


def test_read_and_written_alike() -> None:
    text = "args: {mode: replace, values: [a, '']}\ntool_params: {p: true}\n"
    overrides = read_overrides(section(text))
    assert overrides == LaunchOverrides(ArgsOverride(True, ("a", "")), {"p": True})
    assert overrides.document() == {
        "args": {"mode": "replace", "values": ["a", ""]},
        "tool_params": {"p": True},
    }


@pytest.mark.parametrize(
    "text",
    ["{}", "argz: {}", "args: {mode: add, values: []}", "tool_params: {p: 1}", "args: [x]"],
)
def test_refuses(text: str) -> None:
    with pytest.raises(DefinitionError):
        read_overrides(section(text))
