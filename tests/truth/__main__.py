"""`python -m tests.truth`: how true the tracker's words are, in seven tables.

It fails below the targets. With `--write` the tables also go into docs/truth.md. The recordings
are outside the checkout (see `shared_cases`): without them it says so and passes, in CI it fails.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.truth.parts import (
    CASES,
    SESSIONS,
    STARTS,
    Part,
    more_tools,
    real_screens,
    recorded_sessions,
    starts,
    tracker_cases,
    wild_scenes_part,
)
from tests.truth.scenes import scene_by_scene
from tests.unit.track.shared_cases import folder

PAGE = Path(__file__).parents[2] / "docs" / "truth.md"
BEGIN, END = "<!-- tables -->\n", "<!-- end of tables -->\n"

#: Most failures of one part that are listed.
LISTED = 20


def main(words: Sequence[str]) -> int:
    """The exit code: 0 when everything that can be scored reaches its target."""
    corpus = folder() / "corpus"
    absent = [
        name
        for name in ("screens", "screens-new", "screens-more", "wild", STARTS, CASES, SESSIONS)
        if not (corpus / name).exists()
    ]
    if absent:
        print(f"not scored: {corpus} lacks {', '.join(absent)}; HOUMAO_SHARED_DIR names its parent")
        return 1 if os.environ.get("CI") else 0
    parts = [
        real_screens(),
        more_tools(),
        wild_scenes_part(),
        scene_by_scene(),
        starts(),
        tracker_cases(),
        recorded_sessions(),
    ]
    text = "\n".join(map(section, parts))
    print(text)
    keep(text, write="--write" in words)
    failures = [f"{part.title}: {it}" for part in parts for it in part.failures[:LISTED]]
    print("\n".join(failures) or "every target is reached")
    return 1 if failures else 0


def section(part: Part) -> str:
    """A part as Markdown."""
    return "\n".join([f"## {part.title}", "", *part.lines(), ""])


def keep(text: str, *, write: bool) -> None:
    """Put the tables into the page, or say that it has others."""
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    current = f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}"
    if write:
        PAGE.write_text(current, "utf-8")
    elif current != page:
        print("docs/truth.md has other figures; `python -m tests.truth --write` renews it")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
