"""`python -m tests.live turns --tool codex --turns 60 --api agentstub.py --bin DIR`."""

import argparse
import sys
from pathlib import Path

from tests.live import prompts, scene, turns
from tests.live.lab import lab


def main() -> int:
    """Run one experiment and print its table; 1 when something false was told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment", choices=("scene", "turns", "prompts"))
    parser.add_argument("--tool", choices=("claude", "codex", "gemini"), required=True)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--api", type=Path, required=True, help="the scripted API's file")
    parser.add_argument("--bin", default="", help="folder with the CLI")
    options = parser.parse_args()
    with lab(options.tool, options.api, options.bin) as found:
        if options.experiment == "scene":
            for line in scene.play(found):
                print(line, flush=True)
            return 0
        if options.experiment == "turns":
            verdicts = []
            for verdict in turns.play(found, options.count):
                verdicts.append(verdict)
                sys.stderr.write(f"{verdict}\n")
            print(turns.table(options.tool, verdicts))
            return 0 if all(v.right for v in verdicts) else 1
        tries = []
        for each in prompts.play(found, options.count, options.seed):
            tries.append(each)
            sys.stderr.write(f"{each}\n")
        print(prompts.table(options.tool, tries))
        return 0 if all(t.right for t in tries) else 1


if __name__ == "__main__":
    sys.exit(main())
