"""A detector that fails on some screen stops that agent's verdicts and nobody else's."""

import os
from dataclasses import dataclass

from houmao.detect.signals import Detector, Frame, GrowthRule, Signals
from houmao.tools.catalog import select_detector
from tests.integration.watching import Host
from workers.watch.__main__ import build_fleet


@dataclass(frozen=True, slots=True)
class Fragile:
    """Reads screens as another detector does, but for those that hold a word."""

    inner: Detector
    word: str = "go"

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def version(self) -> str:
        return self.inner.version

    @property
    def growth(self) -> GrowthRule | None:
        return self.inner.growth

    def detect(self, frame: Frame) -> Signals:
        if self.word in frame.raw:
            raise ZeroDivisionError(f"secret text {self.word}")
        return self.inner.detect(frame)


def fragile_claude(tool: str, version: str | None) -> Detector:
    detector = select_detector(tool, version)
    return Fragile(detector) if tool == "claude" else detector


def test_failing_detector_stops_one_agent_only(host: Host) -> None:
    """The diagnostic names the error without any screen text; the next good screen heals it."""
    for tool in ("claude", "codex"):
        host.stub(tool, "--turn-seconds", "0.5", tool=tool)
    with host.watched(build_fleet(host.settings, os.environ, fragile_claude)):
        host.await_phase("claude", "ready")
        host.tmux.run("send-keys", "-t", "=claude:", "g")
        host.tmux.run("send-keys", "-t", "=claude:", "o")
        host.await_availability("claude", "error")
        state = host.state("claude")
        assert state is not None
        assert state.diagnostics.parse_status == "parse_error"
        assert state.diagnostics.parse_error is not None
        assert state.diagnostics.parse_error.message == "ZeroDivisionError in the detector"
        assert state.tracked.phase == "unknown"
        host.take_turn("codex")
        assert host.availability("claude") == "error"
        host.tmux.run("send-keys", "-t", "=claude:", "BSpace", "BSpace")
        host.await_availability("claude", "available")
