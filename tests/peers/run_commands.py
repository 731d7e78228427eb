"""Runs commands of a release's `houmao-mgr`, one after the other: run by its own interpreter.

A line of input is a command's words as a JSON list; a line of output is what came of it:
`[exit code, standard output, standard error]`. The program is loaded once, which takes a second.
"""

import io
import json
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout

from houmao.srv_ctrl.cli import main  # type: ignore[import-not-found]


def run(words: list[str]) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            status = main(words)
        except Exception:
            status = 1
            traceback.print_exc()
    return status, out.getvalue(), err.getvalue()


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
