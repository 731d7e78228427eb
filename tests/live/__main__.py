"""`python -m tests.live turns --tool codex --count 60 --api agentstub.py --bin DIR`."""

import argparse
import json
import shlex
import sys
from pathlib import Path

from tests.live import headless, judge, prompt_kills, prompts, scene, tape, turns, walk
from tests.live.lab import Lab, Setup, lab

EXPERIMENTS = ("scene", "turns", "prompts", "prompt-kills", "headless", "replay", "walk")


def main() -> int:
    """Run one experiment and print its table; 1 when something false was told."""
    options = _parser().parse_intermixed_args()
    if options.experiment == "replay":
        return _replay(options.files, titles=not options.untitled)
    if options.experiment == "prompt-kills":
        return prompt_kills.run(options.count, options.seed)
    if options.experiment == "headless":
        return headless.run(options.tool, options.api, options.bin)
    if options.experiment == "walk":
        return walk.run(options.tool, options.api, options.bin)
    words = None if options.args is None else tuple(shlex.split(options.args))
    columns, _, rows = options.size.partition("x")
    setup = Setup(options.tool, options.api, options.bin, words, int(columns), int(rows))
    with lab(setup) as found:
        if options.experiment == "turns":
            return _turns(found, options)
        if options.experiment == "scene":
            for line in scene.play(found):
                print(line, flush=True)
            return 0
        return _prompts(found, options)


def _replay(files: list[Path], titles: bool) -> int:
    right = True
    for file in files:
        verdicts = tape.rejudged(json.loads(file.read_text()), titles)
        print(judge.table(file.stem, verdicts))
        right &= all(verdict.right for verdict in verdicts)
    return 0 if right else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.live", description=__doc__)
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("files", nargs="*", type=Path, help="kept runs, for replay")
    parser.add_argument("--tool", choices=("claude", "codex", "gemini"))
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="kinds of turns whose name begins so")
    parser.add_argument("--api", type=Path, help="the scripted API's file")
    parser.add_argument("--bin", default="", help="folder with the CLI")
    parser.add_argument("--args", help="options of the CLI instead of the usual ones")
    parser.add_argument("--size", default="80x24", help="columns x rows of the terminal")
    parser.add_argument("--keep", type=Path, help="folder for a recording with its truth")
    parser.add_argument("--untitled", action="store_true", help="replay without pane titles")
    parser.add_argument("--title", help="what the run is called")
    return parser


def _turns(found: Lab, options: argparse.Namespace) -> int:
    recording, played = tape.Tape(found), list[turns.Turn]()
    title = options.title or f"{options.tool}-{options.size}"
    try:
        for turn in turns.play(found, options.count, options.only):
            played.append(turn)
            sys.stderr.write(f"{turn.verdict}\n")
    finally:
        if options.keep:
            tape.keep(recording.case(title, played), options.keep)
    verdicts = [turn.verdict for turn in played]
    print(judge.table(title, verdicts))
    return 0 if all(v.right for v in verdicts) else 1


def _prompts(found: Lab, options: argparse.Namespace) -> int:
    tries = []
    for each in prompts.play(found, options.count, options.seed):
        tries.append(each)
        sys.stderr.write(f"{each}\n")
    print(prompts.table(options.tool, tries))
    return 0 if all(t.right for t in tries) else 1


if __name__ == "__main__":
    sys.exit(main())
