"""The command line of every tool in every situation."""

import pytest

from houmao.agents.command_line import (
    MAX_ARGUMENT_BYTES,
    headless_command,
    interactive_argv,
    joined_command,
)
from houmao.errors import UsageError
from houmao.tools import catalog
from houmao.tools.parts.headless import HeadlessTurn
from tests.unit.agents.launches import planned

ROLE = ("-c", "developer_instructions=Be good.")
FORMAT = ("--output-format", "stream-json")
BLOCK = (
    "[[role coder]]\nRole: coder\n"
    "These instructions hold for the whole session; keep to them in every answer.\n\n"
    "Be good.\n[[/role]]"
)


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ("codex", ("codex", "--base", *ROLE)),
        ("claude", ("claude", "--base", "--append-system-prompt", "Be good.")),
        ("gemini", ("gemini", "--base")),
    ],
)
def test_on_a_screen(tool: str, expected: tuple[str, ...]) -> None:
    assert interactive_argv(planned(tool)) == expected
    assert interactive_argv(planned(tool, role=None)) == (tool, "--base")


@pytest.mark.parametrize(
    ("tool", "resume_id", "expected"),
    [
        ("codex", None, (*ROLE, "exec", "--json", "-")),
        ("codex", "c1", (*ROLE, "exec", "--json", "resume", "c1", "-")),
        ("claude", None, ("-p", "--verbose", "--append-system-prompt", "Be good.", *FORMAT)),
        ("claude", "c1", ("-p", "--verbose", "--resume", "c1", *FORMAT)),
        ("gemini", None, FORMAT),
        ("qwen", None, ("--append-system-prompt", "Be good.", *FORMAT)),
        (
            "qwen",
            "c1",
            ("--append-system-prompt", "Be good.", "--resume", "c1", *FORMAT),
        ),
        ("copilot", None, ("--output-format", "json")),
        ("copilot", "c1", ("--resume=c1", "--output-format", "json")),
        ("gemini", "c1", ("--resume", "c1", *FORMAT)),
    ],
)
def test_headless(tool: str, resume_id: str | None, expected: tuple[str, ...]) -> None:
    """The first turn carries the role, later ones the conversation; Codex needs both."""
    plan = planned(tool, f"{tool}_headless")
    assert headless_command(plan, "go", resume_id).argv == (tool, "--base", *expected)


@pytest.mark.parametrize(
    ("tool", "args", "resume_id", "expected"),
    [
        ("codex", ("exec", "--json"), None, ("exec", "--json", "-")),
        ("codex", ("exec", "--json"), "last", ("exec", "--json", "resume", "--last", "-")),
        ("codex", ("exec", "--json"), "c1", ("exec", "--json", "resume", "c1", "-")),
        ("claude", ("-p",), None, ("-p", *FORMAT)),
        ("claude", ("-p",), "last", ("-p", "--continue", *FORMAT)),
        ("claude", ("-p", "--output-format=json"), "c1", None),
        ("gemini", ("-y", "-p"), "last", ("-y", "--resume", "latest", *FORMAT)),
        ("gemini", ("-p", *FORMAT), None, FORMAT),
        ("qwen", ("-y", "-p"), "last", ("-y", "--continue", *FORMAT)),
        (
            "copilot",
            ("-p", "--output-format=json"),
            "c1",
            ("--output-format=json", "--resume=c1"),
        ),
        ("opencode", ("run", "--format=json"), "last", ("run", "--format=json", "--continue")),
    ],
)
def test_joined(
    tool: str, args: tuple[str, ...], resume_id: str | None, expected: tuple[str, ...] | None
) -> None:
    """The operator's arguments are repeated; an output format of theirs stays the only one."""
    argv = joined_command(tool, "/bin/it", HeadlessTurn("go", args, resume_id)).argv
    expected = expected or (*args, "--resume", "c1")
    assert argv == ("/bin/it", *expected)


def test_a_prompt_that_an_argument_would_change_is_read_from_standard_input() -> None:
    """OpenCode would put quotes around it."""
    first = headless_command(planned("opencode", "opencode_headless"), "- go")
    assert first.argv == ("opencode", "run", "--base", "--format", "json")
    assert first.standard_input == f"{BLOCK}\n\n- go"
    later = headless_command(planned("opencode", "opencode_headless"), "- go", "ses_1")
    assert later.argv[-4:] == ("--session", "ses_1", "--format", "json")
    assert later.standard_input == "- go"


@pytest.mark.parametrize("tool", catalog.NAMES)
@pytest.mark.parametrize("prompt", ["a secret", "-x" * MAX_ARGUMENT_BYTES])
def test_no_process_list_shows_a_prompt(tool: str, prompt: str) -> None:
    """It is on standard input, where it may be of any length, and begin like an option."""
    command = headless_command(planned(tool, f"{tool}_headless", role=None), prompt)
    assert not any(prompt in word for word in command.argv)
    assert command.standard_input == prompt


@pytest.mark.parametrize("prompt", ["", " \n", "a\0b"])
def test_unusable_prompts(prompt: str) -> None:
    """Blank or with a NUL: an error before anything runs."""
    with pytest.raises(UsageError):
        headless_command(planned("claude", "claude_headless"), prompt)
    with pytest.raises(UsageError):
        joined_command("claude", "claude", HeadlessTurn(prompt, ("-p",)))
