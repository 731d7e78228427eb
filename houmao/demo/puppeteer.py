"""Plays many stub agents from one process: their panes hold only a sleeping process each.

`python -m houmao.demo.puppeteer PLAN [--truth FILE]`. A stub agent of its own takes about
11 MB; here each takes some kilobytes, which is what makes fleets of hundreds affordable.
"""

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from houmao.demo.play import Play
from houmao.demo.script import parse_script
from houmao.demo.stub_terminals import StubTerminal, StubTerminals
from houmao.demo.truth import TruthLog, ignore
from houmao.errors import UsageError


@dataclass(frozen=True, slots=True)
class PuppetSpec:
    """One agent of a plan; `terminal` is the device of its pane, such as `/dev/pts/7`."""

    name: str
    tool: str
    terminal: str
    script: str


def main() -> int:
    """Play the plan until SIGTERM or until the last pane is gone."""
    parser = argparse.ArgumentParser(prog="puppeteer", description=__doc__)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--truth", type=Path)
    options = parser.parse_args()
    log = TruthLog(options.truth).painted if options.truth else ignore
    try:
        stubs = [_seat(part) for part in read_plan(options.plan)]
    except (OSError, UsageError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 2
    StubTerminals(stubs, log).run()
    return 0


def write_plan(path: Path, parts: list[PuppetSpec]) -> None:
    """Write a plan that `main` can play."""
    fields = ("name", "tool", "terminal", "script")
    path.write_text(json.dumps([{name: getattr(part, name) for name in fields} for part in parts]))


def read_plan(path: Path) -> list[PuppetSpec]:
    """The parts of a plan."""
    return [PuppetSpec(**part) for part in json.loads(path.read_text())]


def put_puppet(folder: Path, tool: str) -> Path:
    """A program that only sleeps and runs under the tool's name; give it the word `infinity`.

    The name comes from a link, since tmux starts commands under the name of their file.
    """
    puppet = folder / tool
    puppet.symlink_to("/bin/sleep")
    return puppet


def _seat(part: PuppetSpec) -> StubTerminal:
    terminal = os.open(part.terminal, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    return StubTerminal(part.name, terminal, Play(part.tool, parse_script(part.script)))


if __name__ == "__main__":
    sys.exit(main())
