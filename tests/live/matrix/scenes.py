"""What happens in a recording of the matrix, and what is true of it: data, from the script alone.

A step is either something a person does at the composer, with the state that follows from it, or
a turn, whose truth the scripted API's log tells. Knows no look and no detector.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true while a step stands."""

    phase: str = "ready"
    accepting: str = "yes"
    editing: str = "no"
    blocked_on: str | None = None


IDLE = Standing()
DRAFT = Standing(editing="yes")
MENU = Standing("unknown", "yes", "yes", "menu")
HELP = replace(MENU, editing="no")
SEARCH = Standing("unknown", "no", "no", "menu")
DIALOG = Standing("unknown", "no", "no", "dialog")
APPROVAL = Standing("unknown", "no", "no", "approval")
WORKING = Standing("active")
WORKING_DRAFT = Standing("active", "yes", "yes")


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person does outside of a turn, looked at for `seconds`."""

    name: str
    standing: Standing
    typed: str = ""
    keys: tuple[str, ...] = ()
    #: What the screen must come to show (a pattern); else the scene was not reached.
    shows: str = ""
    #: Keys that lead back to an empty composer.
    back: tuple[str, ...] = ()
    seconds: float = 2.5
    quick: bool = True


@dataclass(frozen=True, slots=True)
class Turn:
    """A prompt and what a person does while it is answered."""

    name: str
    prompt: str
    #: Seconds after the API was asked at which a person presses Escape.
    escape_after: float | None = None
    #: Key that answers the approval it asks for, and whether that is a refusal.
    answer: str | None = None
    refuses: bool = False
    #: What a person types into the composer meanwhile, and takes back before the end.
    draft: str = ""
    #: Seconds within which the CLI asks again by itself after a failure.
    tries_again: float = 1.0
    quick: bool = True


Step = Act | Turn


def steps(tool: str, quick: bool) -> tuple[Step, ...]:
    """The scenes of a tool in the order in which they are played."""
    found: tuple[Step, ...] = (
        *_STARTS,
        *_OWN[tool],
        *_TURNS,
        *_APPROVALS[tool],
        *_again(_OWN[tool]),
    )
    return tuple(step for step in found if step.quick or not quick)


def _again(acts: tuple[Act, ...]) -> tuple[Act, ...]:
    """The same scenes below a conversation."""
    return tuple(replace(act, name=f"{act.name} after turns", quick=False) for act in acts)


_STARTS = (
    Act("start", IDLE, seconds=4.0),
    Act("draft", DRAFT, "a draft that nobody sends", back=("C-u",)),
)
_ENDLESS = f"STUB:slow 20 {'an answer nobody waits for ' * 6}"
_TURNS = (
    Turn("echo", "STUB:echo a short answer"),
    Turn("slow", "STUB:slow 4 some words that stream for a while"),
    Turn("think", "STUB:think 3 STUB:echo thought about it", quick=False),
    Turn("lines", "STUB:lines 60"),
    Turn("draft in a turn", "STUB:slow 8 words that stream", draft="and a draft", quick=False),
    Turn("error", "STUB:error 400"),
    Turn("error in the stream", "STUB:slow 1 STUB:error 500", tries_again=9.0, quick=False),
    Turn("interrupt", _ENDLESS, escape_after=3.0),
    Turn("stall", "STUB:slow 1 STUB:hang", escape_after=8.0),
)
_SLASH = Act("slash menu", MENU, "/", shows="/", back=("C-u",))
_FILES = Act("file popup", MENU, "see @alp", shows=r"alpha\.txt", back=("Escape", "C-u"))
_OWN: Mapping[str, tuple[Act, ...]] = {
    "claude": (
        _SLASH,
        _FILES,
        Act("model", DIALOG, "/model", ("Enter",), r"(?i)select model", ("Escape",)),
    ),
    "codex": (
        _SLASH,
        replace(_FILES, shows=r"alpha\.txt|no matches"),
        Act("help", HELP, "?", (), r"(?i)shortcuts", ("Escape",)),
        Act("history search", SEARCH, keys=("C-r",), shows="reverse-i-search", back=("Escape",)),
        Act("model", DIALOG, "/model", ("Enter",), r"(?i)select model", ("Escape", "Escape")),
    ),
    "gemini": (
        _SLASH,
        _FILES,
        Act("history search", SEARCH, keys=("C-r",), shows=r"\(r:\)", back=("Escape",)),
        Act("help", HELP, "?", (), "Shortcuts|select file or folder", ("Escape",)),
        Act("theme", DIALOG, "/theme", ("Enter",), r"Select Theme", ("Escape",)),
    ),
}
_WANTED = Turn("approve", "STUB:tool touch made.txt STUB:echo made", answer="Enter")
_ASKED = replace(_WANTED, prompt="STUB:ask touch made.txt STUB:echo made")
_APPROVALS: Mapping[str, tuple[Turn, ...]] = {
    tool: (wanted, replace(wanted, name="refuse", answer="Escape", refuses=True, quick=False))
    for tool, wanted in (("claude", _WANTED), ("codex", _ASKED), ("gemini", _WANTED))
}
