"""A gateway's Flask application; the checks of strange hosts, tokens and bodies are the API's."""

import os

from flask import Flask

from houmao import clock
from houmao.api.http import errors, guard
from houmao.api.http.access import (
    Credentials,
    cookie_name,
    credentials_only,
    local_user,
    own_user_or,
)
from houmao.api.http.description import description
from houmao.config import Settings
from houmao.named_tokens import NamedTokens
from workers.gateway.dispatcher import RequestDispatcher
from workers.gateway.mail_routes import MAIL_EXTENSION, MailServices, mail
from workers.gateway.routes import EXTENSION, gateway


def asks_for_token(settings: Settings, host: str) -> bool:
    """Whether callers of a gateway that listens on `host` must show the server's token."""
    return settings.token_on_loopback or host == "0.0.0.0"


def create_gateway_app(settings: Settings, *, asks: bool = False) -> Flask:
    """The application of any gateway; `asks` for a token from our own user too."""
    app = Flask("houmao-gateway", static_folder=None)
    app.config.from_mapping(description())
    named = NamedTokens(settings.named_tokens_file)
    credentials = Credentials(settings.token_file, named, cookie_name(settings.port), clock.now)
    own = own_user_or(credentials, local_user(os.getuid()))
    access = credentials_only(credentials) if asks else own
    trusted = guard.trusted_by({*guard.LOOPBACK_NAMES, *settings.trusted_hosts})
    guard.install(app, trusted, access)
    api = errors.register(app)
    for resource in (gateway, mail):
        api.register_blueprint(resource)
    return app


def app_for(settings: Settings, host: str, standing: Flask | None) -> Flask:
    """The application for this listener: the one that stands already, where no token is asked."""
    if asks_for_token(settings, host):
        return create_gateway_app(settings, asks=True)
    return standing or create_gateway_app(settings)


def serve_with(app: Flask, dispatcher: RequestDispatcher, mail_services: MailServices) -> None:
    """Make the application that of one gateway."""
    app.extensions[EXTENSION] = dispatcher
    app.extensions[MAIL_EXTENSION] = mail_services
