"""Which incarnation of its agent a gateway takes a published state for."""

from pathlib import Path

from houmao import config
from houmao.gateway_files.status import ABSENT
from houmao.state.values import Detail
from tests.unit.api.world import NOW, PROBE, agent, state
from workers.gateway.agent import FollowedAgent
from workers.gateway.services import connect_services


def test_without_a_capture_no_incarnation_is_guessed(tmp_path: Path) -> None:
    """A guess would raise the epoch, and the queue would be closed until somebody has looked."""
    shown, services = state(), connect_services(config.load({"HOME": str(tmp_path)}))
    known, blind = (Detail(agent(), shown, NOW, it, None) for it in (PROBE, None))
    assert FollowedAgent(known, shown, services).presence().connected
    assert FollowedAgent(blind, shown, services).presence() == ABSENT
