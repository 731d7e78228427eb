"""What to do next with a request, given what the agent's screen shows. Pure.

The same predicate answers "is it ready?" and "may I type?". A prompt is typed at most once:
pasted when the agent has been ready for a moment, sent with Enter when the composer shows it,
and done when the composer does not show it any more and the tool's journal has a turn of it, or,
without a journal, the screen has. Only Enter is ever repeated, and only while the composer still
shows our own text and no list of completions. What the tool does not take is taken out again.

    waiting --ready--> pasted --text seen--> entered --text gone--> submitted
                                                     --it stays--> retracting
    resumed --text seen--> entered

What a process that ended had typed is taken up by its successor: the text is sent if it still
stands in the composer, and its end is told if it does not.
"""

from dataclasses import replace

from houmao.detect.screen import parse
from houmao.detect.signals import BlockedOn, Signals, Tristate
from houmao.requests.composer import fills, holds_more, shows
from houmao.requests.request import Request, RequestKind, RequestOutcome
from houmao.requests.steps import (
    Action,
    AgentSnapshot,
    DeliveryProgress,
    DeliveryStage,
    Finish,
    Paste,
    Press,
    Step,
    TakeOut,
    Wait,
)
from houmao.track.state import TurnPhase

#: Seconds the agent must have looked ready without a break before anything is typed.
CALM_SECONDS = 0.25
#: The same while the screen shows no conversation yet: a tool that starts may show its composer for
#: a moment before it asks its first question, and a text would go into that dialog.
FIRST_CALM_SECONDS = 1.5
#: Seconds for a text that may be a tool's own suggestion to go away by itself.
DOUBT_SECONDS = 5.0
#: Seconds between the paste and Enter, in which a tool folds a long paste.
FOLD_SECONDS = 0.3
#: Seconds in which the pasted text must appear in the composer.
APPEAR_SECONDS = 6.0
#: Seconds after which Enter is pressed again.
ENTER_SECONDS = 1.0
#: The same for Escape where the screen asks for it again: read together they would be one key.
SECOND_KEY_SECONDS = 0.15
#: Characters that a tool reads in a second at least: a long text is waited for.
READS_PER_SECOND = 20_000
#: Seconds after Enter in which a prompt that left the composer must be seen to have been taken.
WITNESS_SECONDS = 5.0
#: Seconds in which a text that a former process typed must be seen in the composer.
RESUME_SECONDS = 2.0
#: Seconds for a text that is taken out of the composer to be gone.
CLEAR_SECONDS = 3.0
#: Seconds in which a command opens its dialog.
COMMAND_SECONDS = 0.8
#: How often Enter or Escape is pressed at most.
MOST_PRESSES = 4


def is_ready(look: AgentSnapshot) -> bool:
    """Whether a prompt typed now would begin a turn of its own."""
    signals = look.signals
    return (
        signals is not None
        and not look.verdict_due
        and look.phase is TurnPhase.READY
        and signals.blocked_on is None
        and signals.accepting_input is Tristate.YES
        and signals.editing_input is Tristate.NO
        and signals.ready_posture is Tristate.YES
        and not signals.active_evidence
    )


def advance(
    request: Request, progress: DeliveryProgress, look: AgentSnapshot, deadline: float
) -> Step:
    """The next action; `deadline` is the request's, on the looks' clock."""
    if look.signals is None:
        return progress, _gone(request, progress) if look.readable else _unreadable()
    if request.kind is RequestKind.INTERRUPT:
        return _interrupt(progress, look)
    if progress.stage is DeliveryStage.WAITING:
        return _wait_for_ready(progress, look, look.signals, deadline)
    commands = request.kind is RequestKind.RUN_COMMAND and progress.stage is DeliveryStage.ENTERED
    step = _wait_for_command if commands else _STEPS[progress.stage]
    return step(request, progress, look, look.signals)


def _gone(request: Request, progress: DeliveryProgress) -> Finish:
    if progress.stage is DeliveryStage.WAITING:
        return Finish(RequestOutcome.PROCESS_GONE, "the agent's program does not run in its pane")
    if request.kind is RequestKind.RUN_COMMAND and progress.stage is DeliveryStage.ENTERED:
        return Finish(RequestOutcome.COMMAND_TAKEN, "the agent's program ended on the command")
    return Finish(
        RequestOutcome.UNVERIFIED, "the agent's program ended while the prompt was being typed"
    )


