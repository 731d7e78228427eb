"""What a tracker session remembers between frames, and how an input or a frame changes it.

Pure; what a memory means for the state is the business of `rules`.
"""

from dataclasses import dataclass, replace

from houmao.detect.signals import Signals, TurnView
from houmao.track.state import LastTurnSource


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
    #: Some of its answer was on the screen.
    answered: bool = False
    #: The draft on the last frame that showed one.
    draft: str = ""
    #: The turn that settled as a success, while that is the last result.
    settled: TurnView | None = None
    #: The draft that stood below the turn when its result was published and did not matter.
    judged_draft: str | None = None


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
        settled=None,
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


def disarmed(memory: Memory) -> Memory:
    """The memory after a verdict: the turn before this one judges nothing when it shows again."""
    return replace(
        memory, armed=None, worked=False, awaiting=False, in_flight="", stale=memory.calm
    )
