"""What the scripted API really said, beside the answer that is told of a turn."""

from collections.abc import Mapping, Sequence
from typing import Any

from houmao.errors import HoumaoError
from houmao.tools.catalog import tool_named
from tests.live.lab import Lab, came

#: Seconds in which a told answer must be the true one.
SOON = 2.0
#: Tools whose journals keep no line breaks at the end of an answer.
_STRIP = ("gemini",)
#: Tools that ask for the rest of an answer that broke off, and tell both parts as one.
_RESUME = ("qwen",)


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


def lie(
    found: Lab, log: Sequence[Mapping[str, Any]], request_id: str | None = None
) -> tuple[str, ...]:
    """A sentence where the told answer is not the API's, character for character.

    A request that waited for its turn is told it, too. Without a journal there is no answer.
    """
    true = said(log)
    if true is None or tool_named(found.tool).journal is None:
        return ()
    if came(lambda: _is(found.tool, told(found), true), SOON):
        own = request_id is None or _is(found.tool, _of_request(found, request_id), true)
        return () if own else ("the request was told another answer",)
    wrong = told(found)
    return (f"another answer was told: {wrong!r}",)


def _is(tool: str, answer: str | None, true: str) -> bool:
    """Whether that is the API's answer, as far as the tool keeps it."""
    if tool in _STRIP:
        true = true.rstrip("\n")
    return answer == true or (tool in _RESUME and (answer or "").endswith(true))


def _of_request(found: Lab, request_id: str) -> str | None:
    path = ("houmao", "agents", found.agent_id, "requests", request_id)
    return found.get(*path, wait_for="turn")["answer"]  # type: ignore[no-any-return]


def told(found: Lab) -> str:
    """The last answer as the server has it, or why it has none."""
    try:
        return str(found.get("houmao", "agents", found.agent_id, "answer")["answer"])
    except HoumaoError as error:
        return error.message