def _unreadable() -> Finish:
    return Finish(
        RequestOutcome.NOT_READY,
        "nobody can tell when this tool takes a prompt: its screens are unknown",
    )


def _wait_for_ready(
    progress: DeliveryProgress, look: AgentSnapshot, signals: Signals, deadline: float
) -> Step:
    if is_ready(look):
        since = look.at - look.still_for if progress.calm_since is None else progress.calm_since
        calm_at = since + (CALM_SECONDS if _has_conversed(signals) else FIRST_CALM_SECONDS)
        if look.at >= calm_at:
            return DeliveryProgress(DeliveryStage.PASTED, acted_at=look.at), Paste()
        return replace(progress, calm_since=since), Wait(calm_at)
    if look.left and not _is_busy(look, signals) and _composes(look.left, signals):
        return _take_out_left(progress, look)
    refusal = _refusal(look, signals)
    if refusal is not None:
        return progress, refusal
    doubt = _doubt_since(progress, look, signals)
    if doubt is not None and look.at - doubt >= DOUBT_SECONDS:
        return progress, Finish(
            RequestOutcome.DRAFT_PRESENT,
            "a text stands in the agent's composer that may be somebody's draft",
        )
    if look.at >= deadline:
        return progress, Finish(
            RequestOutcome.EXPIRED, f"the agent was {look.phase.value} until the deadline"
        )
    until = deadline if doubt is None else min(deadline, doubt + DOUBT_SECONDS)
    return replace(progress, calm_since=None, doubt_since=doubt), Wait(until)


def _doubt_since(progress: DeliveryProgress, look: AgentSnapshot, signals: Signals) -> float | None:
    """In a version nobody has checked, text may be a draft or the tool's own suggestion."""
    text = signals.composer_text or signals.prompt_text
    if _is_busy(look, signals) or signals.editing_input is not Tristate.UNKNOWN or not text:
        return None
    return look.at if progress.doubt_since is None else progress.doubt_since


def _has_conversed(signals: Signals) -> bool:
    return signals.turn.prompts > 0 or signals.turn.answered


def _take_out_left(progress: DeliveryProgress, look: AgentSnapshot) -> Step:
    """What an earlier request left is our own: it blocks nobody."""
    if not progress.presses:
        return replace(progress, presses=1, acted_at=look.at, calm_since=None), TakeOut()
    if look.at - progress.acted_at < CLEAR_SECONDS:
        return progress, Wait(progress.acted_at + CLEAR_SECONDS)
    return progress, Finish(
        RequestOutcome.DRAFT_PRESENT,
        "what an earlier prompt left in the composer could not be taken out; clear it",
    )


def _refusal(look: AgentSnapshot, signals: Signals) -> Finish | None:
    """Why waiting would not help, or would do harm: a person has to act first."""
    # A menu over a running turn may be gone before the turn is.
    passing = signals.blocked_on is BlockedOn.MENU and _is_busy(look, signals)
    if signals.blocked_on is not None and not passing:
        what = signals.blocked_on.value.replace("_", " ")
        return Finish(
            RequestOutcome.BLOCKED, f"the agent waits for a person: {what}; answer it first"
        )
    if _drafted(look, signals):
        return Finish(
            RequestOutcome.DRAFT_PRESENT, "a half-typed text stands in the agent's composer"
        )
    return None


def _wait_for_text(
    request: Request, progress: DeliveryProgress, look: AgentSnapshot, signals: Signals
) -> Step:
    waited, longest = look.at - progress.acted_at, APPEAR_SECONDS + _reading(request)
    shown = _composes(request.text, signals)
    # Enter would choose from its list, which is what a command wants.
    listed = signals.blocked_on is BlockedOn.MENU and request.kind is not RequestKind.RUN_COMMAND
    if listed and waited >= longest:
        return replace(progress, stage=DeliveryStage.RETRACTING, acted_at=look.at), TakeOut()
    if (shown or _fills(request.text, look, signals)) and waited < 2 * longest:
        if waited >= FOLD_SECONDS and progress.seen and not listed:
            return _entered(look), Press("Enter", begins_turn=True)
        return replace(progress, seen=True), Wait(progress.acted_at + FOLD_SECONDS)
    if waited >= longest:
        return progress, _unseen(request, shown, signals)
    return replace(progress, seen=False), Wait(progress.acted_at + longest)


