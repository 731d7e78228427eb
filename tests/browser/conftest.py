"""A server with agents of every kind of state, for a browser to look at."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.browser.chromium import chromium
from tests.integration.adopting import adopted, open_stub
from tests.integration.headless import Crew, crew, private

#: Would tell if a browser took it for markup.
MARKUP = "<img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="session")
def served() -> Iterator[Crew]:
    """A server that asks everybody for a token, and its agents."""
    with (
        tempfile.TemporaryDirectory(prefix="houmao-page-") as name,
        private(Path(name)) as (settings, tmux),
        crew(replace(settings, token_on_loopback=True), tmux, Path(name)) as found,
    ):
        strange = Path(name) / MARKUP
        strange.mkdir()
        for name, folder, script in (
            ("alpha", found.folder, "idle 4, turn 2, again"),
            ("beta", found.folder, "idle 1"),
            ("gamma", strange, "idle 1"),
        ):
            open_stub(found, name, folder, script)
            adopted(found, name)
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Chrome]:
    with chromium() as found:
        yield found


@pytest.fixture
def pictures() -> Path | None:
    """Where pictures go: HOUMAO_PICTURES; nowhere without it."""
    folder = os.environ.get("HOUMAO_PICTURES")
    return Path(folder) if folder else None
