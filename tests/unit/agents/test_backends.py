"""A tool is launched on its screen or headless; retired ways say what to use instead."""

import pytest

from houmao.agents.backends import check_backend
from houmao.errors import UsageError
from houmao.tools.catalog import headless_of


@pytest.mark.parametrize("tool", ["codex", "claude", "gemini"])
def test_both_ways(tool: str) -> None:
    assert headless_of(tool).backend == f"{tool}_headless"
    for backend in ("local_interactive", f"{tool}_headless"):
        assert check_backend(backend, tool) == backend


@pytest.mark.parametrize("backend", ["cao_rest", "houmao_server_rest"])
def test_retired(backend: str) -> None:
    with pytest.raises(UsageError, match="retired; run the agent through houmao-server") as caught:
        check_backend(backend, "codex")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("backend", ["claude_headless", "codex_app_server", "moon"])
def test_of_another_tool(backend: str) -> None:
    with pytest.raises(UsageError, match="use one of: local_interactive, codex_headless"):
        check_backend(backend, "codex")


def test_other_tools_have_no_headless_way() -> None:
    with pytest.raises(UsageError, match="aider cannot be run headless"):
        headless_of("aider")
    assert check_backend("local_interactive", "aider") == "local_interactive"