def _entered(look: AgentSnapshot) -> DeliveryProgress:
    return DeliveryProgress(
        DeliveryStage.ENTERED, acted_at=look.at, presses=1, begun_before=look.turns_begun
    )


def _resume(
    request: Request, progress: DeliveryProgress, look: AgentSnapshot, signals: Signals
) -> Step:
    since = progress.acted_at or look.at
    if _composes(request.text, signals) or _fills(request.text, look, signals):
        # It is seen twice, as a text of our own is: from here on it is one.
        pasted = DeliveryProgress(DeliveryStage.PASTED, acted_at=look.at, seen=True)
        return pasted, Wait(look.at + FOLD_SECONDS)
    if look.at - since >= RESUME_SECONDS:
        return progress, Finish(
            RequestOutcome.UNVERIFIED,
            "the watch process ended while the prompt was typed; it does not stand in the "
            "composer: look at the pane whether it arrived",
        )
    return replace(progress, acted_at=since), Wait(since + RESUME_SECONDS)


def _unseen(request: Request, shown: bool, signals: Signals) -> Finish:
    detail = "the prompt was pasted but did not appear in the composer"
    if shown:
        detail = "the prompt stands in the composer, whose pane did not keep still for Enter"
    elif holds_more(request.text, signals.composer_text or signals.prompt_text):
        detail = "somebody typed into the composer behind the prompt; both stand there, not sent"
    return Finish(RequestOutcome.UNVERIFIED, detail)


def _wait_for_departure(
    request: Request, progress: DeliveryProgress, look: AgentSnapshot, signals: Signals
) -> Step:
    ours, until = _composes(request.text, signals), progress.acted_at + ENTER_SECONDS
    until += _reading(request)
    latest = until - ENTER_SECONDS + WITNESS_SECONDS
    if _in_journal(progress, look) and (not ours or look.at >= until):
        return progress, Finish(RequestOutcome.SUBMITTED, "the tool's journal has its turn")
    if signals.prompt_visible and not ours and not _drafted(look, signals):
        return progress, _let_go(request, progress, look, signals, latest)
    if look.at < until:
        return progress, Wait(until)
    if not signals.prompt_visible:
        return progress, _without_composer(request, look, signals, latest)
    if not ours:
        return progress, Finish(
            RequestOutcome.UNVERIFIED, "after Enter the composer holds another text than the prompt"
        )
    if progress.presses >= MOST_PRESSES:
        stays = replace(progress, stage=DeliveryStage.RETRACTING, acted_at=look.at)
        return stays, TakeOut()
    again = replace(progress, acted_at=look.at, presses=progress.presses + 1)
    return again, Press("Enter")


def _in_journal(progress: DeliveryProgress, look: AgentSnapshot) -> bool:
    """Whether the tool itself wrote down that a turn began since Enter."""
    before, now = progress.begun_before, look.turns_begun
    return before is not None and now is not None and now > before


def _let_go(
    request: Request,
    progress: DeliveryProgress,
    look: AgentSnapshot,
    signals: Signals,
    until: float,
) -> Action:
    """The composer holds the prompt no more: is there a turn of it on the witness's record?"""
    witness = "its journal has no turn of it"
    before, now = progress.begun_before, look.turns_begun
    # With fewer turns than before it is another process's journal by now.
    if before is None or now is None or now < before:
        if signals.active_evidence or signals.turn.begun:
            return Finish(RequestOutcome.SUBMITTED, "the prompt left the composer")
        witness = "its screen shows no turn"
    if look.at < until:
        return Wait(until)
    # A tool may begin its journal with its first turn, and late.
    answers = signals.active_evidence or signals.turn.answered
    if before == 0 and answers and shows(request.text, signals.turn.prompt):
        return Finish(RequestOutcome.SUBMITTED, "the screen shows the first turn")
    return Finish(
        RequestOutcome.UNVERIFIED,
        f"the prompt left the composer, but nothing shows that the tool took it: {witness}",
    )


def _without_composer(
    request: Request, look: AgentSnapshot, signals: Signals, until: float
) -> Action:
    """No composer is to be seen after Enter: the turn has it, or the screen is drawn late."""
    if signals.active_evidence or _asks_about(request, signals):
        return Finish(RequestOutcome.SUBMITTED, "the agent works on the prompt")
    if look.at < until and signals.blocked_on is None:
        return Wait(until)
    return Finish(
        RequestOutcome.UNVERIFIED, "after Enter no composer is to be seen; look at the pane"
    )


