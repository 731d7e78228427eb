"""How the API describes itself: the OpenAPI document, and a page to read and try it in a browser.

The page's scripts come from this server alone.
"""

from importlib.metadata import PackageNotFoundError, version

from flask_swagger_ui import get_swaggerui_blueprint

docs = get_swaggerui_blueprint(
    "/houmao/docs",
    "/houmao/openapi.json",
    # No validator: it would send the description to a server elsewhere.
    config={"app_name": "Houmao API", "validatorUrl": None, "layout": "BaseLayout"},
    blueprint_name="docs",
)


def description() -> dict[str, object]:
    """Settings of the app that flask-smorest makes the document from."""
    return {
        "API_TITLE": "Houmao",
        "API_VERSION": _version(),
        "OPENAPI_VERSION": "3.0.3",
        "OPENAPI_URL_PREFIX": "/houmao",
        "OPENAPI_JSON_PATH": "openapi.json",
        "PROVIDE_AUTOMATIC_OPTIONS": False,
    }


def _version() -> str:
    try:
        return version("Houmao")
    except PackageNotFoundError:
        return "0"
