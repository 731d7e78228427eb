"""The objects that these tests answer with are what the API really promises."""

import marshmallow as ma
import pytest

from houmao.api.agents import schemas as agents_schemas
from houmao.api.hosts import routes as host_schemas
from houmao.api.managed import schemas as managed_schemas
from houmao.api.observation import schemas as observation_schemas
from houmao.api.requests.schemas import RequestSchema
from houmao.api.server import routes as server_schemas
from houmao.state.codec import PUBLIC_FIELDS
from tests.unit.cli.recorded import HEALTH, RECORDED

SHAPES: dict[str, type[ma.Schema]] = {
    "listing": agents_schemas.AgentListSchema,
    "alpha": observation_schemas.StateSchema,
    "beta": observation_schemas.StateSchema,
    "history": agents_schemas.HistorySchema,
    "managed": managed_schemas.ManagedDetailSchema,
    "instance": server_schemas.InstanceSchema,
    "fleet": agents_schemas.FleetSchema,
    "hosts": host_schemas.HostsSchema,
    "request": RequestSchema,
}


@pytest.mark.parametrize("name", SHAPES)
def test_recorded_object_keeps_the_schema(name: str) -> None:
    """A field that the API adds or renames is noticed here."""
    assert SHAPES[name]().validate(RECORDED[name]) == {}


def test_recorded_health_keeps_the_schema() -> None:
    """By this object a server is recognised."""
    assert server_schemas.HealthSchema().validate(HEALTH) == {}


def test_recorded_events_have_every_public_field() -> None:
    """Event data is built from the public fields."""
    fixed = {"agent_id", "agent_name", "host", "recorded_at", "summary", "changed_fields"}
    for event in RECORDED["events"]:
        assert set(event) == fixed | set(PUBLIC_FIELDS)
