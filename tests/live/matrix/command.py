"""`python -m tests.live matrix`: records the matrix of an installed CLI, scores it, shows the rest.

Without `--cli` it scores recordings that were kept, with the tracker as it is now.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.live.clis import version_of
from tests.live.matrix.looks import Look, looks
from tests.live.matrix.play import Play, case
from tests.live.matrix.scenes import steps
from tests.live.matrix.score import Case, Disagreement, Score, scored
from tests.live.matrix.stage import stage
from tests.truth.tally import Tally

#: Recordings made at the same time.
JOBS = 2
_HEAD = ("recording", "frames", "phase", "accepting", "editing", "result", "false", "missed")


@dataclass(frozen=True, slots=True)
class Matrix:
    """What to record: a tool at some path, at each version that lies there."""

    tool: str
    cli: Path
    api: Path
    keep: Path
    versions: Sequence[str] = ()
    only: str = ""
    quick: bool = False


def run(matrix: Matrix) -> int:
    """Record and score everything; 1 when something is told otherwise than it is."""
    return rescore(_recorded(matrix), matrix.keep)


def rescore(files: Iterable[Path], keep: Path) -> int:
    """Score recordings one by one; what disagrees is written below `keep`."""
    rows, total, wrong = list[Sequence[str]]([_HEAD]), Tally(), 0
    for file in files:
        found = json.loads(file.read_text("utf-8"))
        score = scored(found)
        total += score.tally
        wrong += _show(found, score, keep / "disagreements" / file.stem)
        rows.append(_row(file.stem, score.tally, found["missed"]))
    rows.append(_row("all", total, ()))
    print("\n".join(_lines(rows)))
    if wrong:
        print(f"{wrong} disagreements: {keep / 'disagreements'}")
    return 1 if wrong else 0


# --------------------------------------------------------------------------- recording


def _recorded(matrix: Matrix) -> Iterator[Path]:
    """Files of the recordings, as they come."""
    matrix.keep.mkdir(parents=True, exist_ok=True)
    chosen = [it for it in looks(matrix.tool, matrix.quick) if it.title.startswith(matrix.only)]
    plan = [(folder, look) for folder in _folders(matrix) for look in chosen]
    with ThreadPoolExecutor(JOBS) as pool:
        yield from pool.map(lambda pair: _record(matrix, *pair), plan)


def _folders(matrix: Matrix) -> list[Path]:
    """Folders with the tool's program: of each version, or of the one there is."""
    roots = [matrix.cli / version for version in matrix.versions] or [matrix.cli]
    places = ("", "bin", "node_modules/.bin")
    found = [next((r / p for p in places if (r / p / matrix.tool).exists()), None) for r in roots]
    for root, place in zip(roots, found, strict=True):
        if place is None:
            sys.exit(f"{root} holds no {matrix.tool}; --cli names its folder")
    return [place for place in found if place]


def _record(matrix: Matrix, folder: Path, look: Look) -> Path:
    version = version_of(matrix.tool, str(folder))
    title = f"{matrix.tool}-{version}-{look.title}"
    with stage(matrix.tool, folder, matrix.api, look) as found:
        play = Play(found)
        play.play(steps(matrix.tool, matrix.quick))
        told = case(play, found, title, matrix.tool, version)
    file = matrix.keep / f"{title}.jsonl"
    file.write_text(json.dumps(told, ensure_ascii=False) + "\n", "utf-8")
    print(f"recorded {title}", file=sys.stderr)
    return file


# ---------------------------------------------------------------------------- showing


def _show(found: Case, score: Score, folder: Path) -> int:
    """Write what disagrees into a folder of its own, and say so; how many there are."""
    for item in score.disagreements:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{item.frame:04}-{item.label.replace(' ', '-')}"
        (folder / f"{name}.txt").write_text(item.raw, "utf-8")
        (folder / f"{name}.json").write_text(_about(found, item), "utf-8")
        print(f"{found['id']}: {item.label} at {item.at_seconds:.1f} s, {_difference(item)}")
    return len(score.disagreements)


def _about(found: Case, item: Disagreement) -> str:
    about = {
        "recording": found["id"],
        "at_seconds": item.at_seconds,
        "frames": item.frames,
        "scene": item.label,
        "title": item.title,
        "true": item.wanted,
        "told": item.told,
    }
    return json.dumps(about, indent=2, ensure_ascii=False) + "\n"


def _difference(item: Disagreement) -> str:
    differing = (
        f"{name} {item.told[name]}, not {value}"
        for name, value in item.wanted.items()
        if value is not None and item.told[name] != value
    )
    return f"{item.frames} frames: {'; '.join(differing)}"


def _row(name: str, tally: Tally, missed: Sequence[str]) -> tuple[str, ...]:
    shares = (f"{tally.share(it):.1%}" for it in ("phase", "accepting", "editing", "result"))
    told = (tally.false_ready, tally.false_success, tally.false_failure)
    named = zip(told, ("ready", "success", "failure"), strict=True)
    false = ", ".join(f"{count} {name}" for count, name in named if count) or "none"
    return (name, str(tally.frames), *shares, false, "; ".join(missed))


def _lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()
