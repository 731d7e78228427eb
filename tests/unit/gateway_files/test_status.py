"""Whether a gateway takes requests follows from the agent's incarnation and presence alone."""

import pytest

from houmao.gateway_files.status import (
    ABSENT,
    AgentPresence,
    GatewayInstance,
    GatewaySubject,
    QueueLoad,
    RequestAdmission,
    SurfaceEligibility,
    admission,
    next_epoch,
    status,
)

THERE = AgentPresence("gen:1", SurfaceEligibility.READY)


@pytest.mark.parametrize(
    ("presence", "epoch", "wanted"),
    [
        (THERE, 1, RequestAdmission.OPEN),
        (ABSENT, 1, RequestAdmission.BLOCKED_UNAVAILABLE),
        (THERE, 2, RequestAdmission.BLOCKED_RECONCILIATION),
        (ABSENT, 2, RequestAdmission.BLOCKED_RECONCILIATION),
    ],
)
def test_admission(presence: AgentPresence, epoch: int, wanted: RequestAdmission) -> None:
    assert admission(presence, epoch) is wanted


@pytest.mark.parametrize(
    ("before", "now", "epoch"), [("a", "a", 1), ("a", "b", 2), ("a", None, 1), (None, "b", 1)]
)
def test_only_another_incarnation_is_an_epoch(
    before: str | None, now: str | None, epoch: int
) -> None:
    assert next_epoch(1, before, now) == epoch


def test_an_unattached_gateway_has_no_address() -> None:
    """Published clients refuse a status that has one."""
    subject = GatewaySubject("alpha", "local_interactive", "HOUMAO-alpha")
    found = status(subject, None, THERE, QueueLoad())
    assert (found["gateway_health"], found["gateway_host"], found["gateway_port"]) == (
        "not_attached",
        None,
        None,
    )
    live = GatewayInstance(7, "127.0.0.1", 4000, 1, "gen:1")
    assert status(subject, live, THERE, QueueLoad(2, True))["active_execution"] == "running"
