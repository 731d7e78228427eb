"""What reading one screen costs: `python benchmarks/frames.py`. Needs nothing but this checkout.

The frames are those of `tests/frames`: real screens of every version that a detector was made for.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from time import thread_time

# As a script this file sees only its own folder; the rest is found from the project's root.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.stats import Spread, spread
from houmao.detect.signals import Detector, Frame
from houmao.tools.catalog import select_detector

FRAMES = Path(__file__).resolve().parents[1] / "tests" / "frames"
ROUNDS = 200


def main() -> None:
    """Print a table with a row for each tool."""
    print("| tool | frames | p50 | p99 | worst |\n| --- | ---: | ---: | ---: | ---: |")
    for tool in ("claude", "codex", "gemini"):
        screens = list(recorded(tool))
        cost = measure(screens, ROUNDS)
        times = " | ".join(f"{1000 * it:.3f} ms" for it in (cost.p50, cost.p99, cost.worst))
        print(f"| {tool} | {len(screens)} | {times} |")


def recorded(tool: str) -> Iterator[tuple[Detector, str]]:
    """Each recorded screen of a tool, and the detector that reads it."""
    for path in sorted((FRAMES / tool).glob("*/*.txt")):
        yield select_detector(tool, path.parent.name), path.read_text("utf-8")


def measure(screens: list[tuple[Detector, str]], rounds: int) -> Spread:
    """Seconds from the text of a capture to its signals, the parsing included.

    Those of the processor, so that other work on the machine does not count.
    """
    times = []
    for _ in range(rounds):
        for detector, raw in screens:
            began = thread_time()
            detector.detect(Frame(raw, 0.0))
            times.append(thread_time() - began)
    found = spread(times)
    assert found is not None
    return found


if __name__ == "__main__":
    main()
