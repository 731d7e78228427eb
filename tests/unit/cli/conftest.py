"""The server double and the command under test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from houmao.cli.main import main
from tests.unit.cli.recorded import Recorded, serving


@pytest.fixture
def api() -> Iterator[Recorded]:
    """A running server that knows only `/health`; tests set its `answers`."""
    with serving() as recorded:
        yield recorded


@pytest.fixture
def mgr(api: Recorded) -> Callable[..., Result]:
    """Runs `houmao-mgr` with the given words against the server.

    The proxy variable leads nowhere: whoever obeys it fails.
    """

    def run(*words: str, env: dict[str, str] | None = None) -> Result:
        fixed = {"HOUMAO_PASSIVE_SERVER_PORT": str(api.port), "http_proxy": "http://127.0.0.1:1"}
        options: dict[str, Any] = {"env": fixed | (env or {}), "prog_name": "houmao-mgr"}
        return CliRunner().invoke(main, words, **options)

    return run
