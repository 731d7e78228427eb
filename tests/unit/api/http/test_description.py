"""The API description and its page, which must work without any other server."""

import re

from flask import Flask
from flask.testing import FlaskClient

from houmao.api.http.answers import AnswerSchema


def test_every_route_is_described(app: Flask, client: FlaskClient) -> None:
    """The description and the router know the same paths."""
    described = client.get("/houmao/openapi.json").get_json()
    assert described["openapi"].startswith("3.")
    routed = {
        re.sub(r"<(\w+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if not rule.rule.startswith(("/houmao/docs", "/houmao/openapi.json", "/page/"))
        and rule.rule != "/"
    }
    assert set(described["paths"]) == routed


def test_every_operation_says_what_it_does(client: FlaskClient) -> None:
    """Each has a summary, an answer for success, and its parameters."""
    paths = client.get("/houmao/openapi.json").get_json()["paths"]
    for path, operations in paths.items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            assert operation["summary"], path
            assert "200" in operation["responses"], path
    history = paths["/houmao/agents/{agent_ref}/history"]["get"]
    assert {"404", "409", "422", "503"} <= set(history["responses"])
    assert [parameter["name"] for parameter in history["parameters"]] == ["limit", "extended"]


def test_the_description_tells_bounds_and_both_kinds_of_refusal(client: FlaskClient) -> None:
    """A client that is made from it sends nothing that is refused for its form alone."""
    described = client.get("/houmao/openapi.json").get_json()
    waits = described["paths"]["/houmao/agents/launches/{launch_id}"]["get"]["parameters"]
    (wait,) = (each["schema"] for each in waits if each["name"] == "wait")
    assert (wait["minimum"], wait["maximum"]) == (0, 120)
    launch = described["paths"]["/houmao/agents/launches"]["post"]["responses"]["422"]
    name = launch["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    detail = described["components"]["schemas"][name]["properties"]["detail"]
    assert [kind["type"] for kind in detail["oneOf"]] == ["string", "array"]
    body = described["components"]["schemas"]["LaunchBody"]["properties"]
    assert "pattern" in body["agents"]
    assert "claude_code" in body["provider"]["enum"]


def test_what_an_answer_names_is_linked_to_what_takes_it(client: FlaskClient) -> None:
    """A client that follows links gets from the list of agents to each of their requests."""
    paths = client.get("/houmao/openapi.json").get_json()["paths"]
    listed = paths["/houmao/agents"]["get"]["responses"]["200"]["links"]
    assert listed["get-houmao-agents-agent_ref-state"] == {
        "operationRef": "#/paths/~1houmao~1agents~1{agent_ref}~1state/get",
        "parameters": {"path.agent_ref": "$response.body#/agents/0/agent_id"},
    }
    asked = paths["/houmao/agents/{agent_ref}/requests"]["post"]["responses"]["200"]["links"]
    assert asked["delete-houmao-agents-agent_ref-requests-request_id"]["parameters"] == {
        "path.agent_ref": "$request.path.agent_ref",
        "path.request_id": "$response.body#/request_id",
    }


def test_the_page_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    """Every script, style and icon of the page is served here."""
    page = client.get("/houmao/docs/").get_data(as_text=True)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    for asset in re.findall(r'(?:src|href)="([^"]+)"', page):
        with client.get(asset) as answer:
            assert answer.status_code == 200, asset


def test_the_page_asks_no_validator(client: FlaskClient) -> None:
    """The description is not sent to a server elsewhere."""
    assert '"validatorUrl": null' in client.get("/houmao/docs/").get_data(as_text=True)


def test_answers_refuse_what_they_do_not_know() -> None:
    """The schemas that tests check answers with are strict."""
    assert AnswerSchema().validate({"surprise": 1}) == {"surprise": ["Unknown field."]}
