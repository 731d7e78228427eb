"""Log lines as a terminal gets them."""

import subprocess
import sys

SPEAK = r"""
from houmao import logs
logs.configure("test")
logs.get("part").info("request", path="/a\x1b]0;title\x07\x9b2J", status=404)
"""


def test_what_others_chose_steers_no_terminal() -> None:
    """Escapes and other control characters of a value are spelled out."""
    done = subprocess.run([sys.executable, "-c", SPEAK], capture_output=True, text=True, check=True)
    assert not set(done.stderr) & set("\x1b\x07\x9b")
    assert "]0;title" in done.stderr
