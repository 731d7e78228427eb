"""What the scripted API really said, beside the answer that is told of a turn."""

from collections.abc import Mapping, Sequence
from typing import Any

from houmao.errors import HoumaoError
from tests.live.lab import Lab, came

#: Seconds in which a told answer must be the true one.
SOON = 2.0
#: Tools whose journals keep no line breaks at the end of an answer.
_STRIP = ("gemini",)


def said(log: Sequence[Mapping[str, Any]]) -> str | None:
    """The text of the last message that came whole; None where none did, or its words are random.

    Steps are `verb argument`, as the API writes them down.
    """
    answered = [it for it in log if it["event"] == "end" and it["outcome"] == "answered"]
    return "".join(_text(str(step)) for step in answered[-1]["steps"]) if answered else None


def _text(step: str) -> str:
    verb, _, argument = step.partition(" ")
    number, _, words = argument.partition(" ")
    match verb:
        case "echo":
            return argument
        case "lines":
            return "".join(f"line {n + 1}\n" for n in range(int(number)))
        case "slow":
            return " ".join(words.split() or _filler(float(number)))
    return ""


_WORDS = (
    "alpha",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliet",
)


def _filler(seconds: float) -> list[str]:
    return [_WORDS[n % len(_WORDS)] for n in range(max(2, int(seconds * 4)))]


def lie(found: Lab, log: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """A sentence where the told answer is not the API's, character for character."""
    true = said(log)
    if true is not None and found.tool in _STRIP:
        true = true.rstrip("\n")
    if true is None or came(lambda: told(found) == true, SOON):
        return ()
    wrong = told(found)
    return ("another answer was told" if wrong is not None else "no answer was told",)


def told(found: Lab) -> str | None:
    """The last answer as the server has it; None where it has none."""
    try:
        answer = found.get("houmao", "agents", found.agent_id, "answer")["answer"]
    except HoumaoError:
        return None
    return None if answer is None else str(answer)
