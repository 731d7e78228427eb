"""The alert rules and the dashboard of the docs speak of metrics that there are."""

import json
import re
import subprocess
from pathlib import Path
from shutil import which

import pytest
import yaml
from prometheus_client import generate_latest

from houmao.api.metrics.families import FleetFamilies, Measured
from houmao.state import totals
from houmao.state.totals import Total
from houmao.state.values import HostStatus

FOLDER = Path(__file__).resolve().parents[4] / "docs" / "prometheus"
_SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


def names() -> set[str]:
    """Every name that a scrape can have."""
    measured = Measured(0.0, (), (), (Total(totals.DELIVERIES.name, ("h1", "+Inf"), 1),), {}, 0)
    return {
        family.name + suffix
        for family in FleetFamilies(measured).collect()
        for suffix in _SUFFIXES[family.type]
    }


def rules() -> list[dict[str, str]]:
    found = yaml.safe_load((FOLDER / "alerts.yml").read_text())
    return [rule for group in found["groups"] for rule in group["rules"]]


def queries() -> list[str]:
    found = json.loads((FOLDER / "dashboard.json").read_text())
    return [target["expr"] for panel in found["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("text", [*(it["expr"] for it in rules()), *queries()])
def test_every_metric_that_is_asked_for_is_told(text: str) -> None:
    """A renamed metric would leave an alert silent for ever."""
    asked = set(re.findall(r"houmao_\w+", text))
    assert asked
    assert asked <= names()


def test_every_alert_says_what_is_the_matter() -> None:
    for rule in rules():
        assert {"alert", "expr", "labels", "annotations"} <= rule.keys()


def test_prometheus_takes_the_rules() -> None:
    """Where its tool is installed: the words above are not its grammar."""
    if promtool := which("promtool"):
        subprocess.run([promtool, "check", "rules", FOLDER / "alerts.yml"], check=True)


def test_prometheus_takes_a_scrape() -> None:
    """By its own grammar and its rules for names, where its tool is installed."""
    host = HostStatus("h1", 1, 1, 0.0, 3, 0.0)
    counts = tuple(
        Total(name, labels, 1)
        for durations, labels in (
            (totals.DELIVERIES, ("h1",)),
            (totals.TURN_TIMES, ("h1", "claude")),
            (totals.BLOCKED_TIMES, ("h1", "claude", "approval")),
            (totals.CAPTURES, ("h1",)),
            (totals.DETECTIONS, ("h1",)),
        )
        for name, labels in ((durations.name, (*labels, "+Inf")), (durations.total, labels))
    )
    measured = Measured(1.0, (host,), (), counts, {("h1", "watch"): 1}, 2, restarts=(("web", 1),))
    told = generate_latest(FleetFamilies(measured))
    assert told.count(b"_bucket{") > 40
    if promtool := which("promtool"):
        subprocess.run([promtool, "check", "metrics"], input=told, check=True)
