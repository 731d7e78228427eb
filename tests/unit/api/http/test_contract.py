"""The wire rule: routes of the contract tell nothing that a published client does not take."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import fields

from houmao.api.http.answers import AnswerSchema
from houmao.api.http.contract import contract
from tests.unit.api.world import ALPHA, Fleet, agent, state

#: What the published clients take, route by route (see `tests/peers/known_fields.py`).
KNOWN = json.loads(
    (Path(__file__).parents[3] / "fixtures" / "contract_fields.json").read_text(encoding="utf-8")
)


class InnerSchema(AnswerSchema):
    additions = frozenset({"why"})
    name = fields.String(required=True)
    why = fields.String(required=True)


class OuterSchema(AnswerSchema):
    one = fields.Nested(InnerSchema, required=True, allow_none=True)
    many = fields.List(fields.Nested(InnerSchema), required=True)


def told(schema: AnswerSchema, before: str = "") -> Iterator[str]:
    """The paths of the fields that are told without being asked for more."""
    for name, field in schema.fields.items():
        if name in schema.additions:
            continue
        yield before + name
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested) and isinstance(inner.schema, AnswerSchema):
            yield from told(inner.schema, f"{before}{name}.")


@pytest.mark.parametrize("route", KNOWN)
def test_published_clients_know_every_field(app: Flask, route: str) -> None:
    """Nothing is told by a route of the contract that any of them would refuse."""
    method, _, path = route.partition(" ")
    rule = path.replace("{", "<").replace("}", ">")
    (found,) = (
        it for it in app.url_map.iter_rules() if it.rule == rule and method in (it.methods or ())
    )
    view: Any = app.view_functions[found.endpoint]
    assert set(told(view.told.schema())) <= set(KNOWN[route])


def test_additions_are_told_to_who_asks(client: FlaskClient, fleet: Fleet) -> None:
    """The same state, as the contract has it and with everything."""
    fleet.show(agent(), state())
    path = f"/houmao/agents/{ALPHA}/state"
    plain, whole = client.get(path).get_json(), client.get(f"{path}?extended=true").get_json()
    assert set(plain["surface"]) == {"accepting_input", "editing_input", "ready_posture"}
    ours = {"evidence", "captured_at", "seen_at", "folder", "unseen", "blocked_since"}
    assert set(whole) - set(plain) == ours
    assert set(whole["surface"]) - set(plain["surface"]) == {"pending_input", "blocked_on"}


def test_routes_of_ours_tell_everything(client: FlaskClient, fleet: Fleet) -> None:
    """No published client looks there."""
    fleet.show(agent(), state())
    (found,) = client.get("/houmao/states").get_json()["agents"]
    assert "blocked_on" in found["state"]["surface"]


def test_extended_is_true_or_false(client: FlaskClient) -> None:
    """Another word is refused before anything is done."""
    answer = client.post(f"/houmao/agents/{ALPHA}/stop?extended=1")
    assert answer.status_code == 422
    assert answer.get_json()["detail"][0]["loc"] == ["query", "extended"]


def test_additions_are_taken_off_everywhere() -> None:
    """In objects, in lists of them, and null stays null."""
    prune = contract(OuterSchema).prune
    assert prune is not None
    whole = {"one": None, "many": [{"name": "a", "why": "b"}]}
    assert prune(whole) == {"one": None, "many": [{"name": "a"}]}
    assert whole["many"] == [{"name": "a", "why": "b"}]


def test_nothing_is_copied_for_nothing() -> None:
    """An answer without additions is sent as it was made."""

    class PlainSchema(AnswerSchema):
        name = fields.String(required=True)

    assert contract(PlainSchema).prune is None
