"""A gateway's Flask application; the checks of strange hosts, tokens and bodies are the API's."""

from flask import Flask

from houmao import token
from houmao.api.http import errors, guard
from houmao.api.http.description import description
from houmao.config import Settings
from workers.gateway.desk import GatewayDesk
from workers.gateway.mail_routes import MAIL_EXTENSION, MailServices, mail
from workers.gateway.routes import EXTENSION, gateway


def create_gateway_app(
    desk: GatewayDesk, mail_services: MailServices, settings: Settings, host: str
) -> Flask:
    """The application of one gateway that listens on `host`."""
    app = Flask("houmao-gateway", static_folder=None)
    app.config.from_mapping(description())
    app.extensions[EXTENSION] = desk
    app.extensions[MAIL_EXTENSION] = mail_services
    guard.install(app, {*guard.LOOPBACK_NAMES, host, *settings.trusted_hosts})
    if settings.token_on_loopback or host == "0.0.0.0":
        guard.ask_for(app, token.read(settings.token_file))
    api = errors.register(app)
    for resource in (gateway, mail):
        api.register_blueprint(resource)
    return app
