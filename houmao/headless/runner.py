"""Runs one turn's tool in its agent's pane: `python -I -S runner.py FOLDER`.

It takes `run.json` from the folder, starts the tool in a session of its own with its output going
straight into files, shows those files in the pane as they grow, writes `exitcode` last, and
becomes a login shell. Knows the standard library alone, so that it starts in a moment; what the
output means is none of its business.
"""

import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

#: What to run: `argv`, `cwd`, `stdin` (a text) and `environ`, the variables that differ from the
#: pane's own.
RUN, TAKEN = "run.json", "run.taken"
#: Who runs it: `runner_pid`, `child_pid`, their start times, `launched_at_utc`.
PROCESS = "process.json"
STDOUT, STDERR = "stdout.jsonl", "stderr.txt"
#: The tool's exit code, negative after a signal; the last thing that is written.
EXIT_CODE = "exitcode"

#: Exit code of a tool that could not be started, as shells have it.
NOT_STARTED = 127
_LOOK_SECONDS = 0.1
_CHUNK = 65_536
#: A screen acts on what follows an escape; what a tool prints must not.
_HARMLESS = bytes.maketrans(b"\x1b", b"?")
_FORWARDED = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)


def start_of(pid: int) -> int:
    """When a process started, in the kernel's ticks; 0 where that cannot be told."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # `pid (comm) state …`, and comm itself may hold blanks and parentheses.
            return int(file.read().rpartition(b")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return 0


def main(folder: str) -> None:
    """Run what the folder says, if nobody else has taken it, then become a shell."""
    os.chdir(folder)
    run = _take()
    if run is not None:
        _become_a_shell(_run(run))
    _become_a_shell(None)


def _take() -> Mapping[str, Any] | None:
    """What to run; None when it was taken before: of all who try, one gets it."""
    try:
        os.rename(RUN, TAKEN)
        with open(TAKEN, encoding="utf-8", errors="surrogateescape") as file:
            run: Mapping[str, Any] = json.load(file)
        os.unlink(TAKEN)
    except FileNotFoundError:
        return None
    return run


def _run(run: Mapping[str, Any]) -> int:
    """The tool's exit code, once it is on disk."""
    me = {"runner_pid": os.getpid(), "runner_start": start_of(os.getpid())}
    about = {**me, "launched_at_utc": _utc(time.time())}
    # Before the tool: where this is missing, no tool was started either.
    _write(PROCESS, json.dumps({**about, "child_pid": None}))
    with _signals() as (wake, child):
        child[0] = pid = _start(run, about)
        code = _see_through(pid, wake)
        _write(EXIT_CODE, f"{code}\n", to_disk=True)
    return code


def _utc(now: float) -> str:
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    return f"{seconds}.{int(now % 1 * 1000):03d}Z"


def _start(run: Mapping[str, Any], about: Mapping[str, Any]) -> int:
    flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY
    outputs = [os.open(name, flags, 0o600) for name in (STDOUT, STDERR)]
    pid = os.fork()
    if pid == 0:
        _become_the_tool(run, outputs, about)
    for output in outputs:
        os.close(output)
    return pid


def _become_the_tool(run: Mapping[str, Any], outputs: list[int], about: Mapping[str, Any]) -> None:
    try:
        os.setsid()
        # Written by the tool's own process: no tool runs of which nobody knows.
        its = {"child_pid": os.getpid(), "child_start": start_of(os.getpid())}
        _write(PROCESS, json.dumps({**about, **its}))
        os.dup2(_input(run.get("stdin", "")), 0)
        os.dup2(outputs[0], 1)
        os.dup2(outputs[1], 2)
        for number in (*_FORWARDED, signal.SIGPIPE, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        os.chdir(run["cwd"])
        os.execvpe(run["argv"][0], run["argv"], {**os.environ, **run["environ"]})
    except OSError as error:
        os.write(2, f"{run['argv'][0]} cannot be started: {error.strerror}\n".encode())
    os._exit(NOT_STARTED)


def _input(text: str) -> int:
    """A descriptor to read the text from, of a file that has no name any more."""
    if not text:
        return os.open(os.devnull, os.O_RDONLY)
    name = f"stdin.{os.getpid()}"
    file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    os.unlink(name)
    with open(os.dup(file), "wb") as writing:
        writing.write(text.encode("utf-8", "surrogateescape"))
    os.lseek(file, 0, os.SEEK_SET)
    return file


@contextmanager
def _signals() -> Iterator[tuple[int, list[int]]]:
    """A descriptor that wakes at every signal, and the place for the process that gets them."""
    read, write = os.pipe()
    child = [0]

    def forward(number: int, _: object) -> None:
        # The tool has no terminal to be hung up by; that its pane goes means that it must end.
        sign = signal.SIGTERM if number == signal.SIGHUP else number
        with suppress(OSError):
            if child[0]:
                os.killpg(child[0], sign)

    for end in (read, write):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in _FORWARDED:
        signal.signal(number, forward)
    yield read, child
    signal.set_wakeup_fd(-1)
    for number in (*_FORWARDED, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)


def _see_through(pid: int, wake: int) -> int:
    """The exit code, after showing everything that was printed before."""
    places = dict.fromkeys((STDOUT, STDERR), 0)
    os.set_blocking(1, False)
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        for name in places:
            places[name] = _show(name, places[name])
        if ended:
            os.set_blocking(1, True)
            return os.waitstatus_to_exitcode(status)
        select.select([wake], [], [], _LOOK_SECONDS)
        with suppress(BlockingIOError):
            os.read(wake, _CHUNK)


def _show(name: str, place: int) -> int:
    """Copy what was added to a file into the pane; a pane that does not keep up misses some."""
    with suppress(OSError), open(name, "rb") as file:
        file.seek(place)
        text = file.read(_CHUNK)
        place += len(text)
        os.write(1, text.translate(_HARMLESS).replace(b"\n", b"\r\n"))
    return place


def _write(name: str, text: str, *, to_disk: bool = False) -> None:
    with open(f"{name}.tmp", "w", encoding="utf-8") as file:
        file.write(text)
        if to_disk:
            file.flush()
            os.fsync(file.fileno())
    os.replace(f"{name}.tmp", name)


def _become_a_shell(code: int | None) -> None:
    if code is not None:
        print(f"\n[turn ended with exit code {code}]", flush=True)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    shell = os.environ.get("SHELL") or "/bin/sh"
    os.execvp(shell, [shell, "-l"])


if __name__ == "__main__":
    main(sys.argv[1])
