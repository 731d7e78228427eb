"""Whether the tool took what Enter was pressed on: who saw it, and for how long that is waited for.

The composer must let go of the text *and* a turn of it must be told: by the tool's journal where
there is one, else by the screen. Only Enter is ever repeated, while our text still stands there.
Pure.
"""

from dataclasses import replace

from houmao.detect.signals import Signals
from houmao.requests.request import DONE, Request, RequestOutcome
from houmao.requests.retracting import CLEAR_SECONDS, UNKNOWN_COMMAND, take_out
from houmao.requests.steps import (
    MOST_PRESSES,
    PRESS_SECONDS,
    Action,
    AgentSnapshot,
    DeliveryProgress,
    Finish,
    Press,
    Step,
    Wait,
    reading_seconds,
)
from houmao.tools.parts.texts import TextFate

#: Seconds after Enter in which a prompt that left the composer must be seen to have been taken.
WITNESS_SECONDS = 5.0
#: The same while a turn runs, or nothing is to be seen at all: on a busy machine a journal is
#: written long after the screen, and a screen is drawn long after the keys.
BUSY_WITNESS_SECONDS = 20.0
#: Seconds after Enter in which a journal that has the turn has its words, too.
WORDS_SECONDS = 1.0
#: What the journal makes of a prompt whose words it has.
BY_FATE = {
    TextFate.KEPT: Finish(RequestOutcome.SUBMITTED, "the tool's journal has its turn"),
    TextFate.NAMED: Finish(
        RequestOutcome.SUBMITTED,
        "the tool's journal has its turn, with the names of what the prompt refers to",
    ),
    TextFate.CHANGED: Finish(
        RequestOutcome.CHANGED,
        "the tool took the prompt, but by its journal its model got another text than was sent",
    ),
}
#: Seconds in which a command opens its dialog.
COMMAND_SECONDS = 0.8


def wait_for_departure(
    request: Request, progress: DeliveryProgress, look: AgentSnapshot, signals: Signals
) -> Step:
    """Submitted once a turn of the prompt is told, Enter again while it stands there."""
    ours, until = look.composes(request.text), progress.acted_at + PRESS_SECONDS
    until += reading_seconds(request.text)
    latest = until - PRESS_SECONDS + WITNESS_SECONDS
    told = _told_by_journal(progress, look)
    if told is not None and (not ours or (look.at >= until and told.outcome in DONE)):
        return progress, told
    if signals.prompt_visible and not ours and not look.is_drafted:
        return progress, _let_go(request, progress, look, signals, latest)
    if look.at < until:
        return progress, Wait(until)
    if not signals.prompt_visible:
        return progress, _without_composer(request, look, signals, latest)
    if not ours and progress.begun_before is not None and look.at < latest:
        return progress, Wait(latest)
    if not ours:
        return progress, _overwritten(request, progress, look, signals)
    return _press_again(progress, look)


def _press_again(progress: DeliveryProgress, look: AgentSnapshot) -> Step:
    """Enter once more for a text that it did not send."""
    until = progress.acted_at + BUSY_WITNESS_SECONDS
    if look.unread_keys and look.at < until:
        # The tool has not come to the first one; a second would be for what it shows then.
        return progress, Wait(until)
    if progress.presses >= MOST_PRESSES:
        return take_out(progress, look)
    again = replace(progress, acted_at=look.at, presses=progress.presses + 1)
    return again, Press("Enter")


def _told_by_journal(progress: DeliveryProgress, look: AgentSnapshot) -> Finish | None:
    """What the tool itself wrote down of a turn that began since Enter, and of its words."""
    before, now = progress.begun_before, look.turns_begun
    if before is None or now is None or now <= before:
        return None
    told = None if look.prompts_told is None else look.prompts_told - progress.told_before
    if told == 0 and look.at < progress.acted_at + WORDS_SECONDS:
        return None
    # Of several nobody knows which is ours.
    fate = look.fate if told == 1 else TextFate.KEPT
    # What a late journal tells may be of the turn before.
    return None if fate is TextFate.CHANGED and progress.silent_before else BY_FATE[fate]


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
    # A tool may begin its journal with its first turn, and late, or go on in another one.
    elif _shows_turn(request, progress, look, signals) and (
        progress.silent_before or look.at >= until
    ):
        return Finish(RequestOutcome.SUBMITTED, "the screen shows its turn, the journal not yet")
    until += BUSY_WITNESS_SECONDS - WITNESS_SECONDS if look.is_busy else 0.0
    if look.at < until:
        return Wait(until)
    return Finish(
        RequestOutcome.UNVERIFIED,
        f"the prompt left the composer, but nothing shows that the tool took it: {witness}",
    )


