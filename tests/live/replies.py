"""Questions of a real CLI answered from afar, each compared with what the CLI did then.

A question is answered as was asked and is gone, or nothing is typed at all: when another one is
open by then, and when none is.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from houmao.cli.client.http import Answer
from tests.live.lab import Lab, came, clear

#: What a prompt begins with so that its command needs a permission.
ASKS_FIRST = {"claude": "STUB:tool", "codex": "STUB:ask", "gemini": "STUB:tool"}
_COLOURS = [
    {"label": "Red", "description": "warm"},
    {"label": "Blue", "description": "cold"},
]
_QUESTION = {"question": "Which colour?", "header": "Colour", "options": _COLOURS}
#: How each tool is made to ask with choices of the model's own; Codex has no such question.
_ASKS = {
    "claude": ("AskUserQuestion", {**_QUESTION, "multiSelect": False}),
    "gemini": ("ask_user", {**_QUESTION, "question": "Which colour", "type": "choice"}),
}


@dataclass(frozen=True, slots=True)
class ReplyTry:
    """One reply: what was wanted and told, and whether the CLI did what follows from it."""

    scene: str
    wanted: str
    outcome: str
    detail: str
    followed: bool
    seconds: float
    shown: str

    @property
    def right(self) -> bool:
        """Told, and done."""
        return self.outcome == self.wanted and self.followed


def play(found: Lab) -> Iterator[ReplyTry]:
    """Every scene that the tool has, once."""
    scenes: list[Callable[[Lab], ReplyTry]] = [_approve, _deny, _changed, _none]
    if found.tool in _ASKS:
        scenes += [_choose, _words]
    for scene in scenes:
        clear(found)
        yield scene(found)


def _approve(found: Lab) -> ReplyTry:
    made = found.work / "approved.txt"
    asked = _permission(found, made.name)
    return _reply(found, "approve", asked, {"decision": "approve"}, "answered", made.exists)


def _deny(found: Lab) -> ReplyTry:
    made = found.work / "denied.txt"
    asked = _permission(found, made.name)

    def refused() -> bool:
        return _dialog(found)["dialog"] is None and not made.exists()

    return _reply(found, "deny", asked, {"decision": "deny"}, "answered", refused)


def _changed(found: Lab) -> ReplyTry:
    """A person answers meanwhile, and the agent asks something else."""
    former = _permission(found, "former.txt")
    found.keys("Escape")
    clear(found)
    other = found.work / "other.txt"
    now = _permission(found, other.name)

    def untouched() -> bool:
        time.sleep(1.0)
        return _dialog(found) == now and not other.exists()

    told = _reply(found, "changed", former, {"decision": "approve"}, "question_changed", untouched)
    found.keys("Escape")
    return told


def _none(found: Lab) -> ReplyTry:
    """A person answers meanwhile, and the composer is back."""
    former = _permission(found, "nobody.txt")
    found.keys("Escape")
    clear(found)

    def empty() -> bool:
        state = found.state()
        return state is not None and state.tracked.surface.editing_input.value == "no"

    return _reply(found, "none open", former, {"choose": 1}, "question_changed", empty)


def _choose(found: Lab) -> ReplyTry:
    asked = _choices(found)
    return _reply(found, "choose", asked, {"choose": 2}, "answered", lambda: _said(found, "Blue"))


def _words(found: Lab) -> ReplyTry:
    asked = _choices(found)
    words = "a dark green, please"
    return _reply(found, "words", asked, {"text": words}, "answered", lambda: _said(found, words))


def _said(found: Lab, words: str) -> bool:
    """Whether the model was told these words as the answer."""
    requests = [json.dumps(entry) for entry in found.api_log() if entry["event"] == "begin"]
    return bool(requests) and words in requests[-1]


def _permission(found: Lab, name: str) -> Answer:
    return _asked(found, f"{ASKS_FIRST[found.tool]} touch {name}")


def _choices(found: Lab) -> Answer:
    name, question = _ASKS[found.tool]
    return _asked(found, f"STUB:call {name} {json.dumps({'questions': [question]})}")


def _asked(found: Lab, prompt: str) -> Answer:
    found.submit(prompt)
    assert came(lambda: _dialog(found)["dialog"] is not None, 20), found.screen()
    return _dialog(found)


def _dialog(found: Lab) -> Answer:
    return found.get("houmao", "agents", found.agent_id, "dialog")


def _reply(
    found: Lab,
    scene: str,
    asked: Answer,
    answer: Answer,
    wanted: str,
    followed: Callable[[], bool],
) -> ReplyTry:
    before = time.time()
    body = {"digest": asked["dialog"]["digest"], **answer}
    path = ("houmao", "agents", found.agent_id, "reply")
    request = found.request(str(found.post(*path, body=body)["request_id"]), before + 30)
    taken = time.time() - before
    done = came(followed, 15)
    shown = "\n".join(asked["dialog"]["rows"])
    return ReplyTry(scene, wanted, str(request.outcome), request.detail, done, taken, shown)


def table(tool: str, tries: list[ReplyTry]) -> str:
    """One line for each reply, and the question of each that went wrong."""
    lines = [f"{tool}: {sum(each.right for each in tries)}/{len(tries)} right"]
    for each in tries:
        right = "right" if each.right else "WRONG"
        lines.append(f"  {each.scene:9} {right} {each.outcome} in {each.seconds:.2f} s")
        lines += [] if each.right else [each.detail, each.shown]
    return "\n".join(lines)
