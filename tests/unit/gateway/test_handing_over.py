"""What a gateway does while its host's other processes start anew."""

from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from houmao import config
from houmao.api.services.handover import Handover
from houmao.errors import Unavailable
from houmao.requests.request import Request, RequestKind, RequestOutcome, ended
from houmao.state.requests import RequestStore
from tests.unit.api.world import NOW, Fleet, StandIn, agent
from workers.gateway.delivery_report import PromptOrder
from workers.gateway.services import GatewayServices, connect_services


class Restarting(StandIn):
    """A host that is away when it is asked for the first time."""

    def accept(self, host: str, request_id: str, timeout: float) -> str:
        if not self.asked:
            self.asked.append((host, request_id))
            raise Unavailable("nobody takes it")
        return super().accept(host, request_id, timeout)


def submitted(request: Request) -> Request:
    return ended(request, RequestOutcome.SUBMITTED, "it left the composer", NOW)


@pytest.fixture
def host(redis: Redis) -> StandIn:
    return Restarting(Fleet(redis), delivers=submitted)


@pytest.fixture
def services(tmp_path: Path, redis: Redis, host: StandIn) -> GatewayServices:
    found = connect_services(config.load({"HOME": str(tmp_path)}))
    ids = iter(f"mreq-{number}" for number in range(9))
    handover = Handover(RequestStore(redis), host, lambda: NOW, lambda: next(ids))
    return replace(found, handover=handover)


def order(key: str) -> PromptOrder:
    return PromptOrder("go", key, 30.0, to_the_end=False)


def test_what_has_a_key_is_handed_over_once_the_host_is_back(
    services: GatewayServices, host: StandIn
) -> None:
    report = services.hand_over(agent(), RequestKind.SUBMIT_PROMPT, order("gwreq-1"))
    assert report.outcome is RequestOutcome.SUBMITTED
    assert len(host.asked) == 2


def test_what_has_none_is_refused_at_once(services: GatewayServices, host: StandIn) -> None:
    """A prompt that is sent now or never, or an interrupt."""
    with pytest.raises(Unavailable):
        services.hand_over(agent(), RequestKind.SUBMIT_PROMPT, order(""))
    assert len(host.asked) == 1
