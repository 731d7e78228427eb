"""gunicorn's settings fit each other and what the server promises."""

import os
from types import SimpleNamespace

from gunicorn.config import Config

from houmao.api import gunicorn_conf
from houmao.api.app import STREAM_PLACES
from houmao.api.context import EXTENSION
from houmao.api.services.streams import BLOCK_MS, Streams


def test_gunicorn_knows_every_setting() -> None:
    """A misspelt setting would be ignored in silence."""
    known = set(Config().settings)
    own = {name for name in vars(gunicorn_conf) if not name.startswith("_")}
    assert own - known == {"os", "Any", "EXTENSION", "gthread"}


def test_streams_never_take_the_last_thread() -> None:
    """Reads are served although all places for streams are taken."""
    assert gunicorn_conf.threads > STREAM_PLACES


def test_streams_end_within_the_grace() -> None:
    """A stream notices within one blocking read that its process ends."""
    assert BLOCK_MS / 1000 < gunicorn_conf.graceful_timeout < 3


def test_streams_ask_the_worker() -> None:
    """They go on while it is alive and has its parent, and end when it lost either."""
    streams = Streams(1)
    extensions = {EXTENSION: SimpleNamespace(streams=streams)}
    worker = SimpleNamespace(
        alive=True, ppid=os.getppid(), wsgi=SimpleNamespace(extensions=extensions)
    )
    gunicorn_conf.post_worker_init(worker)
    assert not streams.ending()
    worker.alive = False
    assert streams.ending()
    worker.alive, worker.ppid = True, -1
    assert streams.ending()
