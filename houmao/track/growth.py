"""What changes over frames say that one frame cannot: text that grows, work that ends in silence.

Pure: the frames of the window come in as an argument. The rule of the tool (`GrowthRule`) says
how far back to look and what counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from houmao.detect.signals import BlockedOn, Evidence, GrowthRule, Signals, Tristate, TurnView


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen, and when."""

    at_seconds: float
    signals: Signals


def with_history(
    seen: Sequence[Sighting], rule: GrowthRule | None, *, under_way: bool = False
) -> Signals:
    """The newest of `seen` (oldest first, never empty), corrected by the ones before it.

    `under_way` says that a turn is known to have begun, whatever these frames show.
    """
    newest = seen[-1].signals
    if rule is None:
        return newest
    if newest.ready_posture is Tristate.YES and newest.composer_text and _menu_was_open(seen):
        return _in_doubt(newest)
    if _speaks_for_itself(newest):
        return newest
    earlier = _contiguous(seen, rule)
    worked = any(item.signals.active_evidence for item in earlier)
    if not earlier or (rule.after_activity and not worked and not under_way):
        return newest
    if any(_titled(item.signals) for item in earlier):
        return newest
    if rule.silent_interruption and _went_silent(newest) and _worked_on(newest.turn, earlier):
        return _interrupted(newest)
    return _grown(seen[-1], earlier, rule)


def _menu_was_open(seen: Sequence[Sighting]) -> bool:
    """Whether a menu beside this draft has only just gone: the next key may bring it back."""
    before = seen[:-1]
    return any(item.signals.blocked_on is BlockedOn.MENU for item in before)


def _in_doubt(newest: Signals) -> Signals:
    return replace(
        newest,
        ready_posture=Tristate.UNKNOWN,
        success_candidate=False,
        notes=(*newest.notes, "temporal_menu_closed"),
    )


def _speaks_for_itself(signals: Signals) -> bool:
    return (
        signals.active_evidence
        or signals.interrupted
        or signals.current_error_present
        or signals.blocked_on is not None
        or not signals.prompt_visible
        or not signals.turn.begun
        or signals.turn.finished
    )


def _contiguous(seen: Sequence[Sighting], rule: GrowthRule) -> list[Sighting]:
    """The frames before the newest, newest first, up to the first long gap."""
    newest = seen[-1].at_seconds
    later = newest
    found: list[Sighting] = []
    for item in reversed(seen[:-1]):
        if later - item.at_seconds > rule.gap_seconds:
            break
        if newest - item.at_seconds > rule.window_seconds:
            break
        # What appears with the composer, or as a menu closes, is no text that has grown.
        if item.signals.prompt_visible and item.signals.blocked_on is None:
            found.append(item)
        later = item.at_seconds
    return found


def _titled(signals: Signals) -> bool:
    """Whether the title told of work: a tool that says so tells of the end of it as well."""
    return any(item.rule == "title" for item in signals.evidence)


def _went_silent(newest: Signals) -> bool:
    return (
        newest.ready_posture is Tristate.YES and bool(newest.turn.prompt) and newest.turn.lines == 0
    )


def _worked_on(turn: TurnView, earlier: Sequence[Sighting]) -> bool:
    """Whether the work that these frames show, newest first, was on this turn and on none before.

    What was answered in between was another turn, be its prompt the same.
    """
    own = takewhile(lambda item: _may_be(turn, item.signals.turn), earlier)
    return any(item.signals.active_evidence for item in own)


def _may_be(turn: TurnView, earlier: TurnView) -> bool:
    return earlier.prompt == turn.prompt and not (earlier.answered or earlier.finished)


def _interrupted(newest: Signals) -> Signals:
    return replace(
        newest,
        interrupted=True,
        success_candidate=False,
        success_blocked=True,
        evidence=(*newest.evidence, Evidence("silent_interruption")),
        notes=(*newest.notes, "temporal_silent_interruption"),
    )


def _grown(sighting: Sighting, earlier: Sequence[Sighting], rule: GrowthRule) -> Signals:
    newest, at_seconds = sighting.signals, sighting.at_seconds
    same = [*takewhile(lambda item: item.signals.turn.key == newest.turn.key, earlier)]
    if same and at_seconds - same[-1].at_seconds >= rule.hold_seconds:
        return newest
    # Not since the oldest alone: it may show another turn, or half a repaint.
    since = [item for item in earlier[:-1] if at_seconds - item.at_seconds <= rule.hold_seconds]
    if not any(_has_grown(newest.turn, it.signals.turn, rule) for it in (*since, earlier[-1])):
        return newest
    return replace(
        newest,
        active_evidence=True,
        active_reasons=("transcript_growth",),
        ready_posture=Tristate.NO,
        success_candidate=False,
        success_blocked=True,
        evidence=(*newest.evidence, Evidence("transcript_growth")),
        notes=(*newest.notes, "temporal_transcript_growth"),
    )


def _has_grown(turn: TurnView, first: TurnView, rule: GrowthRule) -> bool:
    if turn.key == first.key:
        return False
    if not turn.prompt and scrolled_lines(first.rows, turn.rows) >= rule.lines:
        return True
    if turn.prompt != first.prompt:
        if turn.prompts <= first.prompts:
            return False
        first = TurnView(turn.prompt)
    more = turn.characters - first.characters >= rule.characters
    return more or turn.lines - first.lines >= rule.lines


def scrolled_lines(before: Sequence[str], after: Sequence[str]) -> int:
    """How many lines came below those that both show, once the first ones left at the top.

    The last line of `before` may have been half written. 0 when nothing left, and when the two
    have no two lines in common.
    """
    for gone in range(1, len(before) - 2):
        kept = before[gone:-1]
        if tuple(after[: len(kept)]) == tuple(kept):
            return max(len(after) - len(kept) - 1, 0)
    return 0
