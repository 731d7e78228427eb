"""A stand-in for a CLI that is run once for each turn: `headless_cli.py TOOL ARGUMENTS`.

It takes the command lines of Claude Code, Codex and Gemini CLI and prints what they print. What
it does is in the prompt:

    say TEXT        answers TEXT                    recall    answers with the former prompts
    slow SECONDS    works for so long               fail      meets an API error
    deaf SECONDS    the same, heeding no signal     orphan    leaves a process behind
                                                    forget    loses the conversation

Conversations are kept below the tool's home. When STUB_LOG names a file, it gets a line at the
beginning and at the end of each run: the witness of what was run. Standard library alone, so
that it starts in a moment.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

_HOMES = {"claude": "CLAUDE_CONFIG_DIR", "codex": "CODEX_HOME", "gemini": "GEMINI_CLI_HOME"}
_UNKNOWN = {
    "claude": "No conversation found with session ID: {}",
    "codex": "Error: no rollout found for thread id {}",
    "gemini": 'Error resuming session: Invalid session identifier "{}".',
}
#: Exit codes for an unknown conversation and for an API error.
_CODES = {"claude": (1, 1), "codex": (1, 1), "gemini": (42, 144)}
_BEAT = 0.2


class StubTurn:
    """One run of one tool."""

    def __init__(self, tool: str, arguments: Sequence[str]) -> None:
        self.tool = tool
        self.prompt = sys.stdin.read() or prompt_of(tool, arguments)
        self.former = former_of(tool, arguments)
        self.session = self.former or f"{tool}-{os.getpid()}-{time.time_ns()}"
        home = os.environ.get(_HOMES[tool]) or os.environ.get("HOME") or "."
        self.memory = os.path.join(home, "stub-conversations", self.session)

    def run(self) -> int:
        """The exit code, once everything was said."""
        if self.former is not None and not os.path.exists(self.memory):
            print(_UNKNOWN[self.tool].format(self.former), file=sys.stderr)
            return _CODES[self.tool][0]
        self.log("begin")
        before = self.recalled()
        # Before its name is said: whoever ends this run can continue what was named.
        self.remember()
        self.begin()
        code = self.work(before)
        self.log("end" if code == 0 else "failed")
        return code

    def work(self, before: list[str]) -> int:
        """What the prompt asks for; `before` are the former prompts."""
        word, _, rest = self.prompt.rpartition("\n")[2].partition(" ")
        if word == "fail":
            return self.fail("API Error: 400 the stub was told to fail")
        if word in ("slow", "deaf"):
            self.wait(float(rest.split()[0]))
        if word == "orphan" and os.fork() == 0:
            time.sleep(600)
            os._exit(0)
        if word == "forget":
            os.unlink(self.memory)
        self.succeed(" | ".join(before) if word == "recall" else rest or self.prompt)
        return 0

    def wait(self, seconds: float) -> None:
        """Work, with a sign of it now and then."""
        end = time.time() + seconds
        while (left := end - time.time()) > 0:
            time.sleep(min(_BEAT, left))
            self.progress()

    def recalled(self) -> list[str]:
        """The former prompts of this conversation."""
        try:
            with open(self.memory, encoding="utf-8") as file:
                return [json.loads(line) for line in file]
        except OSError:
            return []

    def remember(self) -> None:
        """Keep this prompt for later turns."""
        os.makedirs(os.path.dirname(self.memory), exist_ok=True)
        with open(self.memory, "a", encoding="utf-8") as file:
            file.write(json.dumps(self.prompt) + "\n")

    def log(self, what: str) -> None:
        """Tell the witness."""
        path = os.environ.get("STUB_LOG")
        if path:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            turn_id = os.environ.get("HOUMAO_TURN_ID", "-")
            os.write(fd, f"{what} {turn_id} {os.getpid()} {time.time():.3f}\n".encode())
            os.close(fd)

    # --- what each tool prints ------------------------------------------------------------

    def begin(self) -> None:
        match self.tool:
            case "claude":
                say(type="system", subtype="init", session_id=self.session)
            case "codex":
                say(type="thread.started", thread_id=self.session)
                say(type="turn.started")
            case _:
                say(type="init", session_id=self.session, model="stub")

    def progress(self) -> None:
        match self.tool:
            case "claude":
                part = {"type": "thinking", "thinking": "still at it"}
                say(type="assistant", message={"content": [part]}, session_id=self.session)
            case "codex":
                say(type="item.completed", item={"type": "reasoning", "text": "still at it"})
            case _:
                say(type="tool_use", tool_name="think", tool_id="t1", parameters={})

    def succeed(self, answer: str) -> None:
        match self.tool:
            case "claude":
                part = {"type": "text", "text": answer}
                say(type="assistant", message={"content": [part]}, session_id=self.session)
                end = {"is_error": False, "result": answer, "session_id": self.session}
                say(type="result", subtype="success", **end)
            case "codex":
                item = {"id": "item_1", "type": "agent_message", "text": answer}
                say(type="item.completed", item=item)
                say(type="turn.completed", usage={})
            case _:
                say(type="message", role="assistant", content=answer, delta=True)
                say(type="result", status="success", stats={})

    def fail(self, why: str) -> int:
        match self.tool:
            case "claude":
                end = {"is_error": True, "result": why, "session_id": self.session}
                say(type="result", subtype="success", api_error_status=400, **end)
            case "codex":
                say(type="turn.failed", error={"message": why})
            case _:
                say(type="result", status="error", error={"type": "Error", "message": why})
        return _CODES[self.tool][1]

    def interrupted(self) -> int:
        """What each tool does on Ctrl-C."""
        if self.tool == "claude":
            part = {"type": "text", "text": "[Request interrupted by user]"}
            say(type="user", message={"content": [part]}, session_id=self.session)
            end = {"is_error": True, "session_id": self.session}
            say(type="result", subtype="error_during_execution", **end)
        self.log("interrupted")
        return 1 if self.tool == "codex" else 0


def prompt_of(tool: str, arguments: Sequence[str]) -> str:
    """The prompt on a command line."""
    if "--" in arguments:
        return arguments[-1]
    if tool == "claude":
        return arguments[arguments.index("--output-format") - 1]
    if tool == "codex":
        return arguments[-1]
    found = [it.partition("=")[2] for it in arguments if it.startswith("--prompt=")]
    return found[0] if found else arguments[arguments.index("-p") + 1]


def former_of(tool: str, arguments: Sequence[str]) -> str | None:
    """The conversation that a command line continues."""
    mark = "resume" if tool == "codex" else "--resume"
    return arguments[arguments.index(mark) + 1] if mark in arguments else None


def say(**record: object) -> None:
    """One line of standard output, at once."""
    print(json.dumps(record), flush=True)


def main() -> NoReturn:
    """Be the tool that the first argument names."""
    turn = StubTurn(sys.argv[1], sys.argv[2:])
    if turn.prompt.startswith("deaf"):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
    try:
        code = turn.run()
    except KeyboardInterrupt:
        code = turn.interrupted()
    sys.exit(code)


if __name__ == "__main__":
    main()
