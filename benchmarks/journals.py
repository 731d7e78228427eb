"""What reading the tools' own journals costs: `python benchmarks/journals.py`.

Processor time of the watch process's journal reader alone, beside a process that has a home of
Claude's: proofs, a transcript that grows by 1 MB a second, and one of a gigabyte met for the first
time. Ends by itself and leaves nothing behind.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

# As a script this file sees only its own folder; the rest is found from the project's root.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from houmao.track.moment import Moment
from workers.watch.journal_files import owners
from workers.watch.journals import LOOK_GAP, Journals

#: Bytes that one appended line has, and how often lines are appended a second.
LINE, RATE = 20_000, 50
#: Proofs that are timed.
PROOFS = 200


def main() -> None:
    """Print a row for each measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="for which a transcript grows")
    seconds = parser.parse_args().seconds
    with TemporaryDirectory(prefix="houmao-journals-") as folder:
        home = Path(folder)
        environ = {"CLAUDE_CONFIG_DIR": folder, "CODEX_HOME": folder}
        with subprocess.Popen(["/bin/sleep", "3600"], env=environ) as process:
            try:
                time.sleep(0.2)
                for row in (
                    _proof("claude", process.pid, "a proof that finds nothing, Claude"),
                    _proof("codex", process.pid, "a proof that finds nothing, Codex"),
                    _huge(home, process.pid),
                    _growing(home, process.pid, seconds),
                ):
                    print(row)
            finally:
                process.kill()


def _proof(tool: str, pid: int, name: str) -> str:
    journals, began = Journals[str](), time.process_time()
    journals.look("a", tool, pid, Moment(0.0, 0.0))
    for number in range(1, PROOFS):
        journals.doubt("a")
        list(journals.look_again(number * LOOK_GAP))
    spent = (time.process_time() - began) / PROOFS
    journals.close()
    # An agent that paints without a break has as many a second.
    return f"{name}: {spent * 1000:.2f} ms, {spent / LOOK_GAP:.2%} of a core while it paints"


def _transcript(home: Path, pid: int) -> Path:
    (home / "sessions").mkdir(exist_ok=True)
    ticks = next(owners(pid)).start_ticks
    facts = {"pid": pid, "procStart": ticks, "cwd": "/srv", "sessionId": "s", "status": "busy"}
    (home / "sessions" / f"{pid}.json").write_text(json.dumps(facts))
    (home / "projects" / "-srv").mkdir(parents=True, exist_ok=True)
    return home / "projects" / "-srv" / "s.jsonl"


def _huge(home: Path, pid: int) -> str:
    path = _transcript(home, pid)
    with path.open("wb") as file:
        file.truncate(1 << 30)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + _line(0))
    journals, began = Journals[str](), time.process_time()
    journals.look("a", "claude", pid, Moment(0.0, 0.0))
    spent = time.process_time() - began
    journals.close()
    path.unlink()
    return f"a transcript of 1 GB met: {spent * 1000:.1f} ms"


def _growing(home: Path, pid: int, seconds: float) -> str:
    path, journals = _transcript(home, pid), Journals[str]()
    path.touch()
    journals.look("a", "claude", pid, Moment(0.0, 0.0))
    read, grown, began = 0.0, 0, time.monotonic()
    with path.open("ab", buffering=0) as file:
        while (passed := time.monotonic() - began) < seconds:
            while grown < passed * RATE:
                file.write(_line(grown))
                grown += 1
            before = time.process_time()
            for _ in journals.read():
                pass
            read += time.process_time() - before
            time.sleep(1 / RATE)
    journals.close()
    name = f"a transcript that grows by {LINE * RATE / 1e6:.0f} MB/s, {RATE} lines"
    return f"{name}: {read / passed:.2%} of a core"


def _line(number: int) -> bytes:
    """Something that a model said."""
    content = [{"type": "text", "text": "x" * (LINE - 200)}]
    usage = {"input_tokens": 10, "output_tokens": 5}
    message = {"id": f"m{number}", "model": "m", "content": content, "usage": usage}
    return json.dumps({"type": "assistant", "message": message}).encode().ljust(LINE - 1) + b"\n"


if __name__ == "__main__":
    main()
