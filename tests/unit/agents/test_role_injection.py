"""Each tool is given its role in its own way, and takes it for what it is."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houmao.agents.parts import Role
from houmao.agents.role_injection import inject


def codex_reads(argument: str) -> object:
    """What Codex makes of `-c name=value`: TOML if it is, else the text without outer quotes."""
    value = argument.partition("=")[2]
    try:
        return tomllib.loads(f"x = {value}")["x"]
    except tomllib.TOMLDecodeError:
        return value.strip().strip("\"'")


def test_claude_gets_an_option() -> None:
    role = inject("claude", Role("r", "Be good."))
    assert role.args() == ("--append-system-prompt", "Be good.")
    assert role.bootstrap_message is None


def test_gemini_gets_a_message() -> None:
    role = inject("gemini", Role("r", "Be good."))
    assert role.args() == ()
    assert role.bootstrap_message is not None
    first, second, *_, prompt, last = role.bootstrap_message.split("\n")
    assert (first, second, prompt, last) == ("[[role r]]", "Role: r", "Be good.", "[[/role]]")


def test_codex_gets_plain_prompts_as_they_are() -> None:
    prompt = '# SYSTEM PROMPT\n\nYou say "hello" and don\'t stop.'
    assert inject("codex", Role("r", prompt)).args() == ("-c", f"developer_instructions={prompt}")


@pytest.mark.parametrize(
    "prompt", ["42", "true", '"quoted"', "'a' and 'b'", "[x]", "{}", "1979-05-27", 'ends "so"']
)
def test_codex_takes_no_prompt_for_a_setting(prompt: str) -> None:
    assert codex_reads(inject("codex", Role("r", prompt)).args()[1]) == prompt


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1))
def test_codex_reads_any_role(text: str) -> None:
    prompt = text.strip() or "x"
    assert codex_reads(inject("codex", Role("r", prompt)).args()[1]) == prompt


def test_what_is_written_down_lacks_the_prompt() -> None:
    said = inject("gemini", Role("r", "Be good.")).persisted()
    assert said == {"method": "bootstrap_message", "role_name": "r"}
