"""The objects that these tests answer with are what the API really promises."""

import marshmallow as ma
import pytest

from houmao.api import schemas
from houmao.api.request_schemas import RequestSchema
from houmao.state.codec import PUBLIC_FIELDS
from tests.unit.cli.recorded import HEALTH, RECORDED

SHAPES: dict[str, type[ma.Schema]] = {
    "listing": schemas.AgentListSchema,
    "alpha": schemas.StateSchema,
    "beta": schemas.StateSchema,
    "history": schemas.HistorySchema,
    "managed": schemas.ManagedDetailSchema,
    "instance": schemas.InstanceSchema,
    "fleet": schemas.FleetSchema,
    "hosts": schemas.HostsSchema,
    "request": RequestSchema,
}


@pytest.mark.parametrize("name", SHAPES)
def test_recorded_object_keeps_the_schema(name: str) -> None:
    """A field that the API adds or renames is noticed here."""
    assert SHAPES[name]().validate(RECORDED[name]) == {}


def test_recorded_health_keeps_the_schema() -> None:
    """By this object a server is recognised."""
    assert schemas.HealthSchema().validate(HEALTH) == {}


def test_recorded_events_have_every_public_field() -> None:
    """Event data is built from the public fields."""
    fixed = {"agent_id", "agent_name", "recorded_at", "summary", "changed_fields"}
    for event in RECORDED["events"]:
        assert set(event) == fixed | set(PUBLIC_FIELDS)
