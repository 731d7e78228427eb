"""Wall clocks that are wrong: a small library that is preloaded into a host's processes."""

import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("skewed_clock.c")


def skewed(folder: Path, seconds: int) -> dict[str, str]:
    """Variables under which programs believe it is so many seconds later. Needs a C compiler."""
    if not seconds:
        return {}
    library = folder / "skewed_clock.so"
    if not library.exists():
        words = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE)]
        subprocess.run(words, check=True)
    return {"LD_PRELOAD": str(library), "SKEW_SECONDS": str(seconds)}
