"""The application as gunicorn starts it: settings from the environment, Redis from the settings."""

from flask import Flask

from houmao import config
from houmao.api.app import create_app
from houmao.jobs import Jobs
from houmao.state.connect import connect, connect_for_jobs

#: Seconds a Redis command may take before the client is told to come back later.
REDIS_TIMEOUT = 1.5


def build() -> Flask:
    """One process's application. Raises ConfigError naming an unusable setting."""
    settings = config.load()
    url = settings.effective_redis_url
    jobs = Jobs(connect_for_jobs(url))
    return create_app(settings, connect(url, timeout=REDIS_TIMEOUT), jobs)
