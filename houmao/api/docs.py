"""A page to read and try the API in a browser. Its scripts come from this server alone."""

from flask_swagger_ui import get_swaggerui_blueprint

docs = get_swaggerui_blueprint(
    "/houmao/docs",
    "/houmao/openapi.json",
    # No validator: it would send the description to a server elsewhere.
    config={"app_name": "Houmao API", "validatorUrl": None, "layout": "BaseLayout"},
    blueprint_name="docs",
)
