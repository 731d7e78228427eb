"""A stub agent for one terminal: looks and behaves like Claude Code, Codex or Gemini CLI.

`python -m houmao.demo.stub_agent --tool claude --script 'idle 2, turn 3, again'`. The process
runs under the tool's name, so that whoever looks for the tool finds it. It imports only the
standard library and this folder, to stay small and to start fast.
"""

import argparse
import os
import sys
from pathlib import Path

from houmao.demo.play import Play
from houmao.demo.screens import TOOLS
from houmao.demo.script import DEFAULT_TURN_SECONDS, parse_script
from houmao.demo.stub_terminals import StubTerminal, StubTerminals
from houmao.demo.truth import TruthLog, ignore
from houmao.errors import UsageError

_PROGRAM = """import sys
sys.path.insert(0, {root!r})
from houmao.demo.stub_agent import main
main()"""


def main() -> int:
    """Play one agent on this process's terminal; 2 when the options make no sense."""
    options = _options(sys.argv[1:])
    if not sys.stdin.isatty():
        sys.stderr.write("Error: a stub agent needs a terminal; start it in a tmux pane\n")
        return 2
    try:
        play = Play(options.tool, parse_script(options.script), options.turn_seconds)
    except UsageError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 2
    _become(options.tool)
    log = TruthLog(Path(options.truth)).painted if options.truth else ignore
    StubTerminals([StubTerminal(options.name, sys.stdin.fileno(), play, _folder())], log).run()
    return 0


def command(tool: str, *options: str) -> list[str]:
    """The command line that starts a stub agent of this tool, from whatever folder."""
    return [sys.executable, "-P", "-c", _program(), "--tool", tool, *options]


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stub_agent", description=__doc__)
    parser.add_argument("--tool", choices=TOOLS, required=True)
    parser.add_argument("--script", default="", help="steps, e.g. 'idle 2, turn 3, ask, again'")
    parser.add_argument("--turn-seconds", type=float, default=DEFAULT_TURN_SECONDS)
    parser.add_argument("--name", default="stub", help="the agent's name in the truth log")
    parser.add_argument("--truth", default="", help="file for a JSON line per painted event")
    return parser.parse_args(arguments)


def _become(tool: str) -> None:
    """Run this program again with the tool's name as argv[0], unless it already runs so."""
    if sys.orig_argv[0] == tool:
        return
    # Imported here: the agent itself, which runs on for hours, does without.
    from houmao.config import environment

    # Python finds its own library by argv[0], which will no longer say where it lies.
    home = {"PYTHONHOME": f"{sys.base_prefix}:{sys.base_exec_prefix}"}
    program = [tool, "-P", "-S", "-c", _program(), *sys.argv[1:]]
    os.execve(sys.executable, program, {**environment(), **home})


def _program() -> str:
    return _PROGRAM.format(root=str(Path(__file__).resolve().parents[2]))


def _folder() -> str:
    home, here = str(Path.home()), os.getcwd()
    return "~" + here[len(home) :] if here == home or here.startswith(home + "/") else here


if __name__ == "__main__":
    sys.exit(main())