def _wait_for_emptiness(
    request: Request, progress: DeliveryProgress, look: AgentSnapshot, signals: Signals
) -> Step:
    until = progress.acted_at + CLEAR_SECONDS
    if signals.prompt_visible and not _drafted(look, signals):
        return progress, Finish(
            RequestOutcome.UNVERIFIED,
            "the tool did not take the prompt; it was taken out of the composer again",
        )
    if look.at < until:
        return progress, Wait(until)
    return progress, Finish(
        RequestOutcome.UNVERIFIED, "the prompt stands in the composer but Enter did not send it"
    )


def _wait_for_command(
    request: Request, progress: DeliveryProgress, look: AgentSnapshot, signals: Signals
) -> Step:
    if signals.blocked_on is not None:
        return progress, Finish(
            RequestOutcome.COMMAND_OPENED_DIALOG, "the command opened a dialog; it waits for you"
        )
    if look.at - progress.acted_at < COMMAND_SECONDS:
        return progress, Wait(progress.acted_at + COMMAND_SECONDS)
    if signals.active_evidence or (signals.prompt_visible and not _drafted(look, signals)):
        return progress, Finish(RequestOutcome.COMMAND_TAKEN, "the command left the composer")
    if look.at - progress.acted_at < CLEAR_SECONDS:
        return progress, Wait(progress.acted_at + CLEAR_SECONDS)
    if _composes(request.text, signals):
        return replace(progress, stage=DeliveryStage.RETRACTING, acted_at=look.at), TakeOut()
    return progress, Finish(
        RequestOutcome.UNVERIFIED, "nobody can tell what the command did; look at the pane"
    )


_STEPS = {
    DeliveryStage.PASTED: _wait_for_text,
    DeliveryStage.ENTERED: _wait_for_departure,
    DeliveryStage.RETRACTING: _wait_for_emptiness,
    DeliveryStage.RESUMED: _resume,
}


def _asks_about(request: Request, signals: Signals) -> bool:
    """Whether a question stands below our prompt, before the composer was seen again."""
    return signals.blocked_on is not None and shows(request.text, signals.turn.prompt)


def _reading(request: Request) -> float:
    """Seconds that a tool may need to take the text in."""
    return len(request.text) / READS_PER_SECOND


def _drafted(look: AgentSnapshot, signals: Signals) -> bool:
    """Whether an idle composer holds text, whoever put it there."""
    return signals.editing_input is Tristate.YES and not _is_busy(look, signals)


def _is_busy(look: AgentSnapshot, signals: Signals) -> bool:
    return signals.active_evidence or look.phase is TurnPhase.ACTIVE


def _composes(text: str, signals: Signals) -> bool:
    # In a version nobody has checked, text is no draft for sure; ours is known by its words.
    composer = signals.composer_text
    return shows(text, signals.prompt_text if composer is None else composer)


def _fills(text: str, look: AgentSnapshot, signals: Signals) -> bool:
    """Whether the text has taken so much of the pane that no composer can be made out."""
    composer = signals.composer_text or signals.prompt_text
    if look.frame is None or (signals.prompt_visible and not composer):
        return False
    return fills(text, composer, "\n".join(row.plain for row in parse(look.frame.raw).rows))


def _interrupt(progress: DeliveryProgress, look: AgentSnapshot) -> Step:
    assert look.signals is not None
    # Escape refuses an approval and with it ends the turn that asked.
    asks = look.signals.blocked_on is BlockedOn.APPROVAL
    if not asks and look.phase is not TurnPhase.ACTIVE and not look.signals.active_evidence:
        done = progress.presses > 0
        return progress, Finish(
            RequestOutcome.INTERRUPTED if done else RequestOutcome.NO_OP,
            "the turn stopped" if done else "no turn was running",
        )
    # After that the screen may be late, and one key more would mean something else.
    again = progress.presses == 1 and look.signals.stops_on_second_key
    gap = SECOND_KEY_SECONDS if again else ENTER_SECONDS
    if progress.presses and look.at - progress.acted_at < gap:
        return progress, Wait(progress.acted_at + gap)
    if progress.presses >= MOST_PRESSES:
        return progress, Finish(RequestOutcome.UNVERIFIED, "the agent went on working after Escape")
    pressed = replace(
        progress, stage=DeliveryStage.ENTERED, acted_at=look.at, presses=progress.presses + 1
    )
    return pressed, Press("Escape")
