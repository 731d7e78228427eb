"""A hosted agent with its clock, for tests: polls, prompts and outages in virtual time."""

from houmao.detect.signals import Frame
from houmao.track.diagnostics import (
    Diagnostics,
    ParseStatus,
    Problem,
    ProcessState,
    TransportState,
)
from houmao.track.host import HostAdapter, Poll, ToolVersion
from houmao.track.moment import Moment
from houmao.track.published import HostState
from houmao.track.scheduler import LoopScheduler
from houmao.track.settings import HostSettings

UP, HERE = TransportState.TMUX_UP, ProcessState.TUI_UP
PARSED = Diagnostics(UP, HERE, ParseStatus.PARSED)
DOWN = Diagnostics(UP, ProcessState.TUI_DOWN, ParseStatus.SKIPPED_TUI_DOWN)
MISSING = Diagnostics(
    TransportState.TMUX_MISSING, ProcessState.UNKNOWN, ParseStatus.TRANSPORT_UNAVAILABLE
)
GARBLED = Diagnostics(
    UP, HERE, ParseStatus.PARSE_ERROR, parse_error=Problem("parse_error", "bad snapshot")
)
UNSUPPORTED = Diagnostics(UP, ProcessState.UNSUPPORTED_TOOL, ParseStatus.UNSUPPORTED_TOOL)
#: Wall time at second 0 of every test.
EPOCH = 1_000_000.0


def moment(at: float) -> Moment:
    """The instant `at` seconds after the test began."""
    return Moment(at, EPOCH + at)


class Hosted:
    """An agent under a host; every call says at which second it happens."""

    def __init__(
        self,
        tool: str = "claude",
        version: str | None = "2.1.197",
        settings: HostSettings | None = None,
    ) -> None:
        self.scheduler = LoopScheduler()
        self.host = HostAdapter(ToolVersion(tool, version), self.scheduler, settings)

    def show(self, raw: str, at: float, title: str | None = None) -> HostState:
        """The screen is captured and looks like this."""
        return self.host.cycle(Poll(PARSED, Frame(raw, at, title=title)), moment(at))

    def unchanged(self, at: float) -> HostState:
        """The screen is captured and is the one before."""
        return self.host.cycle(Poll(PARSED), moment(at))

    def poll(self, outcome: Diagnostics, at: float, raw: str | None = None) -> HostState:
        """A poll ends like this."""
        frame = None if raw is None else Frame(raw, at)
        return self.host.cycle(Poll(outcome, frame), moment(at))

    def send(self, at: float, message: str = "fix it") -> HostState:
        """A prompt is delivered."""
        return self.host.note_prompt(message, moment(at))

    def wait(self, until: float) -> HostState:
        """Nothing happens but timers."""
        return self.host.advance(moment(until))
