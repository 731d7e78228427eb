"""The transition table of a tracker session: which rule applies to a frame, and what it does.

The table is data: the first rule whose condition holds decides. `decide` applies it, `mermaid`
draws it. Pure; it knows signals and states, no clock and no screen.

A turn is *armed* by an input or by work on the screen; it may end in a success only after work
was seen, or after the screen shows a turn that was not there when the input came. What the screen
said of an earlier turn when the input came is *stale* and judges nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from houmao.detect.reader import TITLE_UNMOVED
from houmao.detect.reading import squeeze
from houmao.detect.signals import BlockedOn, Signals, Tristate, TurnView
from houmao.track.growth import scrolled_lines
from houmao.track.memory import Memory, Showing, disarmed
from houmao.track.state import LastTurn, LastTurnResult, LastTurnSource, TurnPhase


class PhaseEffect(StrEnum):
    """Which phase a rule publishes."""

    ACTIVE = "active"
    READY = "ready"
    #: Ready when the screen looks ready, else unknown.
    POSTURE = "posture"


class ResultEffect(StrEnum):
    """What a rule does to the last turn."""

    KEEP = "keep"
    CLEAR = "clear"
    #: A draft on the screen begins something new; the old result goes.
    CLEAR_BY_DRAFT = "clear_by_draft"
    INTERRUPTED = "interrupted"
    KNOWN_FAILURE = "known_failure"


@dataclass(frozen=True, slots=True)
class RuleInput:
    """Everything a condition may look at."""

    signals: Signals
    memory: Memory
    phase: TurnPhase
    last_turn: LastTurn

    @property
    def draft_visible(self) -> bool:
        """Whether a person's text stands in the composer."""
        seen = self.signals
        return (
            seen.prompt_visible
            and seen.accepting_input is Tristate.YES
            and seen.editing_input is Tristate.YES
        )

    @property
    def ended_before(self) -> bool:
        """Whether the turn on the screen is one that judges nothing any more."""
        stale = self.memory.stale
        return stale is not None and not _is_later(self.signals.turn, stale)

    @property
    def showing(self) -> Showing:
        """What a verdict given now would rest on."""
        return Showing(self.signals.turn.key, self.signals.prompt_text or "")


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    note: str
    when: Callable[[RuleInput], bool]
    means: str
    phase: PhaseEffect
    verdict: ResultEffect = ResultEffect.KEEP
    #: The settle window runs (and ends in success) instead of being cancelled.
    settles: bool = False
    arms: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a frame does to a session."""

    rule: Rule
    phase: TurnPhase
    last_turn: LastTurn
    memory: Memory


def _is_later(turn: TurnView, stale: TurnView) -> bool:
    return turn.prompts > stale.prompts or turn.key != stale.key or turn.prompt != stale.prompt


def _withdrawn(moment: RuleInput) -> bool:
    memory, turn = moment.memory, moment.signals.turn
    gone = bool(memory.in_flight) and turn.prompt != memory.in_flight
    if not (memory.worked and gone) or moment.signals.active_evidence:
        return False
    if moment.signals.blocked_on is not None or not moment.signals.prompt_visible:
        return False
    back = "".join((moment.signals.prompt_text or "").split()) == memory.in_flight
    # What has been answered is not taken back without a word: only the screen looks as before.
    calm = None if memory.answered else memory.calm
    return back or (calm is not None and (calm.prompt, calm.key) == (turn.prompt, turn.key))


def _draft_over_banner(moment: RuleInput) -> bool:
    ended = moment.signals.interrupted or moment.signals.known_failure
    return moment.draft_visible and moment.phase is not TurnPhase.ACTIVE and ended


def _interrupted(moment: RuleInput) -> bool:
    return moment.signals.interrupted and not moment.ended_before


def _failed(moment: RuleInput) -> bool:
    return moment.signals.known_failure and not moment.ended_before


def _title_alone(moment: RuleInput) -> bool:
    """Perhaps the title of an earlier program: enough to wait for, too little to begin a turn."""
    alone = moment.signals.active_reasons == (TITLE_UNMOVED,)
    return alone and moment.memory.armed is None


def _active(moment: RuleInput) -> bool:
    return moment.signals.active_evidence


def _behind_menu(moment: RuleInput) -> bool:
    """A turn at work goes on behind a menu until the screen says how it ended."""
    seen = moment.signals
    menu = seen.blocked_on is BlockedOn.MENU and not seen.turn.finished
    return menu and moment.memory.worked and moment.phase is TurnPhase.ACTIVE


def _asks_leave(moment: RuleInput) -> bool:
    """A question of a turn; those that a tool asks at its start are of none."""
    seen = moment.signals
    asks = seen.blocked_on is BlockedOn.APPROVAL
    return asks and (seen.turn.begun or moment.memory.armed is not None)


def _unanswered(moment: RuleInput) -> bool:
    memory, seen = moment.memory, moment.signals
    if not memory.awaiting or seen.blocked_on is not None or not seen.prompt_visible:
        return False
    if memory.stale is None or not memory.had_composer:
        return True
    if moment.draft_visible:
        return False
    return moment.ended_before or not (seen.turn.lines or seen.turn.finished)


def _candidate(moment: RuleInput) -> bool:
    memory, seen = moment.memory, moment.signals
    if not seen.success_candidate or memory.armed is None or moment.ended_before:
        return False
    if memory.worked:
        return True
    return memory.stale is not None and (seen.turn.answered or seen.turn.finished)


def _told_too_early(moment: RuleInput) -> bool:
    """More of the same answer has come after its success."""
    settled, seen = moment.memory.settled, moment.signals
    if settled is None or moment.last_turn.result is not LastTurnResult.SUCCESS:
        return False
    if seen.blocked_on is not None or not seen.prompt_visible or seen.turn.finished:
        return False
    return seen.turn.prompt == settled.prompt and _goes_on(settled.rows, seen.turn.rows)


def _goes_on(before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    """Whether a text was continued: a repaint or another width is none."""
    old, new = squeeze(before), squeeze(after)
    more = len(new) > len(old) and new.startswith(old)
    return bool(old) and (more or scrolled_lines(before, after) > 0)


RULES: tuple[Rule, ...] = (
    Rule(
        "turn_withdrawn",
        _withdrawn,
        "the prompt at work is gone from the screen",
        PhaseEffect.POSTURE,
        ResultEffect.INTERRUPTED,
    ),
    Rule(
        "visible_draft_overrides_terminal_signal",
        _draft_over_banner,
        "a draft stands below an old banner",
        PhaseEffect.POSTURE,
        ResultEffect.CLEAR_BY_DRAFT,
    ),
    Rule(
        "interrupted_signal",
        _interrupted,
        "the latest turn shows that it was interrupted",
        PhaseEffect.POSTURE,
        ResultEffect.INTERRUPTED,
    ),
    Rule(
        "known_failure_signal",
        _failed,
        "the latest turn shows a known failure",
        PhaseEffect.POSTURE,
        ResultEffect.KNOWN_FAILURE,
    ),
    Rule(
        "title_unmoved",
        _title_alone,
        "the title alone speaks of work, and was not seen to move yet",
        PhaseEffect.ACTIVE,
    ),
    Rule(
        "active_signal",
        _active,
        "the screen shows work",
        PhaseEffect.ACTIVE,
        ResultEffect.CLEAR,
        arms=True,
    ),
    Rule(
        "menu_over_turn",
        _behind_menu,
        "a menu was opened over a turn at work",
        PhaseEffect.ACTIVE,
    ),
    Rule(
        "approval_asked",
        _asks_leave,
        "a turn that asks for leave is under way",
        PhaseEffect.POSTURE,
        ResultEffect.CLEAR,
        arms=True,
    ),
    Rule(
        "input_awaited",
        _unanswered,
        "the screen does not answer the input yet",
        PhaseEffect.ACTIVE,
    ),
    Rule(
        "success_invalidated",
        _told_too_early,
        "the answer goes on after its success",
        PhaseEffect.READY,
        ResultEffect.CLEAR,
        settles=True,
        arms=True,
    ),
    Rule(
        "success_candidate",
        _candidate,
        "an armed turn looks done",
        PhaseEffect.READY,
        settles=True,
    ),
    Rule(
        "default_snapshot",
        lambda moment: True,
        "anything else",
        PhaseEffect.POSTURE,
        ResultEffect.CLEAR_BY_DRAFT,
    ),
)


def decide(moment: RuleInput) -> Decision:
    """The first rule that holds, and what follows from it."""
    rule = next(rule for rule in RULES if rule.when(moment))
    last_turn = _judged(moment, rule.verdict)
    memory = _remembered(moment, rule, last_turn)
    return Decision(rule, _phase(rule.phase, moment.signals), last_turn, memory)


def succeeded(moment: RuleInput) -> tuple[LastTurn, Memory]:
    """The last turn and the memory once the settle window has passed."""
    last_turn = LastTurn(LastTurnResult.SUCCESS, _source(moment))
    memory = replace(
        disarmed(moment.memory),
        settled=moment.signals.turn,
        judged_draft=moment.showing.draft,
    )
    return last_turn, memory


def _phase(effect: PhaseEffect, seen: Signals) -> TurnPhase:
    if effect is PhaseEffect.ACTIVE:
        return TurnPhase.ACTIVE
    ready = seen.ready_posture is Tristate.YES
    return TurnPhase.READY if ready else TurnPhase.UNKNOWN


def _judged(moment: RuleInput, verdict: ResultEffect) -> LastTurn:
    if verdict is ResultEffect.INTERRUPTED:
        return LastTurn(LastTurnResult.INTERRUPTED, _source(moment))
    if verdict is ResultEffect.KNOWN_FAILURE:
        return LastTurn(LastTurnResult.KNOWN_FAILURE, _source(moment))
    if verdict is ResultEffect.CLEAR:
        return LastTurn()
    outdated = moment.memory.judged_draft != moment.showing.draft
    if verdict is ResultEffect.CLEAR_BY_DRAFT and moment.draft_visible and outdated:
        return LastTurn()
    return moment.last_turn


def _source(moment: RuleInput) -> LastTurnSource:
    if moment.memory.armed is not None:
        return moment.memory.armed
    if moment.last_turn.result is not LastTurnResult.NONE:
        return moment.last_turn.source
    return LastTurnSource.SURFACE_INFERENCE


def _remembered(moment: RuleInput, rule: Rule, last_turn: LastTurn) -> Memory:
    memory, seen = moment.memory, moment.signals
    if rule.arms:
        known = _source(moment) if rule.settles else LastTurnSource.SURFACE_INFERENCE
        armed = memory.armed or known
        in_flight = seen.turn.prompt or memory.in_flight
        answered = memory.worked and memory.answered and in_flight == memory.in_flight
        return replace(
            memory,
            armed=armed,
            worked=True,
            awaiting=False,
            stale=None,
            in_flight=in_flight,
            answered=answered or (bool(seen.turn.prompt) and seen.turn.answered),
            draft=memory.draft if seen.prompt_text else "",
            settled=None,
            judged_draft=None,
        )
    if rule.verdict in (ResultEffect.INTERRUPTED, ResultEffect.KNOWN_FAILURE):
        # A prompt that the tool puts back into the composer is no new draft.
        draft = moment.showing.draft
        returned = rule.note == "turn_withdrawn" or "".join(draft.split()) == memory.in_flight
        memory = replace(disarmed(memory), judged_draft=draft if returned else None)
    elif rule.phase is not PhaseEffect.ACTIVE and (seen.prompt_visible or seen.blocked_on):
        memory = replace(memory, awaiting=False)
    if rule.when is _draft_over_banner:
        # History from now on, also when the draft goes: it may have been sent.
        memory = replace(memory, stale=seen.turn)
    if last_turn.result is LastTurnResult.NONE:
        memory = replace(memory, judged_draft=None)
    if seen.prompt_visible and rule.phase is not PhaseEffect.ACTIVE and not memory.worked:
        memory = replace(memory, calm=seen.turn)
    return memory


_TARGETS = {
    PhaseEffect.ACTIVE: ("active",),
    PhaseEffect.READY: ("ready",),
    PhaseEffect.POSTURE: ("ready", "unknown"),
}


def mermaid() -> str:
    """The table as a Mermaid state chart: one edge for each rule and phase it leads to."""
    lines = ["stateDiagram-v2", "    [*] --> unknown"]
    for rule in RULES:
        effects = [rule.note]
        if rule.verdict is not ResultEffect.KEEP:
            effects.append(rule.verdict.value)
        if rule.settles:
            effects.append("settle window runs")
        for target in _TARGETS[rule.phase]:
            lines.append(f"    state_any --> {target} : {' / '.join(effects)}")
    lines.append("    ready --> ready : success_settled / success")
    lines.append("    state_any --> active : input_submitted / clear")
    lines.append('    state "any phase" as state_any')
    return "\n".join(lines) + "\n"
