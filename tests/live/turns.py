"""Scripted turns on a real CLI, each compared with what the scripted API did.

Half of the prompts are typed as a person would, half are handed to the server. What is true and
what is a lie is `judge`'s business.
"""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

from houmao.state.values import FleetEvent
from tests.live import answers
from tests.live.judge import Course, Told, Verdict, course, judged, verdict_delay
from tests.live.lab import Lab, came, clear
from tests.live.scripts import Script, kinds

#: Seconds until a CLI that was given a prompt asks the API, and until a turn is over.
ASKS_SECONDS, TURN_SECONDS = 20.0, 45.0


@dataclass(slots=True)
class Played:
    """One turn under way."""

    found: Lab
    script: Script
    #: Where its events and its part of the API's log begin.
    after: str
    seen: int
    pressed: float | None = None
    troubles: tuple[str, ...] = ()

    @property
    def log(self) -> list[dict[str, object]]:
        """What the API saw of it."""
        return self.found.api_log()[self.seen :]

    @property
    def told(self) -> list[Told]:
        """What was told of it."""
        return [_told(event) for event in _own(self.found, self.after)]

    @property
    def course(self) -> Course | None:
        """How it went; None while it goes on."""
        return course(self.log, self.pressed, self.script.refuses)


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that is over, or was given up."""

    script: str
    typed: bool
    #: Epoch seconds at which it was about to begin.
    since: float
    #: None when it never ended.
    course: Course | None
    verdict: Verdict


def play(found: Lab, turns: int, only: str = "") -> Iterator[Turn]:
    """That many turns, all kinds in rotation, or those whose name begins with `only`."""
    chosen = [it for it in kinds(found.tool) if it.name.startswith(only)]
    if not found.sight.has_screens:
        # Nobody but a person can send a prompt there, and these have several rows.
        chosen = [it for it in chosen if "\n" not in it.prompt]
    for number, script in enumerate(itertools.islice(itertools.cycle(chosen), turns)):
        # Each kind is typed in one round and handed over in the next.
        typed = (number + number // len(chosen)) % 2 == 0 or not found.sight.has_screens
        yield _turn(found, script, number, typed and "\n" not in script.prompt)


def _turn(found: Lab, script: Script, number: int, typed: bool) -> Turn:
    clear(found)
    since, before = time.time(), found.told().get("last_turn_result", "none")
    played = Played(found, script, found.reader.last_event_id(), len(found.api_log()))
    text = script.text(number, found.work)
    request_id = None
    if typed:
        found.send(text)
    else:
        request_id = found.submit(text)
    _act(played)
    _await_end(played)
    time.sleep(0.5)
    told, true = played.told, played.course
    if found.sight.has_journals and true is not None and true.result == "success":
        played.troubles += answers.lie(found, played.log, request_id)
    if true is not None:
        early = {it.result for it in told if it.at < true.begin} - {"none", before}
        played.troubles += tuple(f"the turn before was told as {it} afterwards" for it in early)
    verdict = judged(script.name, typed, told, true, played.troubles)
    return Turn(script.name, typed, since, true, verdict)


def _act(played: Played) -> None:
    """Do what a person does during the turn."""
    found, script = played.found, played.script
    if not came(lambda: bool(played.log), ASKS_SECONDS):
        played.troubles += ("the API was never asked",)
        return
    if script.answer:
        if not came(lambda: _blocked(found), 15):
            played.troubles += ("the dialog is not told",)
        # A dialog may take no key in its first moment.
        time.sleep(1.0)
        pressed = time.time()
        found.keys(script.answer)
        played.pressed = pressed if script.refuses else None
    if script.queued is not None:
        time.sleep(script.queued_after)
        found.send(script.queued)
    if script.escape_after is not None:
        time.sleep(script.escape_after)
        played.pressed = time.time()
        found.interrupt()


def _blocked(found: Lab) -> bool:
    state = found.state()
    return state is not None and state.tracked.surface.blocked_on is not None


def _await_end(played: Played) -> None:
    """Wait for the end of the turn and for its verdict; what never comes is a trouble."""
    if not came(lambda: _over(played), TURN_SECONDS):
        played.troubles += ("no end",) if played.course is None else ("no verdict",)
        played.found.interrupt()


def _over(played: Played) -> bool:
    time.sleep(0.05)
    # The log grows meanwhile: the second is asked for before the first is looked at.
    if not _all_asked(played):
        return False
    true = played.course
    if true is None:
        return False
    # A tool's result, or another try, makes a request of its own.
    goes_on = played.script.tries_again if true.result == "known_failure" else 0.5
    if true.result != "interrupted" and time.time() - true.end < goes_on:
        return False
    return verdict_delay(played.told, true.end) is not None


def _all_asked(played: Played) -> bool:
    """Whether the API was asked for a queued prompt, or told what became of an approved tool."""
    script = played.script
    if script.queued:
        return any(script.queued in str(entry.get("prompt")) for entry in played.log)
    approved = script.answer is not None and not script.refuses
    return not approved or sum(entry["event"] == "begin" for entry in played.log) > 1


def _own(found: Lab, after: str) -> list[FleetEvent]:
    events = found.events(after)
    return [e for e in events if e.agent_id == found.agent_id and "turn_phase" in e.fields]


def _told(event: FleetEvent) -> Told:
    at = int(event.event_id.partition("-")[0]) / 1000
    return Told(at, event.fields["turn_phase"], event.fields.get("last_turn_result", "none"))
