"""What a whole server tells Prometheus: the watch process counts, and the web process tells."""

from prometheus_client.parser import text_string_to_metric_families

from tests.integration.adopting import holder
from tests.integration.headless import Crew
from tests.services import wait_until

#: Must have counted something once an agent has worked, asked, and been answered.
COUNTED = (
    "houmao_turns_total",
    "houmao_turn_duration_seconds_count",
    "houmao_turn_duration_seconds_sum",
    "houmao_blocked_duration_seconds_count",
    "houmao_blocked_duration_seconds_sum",
    "houmao_requests_total",
    "houmao_delivery_seconds_count",
    "houmao_capture_duration_seconds_count",
    "houmao_detection_seconds_count",
    "houmao_process_restarts_total",
)


def test_what_happens_is_counted(served: Crew) -> None:
    """A turn with a question that is answered, and a process that is started again."""
    shows = holder(served)
    path = "/houmao/agents/gamma"
    served.post(f"{path}/requests?wait=30", {"prompt": "ask 0"}, **shows)
    wait_until(lambda: served.call("GET", f"{path}/dialog", **shows)[1]["dialog"], "it asks", 30)
    digest = served.call("GET", f"{path}/dialog", **shows)[1]["dialog"]["digest"]
    served.post(f"{path}/reply?wait=30", {"digest": digest, "choose": 1}, **shows)
    served.kill("notify")
    wait_until(lambda: set(COUNTED) <= counted(served, shows), "all is counted", 30)


def counted(served: Crew, shows: dict[str, str]) -> set[str]:
    """Names of the samples that are more than none."""
    _, told = served.call("GET", "/metrics", **shows)
    families = text_string_to_metric_families(told)
    return {it.name for family in families for it in family.samples if it.value > 0}
