"""Recorded launch options fit the tool and never show a value they should not."""

import pytest

from houmao.errors import UsageError
from houmao.sessions.adopting.launch_options import (
    LaunchOptions,
    LaunchVariable,
    checked,
    env_file,
    launch_variable,
)


def test_launch_variable() -> None:
    """With `=` the value is literal, even when empty; without, it is inherited."""
    assert launch_variable("A=b=c") == LaunchVariable("A", "b=c")
    assert launch_variable("A=") == LaunchVariable("A", "")
    assert launch_variable("A") == LaunchVariable("A")


@pytest.mark.parametrize("text", ["", "=secret", "1A=secret", "A B=secret"])
def test_bad_variable_name_is_refused_without_the_value(text: str) -> None:
    """The message explains the form and holds no value."""
    with pytest.raises(UsageError) as failure:
        launch_variable(text)
    assert "secret" not in failure.value.message


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("claude", ("-p",)),
        ("claude", ("--print", "--model", "x")),
        ("codex", ("exec", "--json")),
        ("gemini", ("-p",)),
        ("gemini", ("--prompt",)),
    ],
)
def test_headless_arguments_are_taken(tool: str, args: tuple[str, ...]) -> None:
    """The words that make a tool headless are enough."""
    launch = LaunchOptions(headless=True, args=args)
    assert checked(launch, tool) is launch


@pytest.mark.parametrize(
    ("tool", "args", "message"),
    [
        (None, ("-p",), "needs --provider"),
        ("claude", (), "at least one --launch-args"),
        ("claude", ("--verbose",), "-p or --print"),
        ("codex", ("exec",), "--json"),
        ("codex", ("--json",), "exec"),
        ("gemini", ("-y",), "-p or --prompt"),
    ],
)
def test_headless_arguments_that_would_open_a_screen(
    tool: str | None, args: tuple[str, ...], message: str
) -> None:
    """What is missing is named."""
    with pytest.raises(UsageError, match=message):
        checked(LaunchOptions(headless=True, args=args), tool)


def test_resume_is_for_headless_sessions() -> None:
    """A running screen has its conversation already."""
    with pytest.raises(UsageError, match="add --headless"):
        checked(LaunchOptions(resume_id="last"), "claude")


@pytest.mark.parametrize(("value", "kind"), [(None, "none"), ("last", "last"), ("a1", "exact")])
def test_resume_kind(value: str | None, kind: str) -> None:
    """Absent, `last`, or one provider id."""
    assert LaunchOptions(headless=True, resume_id=value).resume_kind == kind


def test_env_file_quotes_for_a_shell() -> None:
    """Only literals are written, each safe to source."""
    variables = [LaunchVariable("A", "it's $x"), LaunchVariable("B"), LaunchVariable("C", "")]
    assert env_file(variables) == "A='it'\"'\"'s $x'\nC=''\n"
