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
from houmao.detect.signals import BlockedOn, Signals, Tristate, TurnView
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
class Showing:
    """What a verdict was based on: the turn's text and the draft below it."""

    turn: str = ""
    draft: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a session remembers between frames besides the state it publishes."""

    armed: LastTurnSource | None = None
    #: Work was seen since the turn was armed.
    worked: bool = False
    #: An input was sent and the screen does not answer it yet.
    awaiting: bool = False
    #: The composer was on the screen when the input came.
    had_composer: bool = False
    #: A turn that judges nothing: it was on the screen when the input came, or when tracking
    #: resumed, or before the turn of the latest verdict.
    stale: TurnView | None = None
    #: The turn on the last frame without work.
    calm: TurnView | None = None
    #: Prompt of the turn at work.
    in_flight: str = ""
    #: The draft on the last frame that showed one.
    draft: str = ""
    #: The draft that stood below the turn when its result was published and did not matter.
    judged_draft: str | None = None


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
    calm = memory.calm
    return back or (calm is not None and (calm.prompt, calm.key) == (turn.prompt, turn.key))


def _draft_over_banner(moment: RuleInput) -> bool:
    ended = moment.signals.interrupted or moment.signals.known_failure
    return moment.draft_visible and moment.phase is not TurnPhase.ACTIVE and ended


def _interrupted(moment: RuleInput) -> bool:
    return moment.signals.interrupted and not moment.ended_before


def _failed(moment: RuleInput) -> bool:
    return moment.signals.known_failure and not moment.ended_before


def _title_alone(moment: Moment) -> bool:
    """Perhaps the title of an earlier program: enough to wait for, too little to begin a turn."""
    alone = moment.signals.active_reasons == (TITLE_UNMOVED,)
    return alone and moment.memory.armed is None


def _active(moment: Moment) -> bool:
    return moment.signals.active_evidence


def _behind_menu(moment: Moment) -> bool:
    """A turn at work goes on behind a menu until the screen says how it ended."""
    seen = moment.signals
    menu = seen.blocked_on is BlockedOn.MENU and not seen.turn.finished
    return menu and moment.memory.worked and moment.phase is TurnPhase.ACTIVE


def _unanswered(moment: Moment) -> bool:
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
        "input_awaited",
        _unanswered,
        "the screen does not answer the input yet",
        PhaseEffect.ACTIVE,
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
    memory = replace(_disarmed(moment.memory), judged_draft=moment.showing.draft)
    return last_turn, memory


def after_input(memory: Memory, seen: Signals | None) -> Memory:
    """The memory once an input was sent: a new turn is armed, what is on the screen is old.

    An answer to a dialog in the middle of a turn begins nothing new.
    """
    if memory.worked and seen is not None and seen.blocked_on is not None:
        return memory
    return replace(
        memory,
        armed=LastTurnSource.EXPLICIT_INPUT,
        worked=False,
        awaiting=seen is None or seen.blocked_on is None,
        had_composer=seen is not None and seen.prompt_visible,
        stale=seen.turn if seen is not None and seen.prompt_visible else None,
        draft="",
        judged_draft=None,
    )


def after_frame(memory: Memory, seen: Signals) -> Memory:
    """The memory once a frame came in, before it is judged: drafts that left the composer.

    A draft that turns up as the newest submitted prompt was sent by a person at the terminal.
    """
    draft = "".join((seen.prompt_text or "").split())
    if draft:
        return replace(memory, draft=draft)
    before, prompt = memory.calm, seen.turn.prompt
    if not memory.draft or before is None or memory.worked or not seen.prompt_visible:
        return memory
    # A frame may have caught the draft half typed.
    appeared = seen.turn.prompts > before.prompts or prompt != before.prompt
    if not (appeared and prompt.startswith(memory.draft)):
        return memory
    return replace(
        memory,
        draft="",
        armed=memory.armed or LastTurnSource.SURFACE_INFERENCE,
        worked=False,
        # A command to the tool itself need not start a turn.
        awaiting=not prompt.startswith("/"),
        had_composer=True,
        stale=before,
        in_flight=prompt,
        judged_draft=None,
    )


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


def _disarmed(memory: Memory) -> Memory:
    """The memory after a verdict: the turn before this one judges nothing when it shows again."""
    return replace(
        memory, armed=None, worked=False, awaiting=False, in_flight="", stale=memory.calm
    )


def _remembered(moment: RuleInput, rule: Rule, last_turn: LastTurn) -> Memory:
    memory, seen = moment.memory, moment.signals
    if rule.arms:
        armed = memory.armed or LastTurnSource.SURFACE_INFERENCE
        in_flight = seen.turn.prompt or memory.in_flight
        return replace(
            memory,
            armed=armed,
            worked=True,
            awaiting=False,
            stale=None,
            in_flight=in_flight,
            draft=memory.draft if seen.prompt_text else "",
            judged_draft=None,
        )
    if rule.verdict in (ResultEffect.INTERRUPTED, ResultEffect.KNOWN_FAILURE):
        # A prompt that the tool puts back into the composer is no new draft.
        draft = moment.showing.draft
        returned = rule.note == "turn_withdrawn" or "".join(draft.split()) == memory.in_flight
        memory = replace(_disarmed(memory), judged_draft=draft if returned else None)
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
