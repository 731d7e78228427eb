"""Turns of headless agents over HTTP: real processes, tmux and Redis, tools that are stand-ins."""

from pathlib import Path

import pytest

from tests.integration.headless import crew
from tests.integration.watching import Host


def test_the_life_of_headless_agents(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each tool: launched, asked twice in one conversation, failed, read, stopped."""
    with crew(host, tmp_path, monkeypatch) as found:
        for tool in ("claude", "codex", "gemini"):
            found.launch(tool, tool)
            first = found.ask(tool, "say hello")
            assert (first["status"], first["answer"]) == ("completed", "hello"), first
            assert (first["turn_index"], first["returncode"]) == (1, 0)
            again = found.ask(tool, "recall")
            assert "say hello" in again["answer"], again
