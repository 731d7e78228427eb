"""The application as gunicorn starts it: settings from the environment, Redis from the settings."""

from flask import Flask

from houmao import config
from houmao.api.app import create_app
from houmao.jobs import Jobs
from houmao.state.connect import PROMPT, PROMPT_JOBS, connect


def build() -> Flask:
    """One process's application. Raises ConfigError naming an unusable setting."""
    settings = config.load()
    url = settings.effective_redis_url
    return create_app(settings, connect(url, PROMPT), Jobs(connect(url, PROMPT_JOBS)))
