"""How a headless turn ended: the tool's own last word, weighed with how its process ended.

The word comes first, for exit codes lie: an interrupted Claude or Gemini exits with 0. No turn
succeeds without the tool having said so.
"""

from dataclasses import dataclass

from houmao.headless.reading import Said, ToolReport
from houmao.headless.turn_status import TurnStatus


@dataclass(frozen=True, slots=True)
class ProcessEnd:
    """How the tool's process ended."""

    #: Negative, or above 128 in a shell's way, after a signal; None when nobody saw it.
    exit_code: int | None
    interrupt_requested: bool = False
    #: Its time was up, so it was ended.
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class TurnVerdict:
    """A turn's final status; `error` is a sentence for a person, None after a success."""

    status: TurnStatus
    error: str | None = None


def judge(tool: str, told: ToolReport, ending: ProcessEnd) -> TurnVerdict:
    """The verdict on a turn whose process is gone."""
    succeeded = told.said is Said.SUCCESS and not _contradicts(ending.exit_code)
    if succeeded and not _is_cut_off(told, ending):
        return TurnVerdict(TurnStatus.COMPLETED)
    if ending.interrupt_requested:
        return TurnVerdict(TurnStatus.INTERRUPTED, _sentence("interrupted on request", told))
    if ending.timed_out:
        return TurnVerdict(TurnStatus.FAILED, _sentence("ended at its time limit", told))
    if told.said is Said.INTERRUPTED:
        return TurnVerdict(TurnStatus.INTERRUPTED, f"{tool} says that it was interrupted")
    if told.said is Said.ERROR:
        return TurnVerdict(TurnStatus.FAILED, told.error or f"{tool} says that the turn failed")
    if ending.exit_code is None:
        text = f"the process of {tool} is gone and left no exit code"
        return TurnVerdict(TurnStatus.ABANDONED, _sentence(text, told))
    return TurnVerdict(TurnStatus.FAILED, _sentence(_end(tool, told, ending.exit_code), told))


def _contradicts(exit_code: int | None) -> bool:
    """True when a tool that said success then chose to fail; a signal is no choice."""
    return exit_code is not None and 0 < exit_code <= 128


def _is_cut_off(told: ToolReport, ending: ProcessEnd) -> bool:
    """Whether our interrupt ended the process before any answer; some call that a success."""
    code = ending.exit_code
    by_signal = code is not None and not 0 <= code <= 128
    return ending.interrupt_requested and by_signal and not told.answer


def _end(tool: str, told: ToolReport, exit_code: int) -> str:
    how = f"by signal {-exit_code}" if exit_code < 0 else f"with exit code {exit_code}"
    if told.said is Said.SUCCESS:
        return f"{tool} said success, then ended {how}"
    # The likely reason: launch arguments that make it print something else than JSON lines.
    look = "" if exit_code else "; look at its stdout and its launch arguments"
    return f"{tool} ended {how} without saying how the turn went{look}"


def _sentence(text: str, told: ToolReport) -> str:
    """The text with what the tool itself gave as a reason, if it gave one."""
    reason = told.error or " / ".join(told.complaint)
    return f"{text}: {reason}" if reason else text
