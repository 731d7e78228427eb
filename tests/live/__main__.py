"""`python -m tests.live turns --tool codex --count 60 --api agentstub.py --bin DIR`."""

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from houmao.tools.catalog import NAMES
from tests.live import (
    cao_programs,
    commands,
    crews,
    foreign_gateways,
    gateway_kills,
    headless,
    judge,
    letters,
    limits,
    page,
    prompt_kills,
    prompts,
    replies,
    run_recorder,
    scene,
    texts,
    turns,
    walk,
    wild,
)
from tests.live.cao_server import cao_server
from tests.live.lab import Lab, Setup, lab
from tests.live.matrix import command
from tests.live.matrix.looks import named_look
from tests.live.sight import Sight
from tests.live.told import table
from tests.unit.track.shared_cases import folder


def main() -> int:
    """Run one experiment and print its table; 1 when something false was told."""
    options = _parser().parse_intermixed_args()
    alone = _ALONE.get(options.experiment)
    return alone(options) if alone else _in_lab(options)


#: Experiments that need no lab, or make their own.
_ALONE: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "replay": lambda it: _replay(it.files, titles=not it.untitled),
    "prompt-kills": lambda it: prompt_kills.run(it.count, it.seed),
    "headless": lambda it: headless.run(it.tool, it.api, it.bin),
    "foreign-gateways": lambda it: foreign_gateways.run(Setup(it.tool, it.api, it.bin)),
    "gateway-kills": lambda it: gateway_kills.run(it.count, it.seed, it.api, it.bin),
    "cao": lambda it: cao_programs.run(it.api, it.bin),
    "crews": lambda it: crews.run(it.count, it.seed, crews.pair, it.api, it.bin),
    "crews-cao": lambda it: crews.run(it.count, it.seed, cao_server, it.api, it.bin),
    "letters": lambda it: letters.run(it.api, it.bin),
    "walk": lambda it: walk.run(it.tool, it.api, it.bin),
    "matrix": lambda it: _matrix(it),
}


def _in_lab(options: argparse.Namespace) -> int:
    words = None if options.args is None else tuple(shlex.split(options.args))
    columns, _, rows = options.size.partition("x")
    look = named_look(options.tool, options.look)
    size = (int(columns), int(rows))
    limited = options.experiment in ("wild", "limits")
    setup = Setup(
        options.tool, options.api, options.bin, words, *size, look, options.sight, limited
    )
    with lab(setup) as found:
        return _WITH_AN_AGENT[options.experiment](found, options)


def _told(lines: Iterator[str]) -> int:
    for line in lines:
        print(line, flush=True)
    return 0


def _replay(files: list[Path], titles: bool) -> int:
    right = True
    for file in files:
        verdicts = run_recorder.rejudged(json.loads(file.read_text()), titles)
        print(judge.table(file.stem, verdicts))
        right &= all(verdict.right for verdict in verdicts)
    return 0 if right else 1


def _matrix(options: argparse.Namespace) -> int:
    keep = options.keep or Path("matrix")
    if options.cli is None:
        return command.rescore(options.files, keep)
    api = options.api or folder() / "agentstub" / "agentstub.py"
    wanted = (options.tool, options.cli, api, keep, options.versions, options.only, options.quick)
    return command.run(command.Matrix(*wanted))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.live", description=__doc__)
    parser.add_argument("experiment", choices=(*_WITH_AN_AGENT, *_ALONE))
    parser.add_argument("files", nargs="*", type=Path, help="kept runs, for replay and matrix")
    parser.add_argument("--tool", choices=NAMES)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="kinds of turns, moments or looks that begin so")
    parser.add_argument("--api", type=Path, help="the scripted API's file")
    parser.add_argument("--bin", default="", help="folder with the CLI")
    parser.add_argument("--args", help="options of the CLI instead of the usual ones")
    parser.add_argument("--look", default="plain", help="a look of the matrix, by its name")
    parser.add_argument("--sight", type=Sight, default=Sight.BOTH, choices=Sight, help="witnesses")
    parser.add_argument("--size", default="80x24", help="columns x rows of the terminal")
    parser.add_argument(
        "--cases", type=Path, help="JSON lines of texts and what must become of them; else our own"
    )
    parser.add_argument("--keep", type=Path, help="folder for a recording with its truth")
    parser.add_argument("--cli", type=Path, help="matrix: where the CLI is installed")
    parser.add_argument("--versions", nargs="+", default=(), help="matrix: folders below --cli")
    parser.add_argument("--quick", action="store_true", help="matrix: few looks and scenes")
    parser.add_argument("--untitled", action="store_true", help="replay without pane titles")
    parser.add_argument("--title", help="what the run is called")
    return parser


