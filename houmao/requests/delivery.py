"""What to do next with a request, given what the agent's screen shows. Pure.

A prompt is typed at most once:
pasted when the agent has been ready for a moment, sent with Enter when the composer shows it,
and done when the composer does not show it any more and the tool's journal has a turn of it, or,
without a journal, the screen has. Only Enter is ever repeated, and only while the composer still
shows our own text and no list of completions. What the tool does not take is taken out again.

    waiting --ready--> pasted --text seen--> entered --text gone--> submitted
                                                     --it stays--> retracting
    resumed --text seen--> entered

What a process that ended had typed is taken up by its successor: the text is sent if it still
stands in the composer, submitted if the tool's journal has it, and else its end is told.
"""

from dataclasses import replace

from houmao.detect.signals import BlockedOn, Signals
from houmao.requests.composer import holds_more
from houmao.requests.departure import (
    BUSY_WITNESS_SECONDS,
    BY_FATE,
    wait_for_command,
    wait_for_departure,
)
from houmao.requests.interrupting import interrupt
from houmao.requests.readiness import wait_for_ready
from houmao.requests.request import Request, RequestKind, RequestOutcome
from houmao.requests.retracting import take_out, wait_for_emptiness
from houmao.requests.steps import (
    AgentSnapshot,
    DeliveryProgress,
    DeliveryStage,
    Finish,
    Press,
    Step,
    Wait,
    reading_seconds,
)
from houmao.tools.parts.texts import TextFate

#: Seconds between the paste and Enter, in which a tool folds a long paste.
FOLD_SECONDS = 0.3
#: Seconds in which the pasted text must appear in the composer.
APPEAR_SECONDS = 6.0
#: The same while nothing at all has changed on the screen: the tool has read nothing yet, and would
#: show the text later, together with the next one.
STILL_SECONDS = 30.0
#: Seconds in which a text that a former process typed must be seen in the composer, or told by
#: the journal.
RESUME_SECONDS = 2.0


def advance(
    request: Request, progress: DeliveryProgress, look: AgentSnapshot, deadline: float
) -> Step:
    """The next action; `deadline` is the request's, on the looks' clock."""
    signals = look.signals
    if signals is None:
        return progress, _gone(request, progress) if look.readable else _unreadable()
    if request.kind is RequestKind.INTERRUPT:
        return interrupt(progress, look, signals)
    match progress.stage:
        case DeliveryStage.PASTED:
            return _wait_for_text(request, progress, look, signals)
        case DeliveryStage.ENTERED if request.kind is RequestKind.RUN_COMMAND:
            return wait_for_command(request, progress, look, signals)
        case DeliveryStage.ENTERED:
            return wait_for_departure(request, progress, look, signals)
        case DeliveryStage.RETRACTING:
            return wait_for_emptiness(progress, look)
        case DeliveryStage.RESUMED:
            return _resume(request, progress, look)
    return wait_for_ready(progress, look, signals, deadline)


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


def _wait_for_text(
    request: Request, progress: DeliveryProgress, look: AgentSnapshot, signals: Signals
) -> Step:
    waited, longest = look.at - progress.acted_at, APPEAR_SECONDS + reading_seconds(request.text)
    if waited >= longest and _stands_still(progress, look):
        return replace(progress, acted_at=look.at), Wait(look.at + longest)
    shown = look.composes(request.text)
    # Enter would choose from its list, which is what a command wants.
    listed = signals.blocked_on is BlockedOn.MENU and request.kind is not RequestKind.RUN_COMMAND
    if listed and waited >= longest:
        return take_out(progress, look)
    if (shown or look.fills(request.text)) and waited < 2 * longest:
        if waited >= FOLD_SECONDS and progress.seen and not listed:
            return _entered(look, signals), Press("Enter", begins_turn=True)
        return replace(progress, seen=True), Wait(progress.acted_at + FOLD_SECONDS)
    if waited >= longest:
        return progress, _unseen(request, shown, look)
    return replace(progress, seen=False), Wait(progress.acted_at + longest)


def _stands_still(progress: DeliveryProgress, look: AgentSnapshot) -> bool:
    """Whether the tool has shown nothing since the paste, and may still do."""
    before, now = progress.pasted_on, look.frame
    same = before is not None and now is not None and before.raw == now.raw
    return same and look.at - progress.pasted_at < STILL_SECONDS


def _entered(look: AgentSnapshot, signals: Signals) -> DeliveryProgress:
    return DeliveryProgress(
        DeliveryStage.ENTERED,
        acted_at=look.at,
        presses=1,
        begun_before=look.turns_begun,
        told_before=look.prompts_told or 0,
        silent_before=look.journal_silent,
        unknown_before=look.unknown_shown,
        shown_before=signals.turn,
    )


def _resume(request: Request, progress: DeliveryProgress, look: AgentSnapshot) -> Step:
    since = progress.acted_at or look.at
    if look.prompted_since and look.fate is not TextFate.CHANGED:
        return progress, BY_FATE[look.fate]
    if look.composes(request.text) or look.fills(request.text):
        # It is seen twice, as a text of our own is: from here on it is one.
        pasted = DeliveryProgress(DeliveryStage.PASTED, acted_at=look.at, seen=True)
        return pasted, Wait(look.at + FOLD_SECONDS)
    # A turn may be of our prompt, and its journal may be late.
    until = since + (BUSY_WITNESS_SECONDS if look.is_busy else RESUME_SECONDS)
    if look.at >= until:
        return progress, Finish(
            RequestOutcome.UNVERIFIED,
            "the watch process ended while the prompt was typed; it does not stand in the "
            "composer: look at the pane whether it arrived",
        )
    return replace(progress, acted_at=since), Wait(until)


def _unseen(request: Request, shown: bool, look: AgentSnapshot) -> Finish:
    detail = "the prompt was pasted but did not appear in the composer"
    if shown:
        detail = "the prompt stands in the composer, whose pane did not keep still for Enter"
    elif holds_more(request.text, look.composed):
        detail = "somebody typed into the composer behind the prompt; both stand there, not sent"
    return Finish(RequestOutcome.UNVERIFIED, detail)
