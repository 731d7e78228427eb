"""Which profile reads which version."""

import pytest

from houmao.errors import UsageError
from houmao.tools.catalog import (
    HEADLESS_BACKENDS,
    NAMES,
    PROVIDERS,
    TOOLS,
    home_variables,
    select_detector,
    tool_named,
    tool_of_process,
    tool_of_provider,
)


@pytest.mark.parametrize(
    ("tool", "version", "name", "profile"),
    [
        ("claude", "2.1.81 (Claude Code)", "claude_code", "2.1.x"),
        ("claude", "2.1.99", "claude_code", "2.1.x"),
        ("claude", "2.1.100", "claude_code", "2.1.100+"),
        ("claude", "2.1.329", "claude_code", "2.1.100+"),
        ("claude", "2.1.999", "claude_code", "2.1.100+"),
        ("claude", "2.2.0", "claude_code", "2.1.100+"),
        ("claude", "1.9", "claude_code", "fallback"),
        ("claude", None, "claude_code", "fallback"),
        ("claude", "nightly", "claude_code", "fallback"),
        ("codex", "codex-cli 0.116.0", "codex_tui", "0.116.x"),
        ("codex", "0.144.9", "codex_tui", "0.144.x"),
        ("codex", "0.169.0", "codex_tui", "0.169.x"),
        ("codex", "0.115.9", "codex_tui", "fallback"),
        ("codex", "0.120.0", "codex_tui", "0.116.x"),
        ("codex", "0.158.0", "codex_tui", "0.158.x"),
        ("codex", "0.171.0", "codex_tui", "0.169.x"),
        ("codex", "1.0.0", "codex_tui", "0.169.x"),
        ("gemini", "0.61.0", "gemini_cli", "0.61.x"),
        ("gemini", "0.62.0", "gemini_cli", "0.61.x"),
        ("gemini", "0.9.0", "gemini_cli", "fallback"),
        ("qwen", "0.24.4", "qwen_code", "0.24.x"),
        ("qwen", "0.15.10", "qwen_code", "fallback"),
        ("copilot", "1.0.102", "copilot_cli", "1.0.x"),
        ("opencode", "1.18.33", "opencode_tui", "1.18.x"),
        ("aider", "1.0", "unsupported_tool", "builtin"),
    ],
)
def test_the_profile_follows_from_tool_and_version(
    tool: str, version: str | None, name: str, profile: str
) -> None:
    detector = select_detector(tool, version)
    assert (detector.name, detector.version) == (name, profile)


def test_an_override_wins_over_the_version() -> None:
    assert select_detector("codex", "0.169.0", "0.116.x").version == "0.116.x"


def test_an_unknown_override_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'9\.9\.x' is unknown for codex.*0\.144\.x"):
        select_detector("codex", None, "9.9.x")


def test_a_tool_that_nobody_has_taught_is_watched_but_never_judged() -> None:
    unknown = tool_named("aider")
    assert (unknown.name, unknown.headless, unknown.surface) == ("aider", None, None)
    unknown.texts.check("unheard-of", "a\tb \\")
    assert tool_of_process(frozenset({"aider"})) is None


def test_tools_are_told_apart() -> None:
    """No two share a name under which they are looked up."""
    for names in (NAMES, PROVIDERS, HEADLESS_BACKENDS):
        assert len(set(names)) == len(names)
    assert [tool_of_process(tool.process_names) for tool in TOOLS] == list(TOOLS)
    assert [tool_of_provider(tool.provider) for tool in TOOLS] == list(TOOLS)


def test_an_unknown_provider_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=", ".join(PROVIDERS)):
        tool_of_provider("aider")


def test_a_home_is_given_under_the_older_names_of_its_variable_too() -> None:
    assert home_variables("GEMINI_CLI_HOME") == ("GEMINI_CLI_HOME", "GEMINI_HOME")
    assert home_variables("GEMINI_HOME") == ("GEMINI_HOME",)
    assert home_variables("MY_HOME") == ("MY_HOME",)
