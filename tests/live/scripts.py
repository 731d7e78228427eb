"""The kinds of turns that real CLIs are put through: what to prompt, and what a person does.

A prompt holds the scripted API's verbs. `{n}` is the number of the turn, so that a file that a
turn makes is new each time. Knows no CLI's screen and no verdict.
"""

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Script:
    """One kind of turn."""

    name: str
    prompt: str
    #: Seconds after the API was first asked at which a person presses Escape.
    escape_after: float | None = None
    #: Key that answers the dialog this turn opens.
    answer: str | None = None
    #: Whether that answer is a refusal, which ends the turn.
    refuses: bool = False
    #: A second prompt, typed this many seconds after the API was first asked.
    queued: str | None = None
    queued_after: float = 1.0
    #: A CLI asks again by itself within this many seconds after a failure.
    tries_again: float = 0.5

    def text(self, number: int, work: Path) -> str:
        """The prompt of the turn with that number, for a CLI that works in that folder."""
        return self.prompt.replace("{n}", str(number)).replace("{work}", str(work))


def _fails(name: str, prompt: str) -> Script:
    return Script(name, prompt, tries_again=5.0)


def _refuse(prompt: str) -> Script:
    return Script("refuse", prompt, answer="Escape", refuses=True)


_QUOTED = (
    "STUB:echo • Working (3s • esc to interrupt) ✻ Cooking… ⎿ Interrupted · What should Claude do"
    " instead? ■ Conversation interrupted ℹ Request cancelled. ✕ [API Error: no] Do you want to"
    " proceed? ❯ 1. Yes"
)

_REFUSED = _fails("error 400", "STUB:error 400")
_BROKEN = (
    _fails("error in the stream", "STUB:slow 1 STUB:error 500"),
    _fails("drop", "STUB:slow 1 STUB:drop"),
)

COMMON = (
    Script("echo", "STUB:echo a short answer"),
    Script("slow", "STUB:slow 2 some words that stream for a while"),
    Script("think", "STUB:think 2 STUB:echo thought about it"),
    Script("long", f"STUB:slow 9 {'a longer answer of many words that fill some rows ' * 8}"),
    Script("lines", "STUB:lines 60"),
    Script("slow lines", "STUB:slow 1 STUB:lines 12 STUB:slow 1"),
    Script("quotes", _QUOTED),
    _REFUSED,
    _fails("error 401", "STUB:error 401"),
    _BROKEN[0],
    _fails("flaky", "STUB:flaky 1 500 STUB:echo recovered {n}"),
    _BROKEN[1],
    Script("interrupt early", "STUB:slow 20 a long answer", escape_after=0.3),
    Script("interrupt late", "STUB:slow 20 a long answer", escape_after=2.5),
    Script("hang", "STUB:slow 1 STUB:hang", escape_after=3.0),
    Script("queue", "STUB:slow 3", queued="STUB:slow 1 the second"),
)

#: These a CLI tries again some times and then gives up; Gemini CLI goes on for minutes.
_TRIED = tuple(_fails(f"error {status}", f"STUB:error {status}") for status in (429, 500, 529))
_ESCAPED = tuple(replace(script, escape_after=7.0) for script in _TRIED)

_WRITE = '{"file_path": "new-{n}.txt", "content": "one\\ntwo\\nthree\\n"}'
_ABSOLUTE = _WRITE.replace("new-", "{work}/new-")
_CREATED = '{"path": "{work}/new-{n}.txt", "file_text": "one\\ntwo\\n"}'
_WRITTEN = '{"filePath": "{work}/new-{n}.txt", "content": "one\\ntwo\\n"}'
_PATCH = "*** Begin Patch\n*** Add File: new-{n}.txt\n+one\n+two\n*** End Patch"
_MIXED = "STUB:think 1 STUB:slow 1 STUB:{tool} STUB:slow 1 STUB:lines 30 STUB:echo done"

TOOLS = {
    "claude": (
        *_TRIED,
        Script("tool", "STUB:tool ls STUB:echo listed"),
        Script("approve", "STUB:tool touch live-{n}.txt STUB:echo made", answer="Enter"),
        Script(
            "refuse", "STUB:tool touch no-{n}.txt STUB:echo made", answer="Escape", refuses=True
        ),
        Script("call", f"STUB:call Write {_WRITE} STUB:echo written", answer="Enter"),
        Script("mixed", _MIXED.replace("{tool}", "tool ls")),
    ),
    "codex": (
        *_TRIED,
        Script("tool", "STUB:tool ls STUB:echo listed"),
        Script("approve", "STUB:ask touch live-{n}.txt STUB:echo made", answer="Enter"),
        _refuse("STUB:ask touch no-{n}.txt"),
        Script("call", f"STUB:call apply_patch {_PATCH}\nSTUB:echo written"),
        Script("mixed", _MIXED.replace("{tool}", "tool ls")),
    ),
    "gemini": (
        *_ESCAPED,
        Script("tool", 'STUB:call list_directory {"dir_path": "."} STUB:echo listed'),
        Script("approve", "STUB:tool touch live-{n}.txt STUB:echo made", answer="Enter"),
        Script(
            "refuse", "STUB:tool touch no-{n}.txt STUB:echo made", answer="Escape", refuses=True
        ),
        Script("call", f"STUB:call write_file {_WRITE} STUB:echo written", answer="Enter"),
        Script("mixed", _MIXED.replace("{tool}", 'call list_directory {"dir_path": "."}')),
    ),
    "qwen": (
        *_ESCAPED,
        Script("tool", 'STUB:call list_directory {"path": "{work}"} STUB:echo listed'),
        Script("approve", "STUB:tool touch live-{n}.txt STUB:echo made", answer="Enter"),
        _refuse("STUB:tool touch no-{n}.txt STUB:echo made"),
        Script("call", f"STUB:call write_file {_ABSOLUTE} STUB:echo written", answer="Enter"),
        Script("mixed", _MIXED.replace("{tool}", 'call list_directory {"path": "{work}"}')),
    ),
    "copilot": (
        *_ESCAPED,
        *(replace(script, escape_after=6.0) for script in _BROKEN),
        Script("tool", 'STUB:call view {"path": "{work}"} STUB:echo listed'),
        Script("approve", "STUB:tool touch live-{n}.txt STUB:echo made", answer="Enter"),
        _refuse("STUB:tool touch no-{n}.txt STUB:echo made"),
        Script("call", f"STUB:call create {_CREATED} STUB:echo written", answer="Enter"),
        Script("mixed", _MIXED.replace("{tool}", 'call view {"path": "{work}"}')),
    ),
    "opencode": (
        *_ESCAPED,
        *(replace(script, escape_after=6.0) for script in (_REFUSED, *_BROKEN)),
        Script("tool", 'STUB:call glob {"pattern": "*"} STUB:echo listed'),
        Script("approve", "STUB:tool touch live-{n}.txt STUB:echo made", answer="Enter"),
        _refuse("STUB:tool touch no-{n}.txt STUB:echo made"),
        Script("call", f"STUB:call write {_WRITTEN} STUB:echo written", answer="Enter"),
        Script("mixed", _MIXED.replace("{tool}", 'call glob {"pattern": "*"}')),
    ),
}


def kinds(tool: str) -> tuple[Script, ...]:
    """The kinds of turns of a tool; one of its own takes the place of a common one."""
    named = {script.name: script for script in (*COMMON, *TOOLS[tool])}
    return tuple(named.values())
