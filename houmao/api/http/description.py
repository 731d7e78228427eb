"""How the API describes itself: the OpenAPI document, and a page to read and try it in a browser.

The page's scripts come from this server alone.
"""

import re
from importlib.metadata import PackageNotFoundError, version
from typing import Any

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
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/houmao",
        "OPENAPI_JSON_PATH": "openapi.json",
        "PROVIDE_AUTOMATIC_OPTIONS": False,
    }


def _version() -> str:
    try:
        return version("Houmao")
    except PackageNotFoundError:
        return "0"


#: Where the variable parts of paths come from: path, method, and place in the answer.
_SOURCES = {
    "agent_ref": ("/houmao/agents", "get", "/agents/0/agent_id"),
    "request_id": ("/houmao/agents/{agent_ref}/requests", "post", "/request_id"),
    "turn_id": ("/houmao/agents/{agent_ref}/turns", "post", "/turn_id"),
    "launch_id": ("/houmao/agents/launches", "post", "/launch_id"),
    "fan_out_id": ("/houmao/fan-outs", "post", "/fan_out_id"),
    "terminal_id": ("/houmao/launches/register", "post", "/terminal_id"),
}


def linked(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with links from what names something to what takes that name."""
    for path, operations in document["paths"].items():
        # Of several parts the last one is new; those before it are as they were.
        *given, wanted = [it for it in re.findall(r"{(\w+)}", path) if it in _SOURCES] or [""]
        if not wanted:
            continue
        source, method, place = _SOURCES[wanted]
        parameters = {f"path.{name}": f"$request.path.{name}" for name in given}
        parameters[f"path.{wanted}"] = f"$response.body#{place}"
        links = document["paths"][source][method]["responses"]["200"].setdefault("links", {})
        for verb in set(operations) - {"parameters"}:
            reference = f"#/paths/{path.replace('~', '~0').replace('/', '~1')}/{verb}"
            name = re.sub(r"\W+", "-", f"{verb}{path}").strip("-")
            links[name] = {"operationRef": reference, "parameters": parameters}
    return document