def _overwritten(
    request: Request, progress: DeliveryProgress, look: AgentSnapshot, signals: Signals
) -> Finish:
    """Another text stands in the composer; somebody typed it, if our Enter had counted."""
    if _shows_turn(request, progress, look, signals):
        return Finish(RequestOutcome.SUBMITTED, "the screen shows its turn, and another text")
    return Finish(
        RequestOutcome.UNVERIFIED, "after Enter the composer holds another text than the prompt"
    )


def _shows_turn(
    request: Request, progress: DeliveryProgress, look: AgentSnapshot, signals: Signals
) -> bool:
    """Whether the screen shows a turn of this prompt that it did not show before Enter."""
    turn, before = signals.turn, progress.shown_before
    is_new = turn.prompts > before.prompts or not look.tells(request.text, before.prompt)
    goes_on = signals.active_evidence or turn.answered
    return goes_on and is_new and look.tells(request.text, turn.prompt)


def _without_composer(
    request: Request, look: AgentSnapshot, signals: Signals, until: float
) -> Action:
    """No composer is to be seen after Enter: the turn has it, or the screen is drawn late."""
    if signals.active_evidence or _asks_about(request, look, signals):
        return Finish(RequestOutcome.SUBMITTED, "the agent works on the prompt")
    # Before their first turn some draw nothing at all until they have made ready for it.
    until += BUSY_WITNESS_SECONDS - WITNESS_SECONDS
    if look.at < until and signals.blocked_on is None:
        return Wait(until)
    return Finish(
        RequestOutcome.UNVERIFIED, "after Enter no composer is to be seen; look at the pane"
    )


def _asks_about(request: Request, look: AgentSnapshot, signals: Signals) -> bool:
    """Whether a question stands below our prompt, before the composer was seen again."""
    return signals.blocked_on is not None and look.tells(request.text, signals.turn.prompt)


def _unknown(request: Request, progress: DeliveryProgress, look: AgentSnapshot) -> Step | None:
    """What follows where the tool does not know the command, by its journal or by its screen."""
    told = (look.prompts_told or 0) - progress.told_before
    if told == 1 and look.fate is TextFate.KEPT:
        return progress, Finish(
            RequestOutcome.COMMAND_UNKNOWN,
            "the tool does not know the command; its model got it as a prompt",
        )
    if look.unknown_shown <= progress.unknown_before:
        return None
    return take_out(progress, look) if look.composes(request.text) else (progress, UNKNOWN_COMMAND)


def wait_for_command(
    request: Request, progress: DeliveryProgress, look: AgentSnapshot, signals: Signals
) -> Step:
    """A command is taken, opens a dialog, or is unknown; one that stays is taken out again."""
    if (unknown := _unknown(request, progress, look)) is not None:
        return unknown
    # A list of commands over our own is none of its doing.
    if signals.blocked_on is not None and not look.composes(request.text):
        return progress, Finish(
            RequestOutcome.COMMAND_OPENED_DIALOG, "the command opened a dialog; it waits for you"
        )
    if look.at - progress.acted_at < COMMAND_SECONDS:
        return progress, Wait(progress.acted_at + COMMAND_SECONDS)
    if signals.active_evidence or (signals.prompt_visible and not look.is_drafted):
        return progress, Finish(RequestOutcome.COMMAND_TAKEN, "the command left the composer")
    if look.at - progress.acted_at < CLEAR_SECONDS:
        return progress, Wait(progress.acted_at + CLEAR_SECONDS)
    if look.composes(request.text):
        return take_out(progress, look)
    return progress, Finish(
        RequestOutcome.UNVERIFIED, "nobody can tell what the command did; look at the pane"
    )
