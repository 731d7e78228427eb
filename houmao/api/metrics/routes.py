"""The route that Prometheus scrapes; who may, is decided as for every other read."""

from flask import Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from houmao.api.context import context
from houmao.api.http.resource import Resource
from houmao.api.metrics.families import FleetFamilies, Measured
from houmao.api.metrics.processes import process_costs
from houmao.restarts import restarts

metrics = Resource("metrics", "Numbers for Prometheus")


@metrics.answers("GET", "/metrics", "text/plain", errors=[401, 503])
def scrape() -> Response:
    """Tell the fleet in numbers, in Prometheus's text format; no agent, prompt or key is named."""
    registry = CollectorRegistry()
    registry.register(FleetFamilies(_measured()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _measured() -> Measured:
    services = context()
    reader, now = services.reader, services.now()
    hosts = reader.hosts()
    return Measured(
        now=now,
        hosts=tuple(hosts),
        agents=tuple(reader.observe_all(now)) if hosts else (),
        totals=tuple(reader.totals()),
        queues=services.hosts.waiting([it.host for it in hosts]),
        streams=len(services.fanout),
        processes=process_costs(),
        restarts=tuple(restarts(services.settings.restarts_folder)),
    )
