"""An API over an in-memory Redis that is filled the way the watch process fills it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakeredis import FakeRedis
from flask import Flask
from flask.testing import FlaskClient

from houmao.api.app import create_app
from houmao.config import Settings, load
from tests.unit.api.world import NOW, Api, Fleet, StandIn


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Everything under a folder of the test's own."""
    return load({"HOME": str(tmp_path), "HOUMAO_HOST_ID": "h1"}, cwd=tmp_path)


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    """An empty fleet whose host is watched."""
    with FakeRedis(decode_responses=True) as redis:
        found = Fleet(redis)
        found.heartbeat()
        yield found


@pytest.fixture
def jobs(fleet: Fleet) -> StandIn:
    """Captures on demand."""
    return StandIn(fleet)


@pytest.fixture
def ended() -> list[int]:
    """Process ids that the server would have ended."""
    return []


@pytest.fixture
def app(settings: Settings, fleet: Fleet, jobs: StandIn, ended: list[int]) -> Flask:
    """The API of that fleet at NOW."""
    return create_app(
        settings, fleet.redis, jobs, terminate=ended.append, now=lambda: NOW, stream_places=1
    )


@pytest.fixture
def api(app: Flask) -> Api:
    """Reads and writes that check every answer against its schema."""
    return Api(app.test_client())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Any request at all."""
    return app.test_client()
