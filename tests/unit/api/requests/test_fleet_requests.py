"""What all agents were asked for, told by one route."""

from houmao.api.requests.schemas import AcceptedSchema, FleetRequestsSchema
from tests.unit.api.world import Api, Fleet, agent

GO = {"prompt": "Summarise the open review comments."}
PROMPTS = "/houmao/agents/alpha/requests"


def test_the_requests_of_all_agents(api: Api, fleet: Fleet) -> None:
    """Newest first; those of one key are a batch, and what has ended can be left out."""
    fleet.show(agent())
    fleet.show(agent("beta", "c0ffee"))
    of_beta = "/houmao/agents/c0ffee/requests"
    given = [
        api.send(path, GO, AcceptedSchema, Idempotency_Key="monday")["request_id"]
        for path in (PROMPTS, of_beta)
    ]
    alone = api.send(PROMPTS, GO, AcceptedSchema)["request_id"]
    found = api.read("/houmao/requests", FleetRequestsSchema)["requests"]
    assert {it["request_id"] for it in found} == {*given, alone}
    batch = api.read("/houmao/requests?batch=monday", FleetRequestsSchema)["requests"]
    assert [it["request_id"] for it in batch] == given
    assert [it["agent_name"] for it in batch] == ["HOUMAO-alpha", "beta"]
    whole = api.read("/houmao/requests?batch=monday&limit=1", FleetRequestsSchema)
    assert len(whole["requests"]) == len(given), "a batch is told whole"
    newest = api.read("/houmao/requests?open=true&limit=1", FleetRequestsSchema)
    assert len(newest["requests"]) == 1
    assert api.read("/houmao/requests?batch=tuesday", FleetRequestsSchema)["requests"] == []
