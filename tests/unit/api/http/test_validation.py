"""Request models: no coercion, no unknown fields, violations that say where and how."""

import json
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from marshmallow import validate

from houmao.api.http.answers import InvalidSchema, OkSchema, answer
from houmao.api.http.errors import register
from houmao.api.http.resource import Resource
from houmao.api.http.validation import (
    Flag,
    ListOf,
    ObjectOf,
    StrictSchema,
    Text,
    Whole,
    not_blank,
    one_of,
)


class InnerSchema(StrictSchema):
    path = Text(required=True)


class OrderSchema(StrictSchema):
    prompt = Text(required=True, validate=not_blank)
    count = Whole(load_default=1, validate=validate.Range(min=1, error="must be 1 or more"))
    force = Flag(load_default=False)
    mode = Text(validate=one_of("now", "ready"))
    to = ListOf(Text())
    inner = ObjectOf(InnerSchema)
    note = Text(allow_none=True)


@pytest.fixture
def order() -> FlaskClient:
    """A route that takes an order and tells it back as loaded."""
    app = Flask(__name__)
    app.config.update(API_TITLE="t", API_VERSION="1", OPENAPI_VERSION="3.0.3")
    resource = Resource("orders", "")

    @resource.answers("POST", "/orders", OkSchema, body=OrderSchema)
    def take(body: dict[str, Any]) -> Response:
        return answer(body)

    register(app).register_blueprint(resource)
    return app.test_client()


def violations(client: FlaskClient, **request: Any) -> list[dict[str, Any]]:
    """What is wrong with a request."""
    found = client.post("/orders", **request)
    assert found.status_code == 422, found.text
    assert InvalidSchema().validate(found.get_json()) == {}
    problems: list[dict[str, Any]] = found.get_json()["detail"]
    return problems


def test_a_sound_body(order: FlaskClient) -> None:
    """Values arrive as they are, with defaults for what was left out."""
    found = order.post("/orders", json={"prompt": " go ", "note": None, "inner": {"path": "/x"}})
    assert found.get_json() == {
        "prompt": " go ", "count": 1, "force": False, "note": None, "inner": {"path": "/x"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "kind", "loc"),
    [
        ({}, "missing", ["body", "prompt"]),
        ({"prompt": "x", "colour": 1}, "extra_forbidden", ["body", "colour"]),
        ({"prompt": 5}, "string_type", ["body", "prompt"]),
        ({"prompt": None}, "string_type", ["body", "prompt"]),
        ({"prompt": "  "}, "value_error", ["body", "prompt"]),
        ({"prompt": "x", "count": "5"}, "int_type", ["body", "count"]),
        ({"prompt": "x", "count": 5.0}, "int_type", ["body", "count"]),
        ({"prompt": "x", "count": True}, "int_type", ["body", "count"]),
        ({"prompt": "x", "count": None}, "int_type", ["body", "count"]),
        ({"prompt": "x", "count": 0}, "value_error", ["body", "count"]),
        ({"prompt": "x", "force": 1}, "bool_type", ["body", "force"]),
        ({"prompt": "x", "force": "true"}, "bool_type", ["body", "force"]),
        ({"prompt": "x", "mode": "later"}, "literal_error", ["body", "mode"]),
        ({"prompt": "x", "to": "a"}, "list_type", ["body", "to"]),
        ({"prompt": "x", "to": ["a", 2]}, "string_type", ["body", "to", 1]),
        ({"prompt": "x", "inner": "a"}, "dict_type", ["body", "inner"]),
        ({"prompt": "x", "inner": {}}, "missing", ["body", "inner", "path"]),
        ({"prompt": "x", "inner": {"path": "/", "z": 1}}, "extra_forbidden",
         ["body", "inner", "z"]),
        ([], "dict_type", ["body"]),
        ("text", "dict_type", ["body"]),
        (None, "dict_type", ["body"]),
    ],
)  # fmt: skip
def test_violations(order: FlaskClient, body: object, kind: str, loc: list[object]) -> None:
    """Each kind of mistake has its own type, and its place from the body down."""
    (problem,) = violations(order, data=json.dumps(body), content_type="application/json")
    assert (problem["type"], problem["loc"]) == (kind, loc)


def test_all_violations_are_told_at_once(order: FlaskClient) -> None:
    """A caller need not try again to learn of the next mistake."""
    found = violations(order, json={"count": "x", "colour": 1})
    assert {tuple(problem["loc"]) for problem in found} == {
        ("body", "prompt"), ("body", "count"), ("body", "colour"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "position"),
    [(b"{", 1), (b'{"a": 1,}', 8), (b"\xff\xfe", 0), (b"[" * 100_000, 0), (b"9" * 5000, 0)],
)
def test_no_json(order: FlaskClient, data: bytes, position: int) -> None:
    """What is no JSON is told with the place where it stops being JSON."""
    (problem,) = violations(order, data=data, content_type="application/json")
    assert (problem["type"], problem["loc"]) == ("json_invalid", ["body", position])


def test_no_body(order: FlaskClient) -> None:
    """A body that is not there is missing."""
    (problem,) = violations(order)
    assert (problem["type"], problem["loc"]) == ("missing", ["body"])


def test_input_is_repeated_when_it_is_short(order: FlaskClient) -> None:
    """A typing mistake is shown; a long text, which may be a prompt, is not."""
    (short,) = violations(order, json={"prompt": "x", "mode": "later"})
    (long,) = violations(order, json={"prompt": "x", "mode": "later" * 100})
    (whole,) = violations(order, json={"note": "secret"})
    assert (short["input"], long["input"], whole["input"]) == ("later", None, None)


def test_lone_surrogates_are_no_trouble(order: FlaskClient) -> None:
    """Text that UTF-8 cannot hold is answered with a question mark in its place."""
    found = order.post("/orders", data=b'{"prompt": "\\ud800"}', content_type="application/json")
    assert found.get_json()["prompt"] == "?"
