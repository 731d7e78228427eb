"""Fixtures that put a watched host together."""

from pathlib import Path

import pytest
from redis import Redis

from tests.integration.watching import Host, settings_for
from tests.services import RedisServer, TmuxServer


@pytest.fixture
def host(tmp_path: Path, tmux_server: TmuxServer, redis_server: RedisServer, redis: Redis) -> Host:
    """A host that nobody watches yet, with an empty Redis and its own tmux."""
    return Host(settings_for(tmp_path, tmux_server, redis_server), tmux_server, redis)