def _turns(found: Lab, options: argparse.Namespace) -> int:
    recording, played = run_recorder.RunRecorder(found), list[turns.Turn]()
    title = options.title or f"{options.tool}-{options.size}"
    try:
        for turn in turns.play(found, options.count, options.only):
            played.append(turn)
            sys.stderr.write(f"{turn.verdict}\n")
    finally:
        if options.keep:
            run_recorder.keep(recording.case(title, played), options.keep)
    verdicts = [turn.verdict for turn in played]
    print(judge.table(title, verdicts))
    return 0 if all(v.right for v in verdicts) else 1


def _prompts(found: Lab, options: argparse.Namespace) -> int:
    tries = []
    for each in prompts.play(found, options.count, options.seed, options.only):
        tries.append(each)
        sys.stderr.write(f"{each}\n")
    print(prompts.table(options.tool, tries))
    return 0 if all(t.right for t in tries) else 1


def _texts(found: Lab, options: argparse.Namespace) -> int:
    told = []
    for each in texts.play(found, texts.cases(options.cases, options.tool, options.only)):
        told.append(each)
        sys.stderr.write(f"{'right' if each.right else 'WRONG'} {texts.line(each)}\n")
    print(texts.table(options.tool, told))
    return 0 if all(it.right for it in told) else 1


def _wild(found: Lab, _: argparse.Namespace) -> int:
    watcher, verdicts = wild.Watcher(found, found.work.parent / "watch.txt"), []
    for each in wild.play(found):
        verdicts.append(each)
        sys.stderr.write(f"{each}\n")
        if each.name == wild.ANSWERED:
            print("\n".join(wild.shown(found)))
    print(found.manager("agents", "explain", found.tool))
    print(watcher.lines())
    print(table(found.tool, verdicts))
    return 0 if all(each.right for each in verdicts) else 1


def _limits(found: Lab, _: argparse.Namespace) -> int:
    verdicts = []
    for each in limits.play(found):
        verdicts.append(each)
        sys.stderr.write(f"{each}\n{'' if each.right else found.screen()}")
    print(table(found.tool, verdicts))
    return 0 if all(each.right for each in verdicts) else 1


def _page(found: Lab, _: argparse.Namespace) -> int:
    right = True
    for step in page.play(found):
        print(step, flush=True)
        right &= step.right
    return 0 if right else 1


def _replies(found: Lab, _: argparse.Namespace) -> int:
    tries = []
    for each in replies.play(found):
        tries.append(each)
        sys.stderr.write(f"{each}\n")
    print(replies.table(found.tool, tries))
    return 0 if all(each.right for each in tries) else 1


#: Experiments with one agent in a lab.
_WITH_AN_AGENT: Mapping[str, Callable[[Lab, argparse.Namespace], int]] = {
    "turns": _turns,
    "scene": lambda found, _: _told(scene.play(found)),
    "commands": lambda found, _: _told(commands.play(found)),
    "texts": _texts,
    "prompts": _prompts,
    "replies": _replies,
    "page": _page,
    "wild": _wild,
    "limits": _limits,
}

if __name__ == "__main__":
    sys.exit(main())
