"""What the commands need of a service manager, and how a program of one is run.

It knows no manager by name.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from houmao.errors import HoumaoError


class ServiceManager(Protocol):
    """Keeps a program running by a file that says how."""

    #: The program that it is spoken to with.
    program: str
    #: What a person may want to know once the service runs.
    hint: str

    def path(self, environ: Mapping[str, str]) -> Path:
        """Where it looks for the service's file."""

    def text(self, argv: tuple[str, ...], environ: Mapping[str, str], log: Path) -> str:
        """That file; `log` is where the program keeps what it says by itself.

        Raises UsageError for a value that it cannot hold.
        """

    def start(self, path: Path) -> None:
        """Take the file and run it, now and whenever the user logs in. Raises HoumaoError."""

    def stop(self, path: Path) -> None:
        """End the service and forget the file, which is then removed. Raises HoumaoError."""

    def state(self) -> str:
        """What it says of the service in a word, `unknown` for nothing."""


def order(*argv: str) -> None:
    """Run a manager's program. Raises HoumaoError with what it said."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        why = done.stderr.strip() or f"exit {done.returncode}"
        raise HoumaoError(f"{' '.join(argv[:2])} failed: {why}")


def ask(*argv: str) -> str:
    """What a manager's program prints, whatever its exit code."""
    return subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()
