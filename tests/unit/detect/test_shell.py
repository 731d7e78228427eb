"""A shell's row is told from a tool's."""

import pytest

from houmao.detect.screen import parse
from houmao.detect.shell import shell_row


@pytest.mark.parametrize(
    "text",
    ["$", "$ claude", "bash-5.2$ /srv/run.sh", "dev@host:~/work$ codex", "[dev@host work]# ls"],
)
def test_a_prompt_with_or_without_a_command_is_a_shells(text: str) -> None:
    assert shell_row(parse(f"● answer\n{text}").rows, 0) == 1


@pytest.mark.parametrize(
    "text",
    ["", "  $ indented", "❯ draft", "  ? for shortcuts", "it costs 5$ in all", "100% context left"],
)
def test_other_rows_are_not(text: str) -> None:
    assert shell_row(parse(text).rows, 0) is None
