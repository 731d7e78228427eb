"""Programs are kept running, with pauses that grow, and all of them end within a bound."""

import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from houmao.serve.programs import Program
from houmao.serve.supervisor import FIRST_PAUSE, GRACE, Supervisor
from tests.services import PATIENCE_SECONDS, is_running, wait_until

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """A supervisor takes the process's signals over for good; a test gives them back."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    signal.set_wakeup_fd(-1)
    for number, handler in before.items():
        signal.signal(number, handler)


def shell(name: str, line: str, **more: bool | Path) -> Program:
    return Program(name, ("sh", "-c", line), **more)  # type: ignore[arg-type]


class Witness:
    """A folder into which programs write what they do."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "witness"
        self.path.touch()

    def writes(self, word: str) -> str:
        return f"echo {word} $$ >> {shlex.quote(str(self.path))}"

    @property
    def words(self) -> list[str]:
        return [line.split()[0] for line in self.path.read_text().splitlines()]

    @property
    def pids(self) -> list[int]:
        return [int(line.split()[1]) for line in self.path.read_text().splitlines()]


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path)


@contextmanager
def meanwhile(supervisor: Supervisor, action: Callable[[], None]) -> Iterator[None]:
    """Run the supervisor on this thread while `action` runs on another, which ends it."""
    failures: list[BaseException] = []

    def act() -> None:
        try:
            action()
        except BaseException as error:
            failures.append(error)
        finally:
            supervisor.stop()

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    supervisor.run()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    if failures:
        raise failures[0]
    yield


def test_everything_is_started_and_ended(witness: Witness) -> None:
    """Children get SIGTERM and may say goodbye; those that others need end last."""
    line = "trap '{bye}; exit 0' TERM; {hello}; while :; do sleep 0.01; done"
    others = [
        shell(name, line.format(hello=witness.writes(name), bye=witness.writes(f"{name}-ends")))
        for name in ("one", "two")
    ]
    prop = shell(
        "prop",
        line.format(hello=witness.writes("prop"), bye=witness.writes("prop-ends")),
        outlives_others=True,
    )
    supervisor = Supervisor([prop, *others], time.monotonic)
    with meanwhile(
        supervisor, lambda: wait_until(lambda: len(witness.words) == 3, "all were started")
    ):
        pass
    assert sorted(witness.words[:3]) == ["one", "prop", "two"]
    assert sorted(witness.words[3:5]) == ["one-ends", "two-ends"]
    assert witness.words[5:] == ["prop-ends"]
    assert not any(map(is_running, witness.pids))


def test_the_end_of_a_program_tells_where_its_own_words_are(
    witness: Witness, tmp_path: Path
) -> None:
    """Whoever reads our log must not guess why it ended."""
    short = shell("short", witness.writes("short"), log=tmp_path / "its.log")

    def watch() -> None:
        wait_until(lambda: len(witness.words) > 1, "it is started again")

    with capture_logs() as lines, meanwhile(Supervisor([short], time.monotonic), watch):
        pass
    ends = [line for line in lines if line["event"] == "ended"]
    assert ends
    assert all(line["its_log"] == str(tmp_path / "its.log") for line in ends)


def test_a_program_that_ends_is_started_again_after_growing_pauses(witness: Witness) -> None:
    """With each early end the pause doubles; the others are left in peace."""
    stamps: list[float] = []

    def watch() -> None:
        for number in range(1, 5):
            wait_until(lambda: witness.words.count("short") >= number, "it is started again")  # noqa: B023
            stamps.append(time.monotonic())

    short = shell("short", witness.writes("short"))
    long = shell("long", f"{witness.writes('long')}; exec sleep 60")
    with meanwhile(Supervisor([short, long], time.monotonic), watch):
        pass
    pauses = [after - before for before, after in pairwise(stamps)]
    # A busy machine makes them longer, nothing makes them shorter but the time of a look.
    shortest = [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4]
    assert all(it > least - 0.03 for it, least in zip(pauses, shortest, strict=True))
    assert witness.words.count("long") == 1


def test_nothing_to_run_is_no_program(witness: Witness) -> None:
    """A program without a command line idles: the Redis of another host needs none here."""
    supervisor = Supervisor([Program("redis", None)], time.monotonic)
    with meanwhile(supervisor, lambda: None):
        pass
    assert witness.words == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_ask_for_the_end(number: signal.Signals, witness: Witness) -> None:
    """A service manager, Ctrl-C and a closed terminal alike."""
    supervisor = Supervisor(
        [shell("one", f"{witness.writes('one')}; exec sleep 60")], time.monotonic
    )

    def ask() -> None:
        wait_until(lambda: bool(witness.words), "it was started")
        os.kill(os.getpid(), number)
        wait_until(lambda: not is_running(witness.pids[0]), "it ended")

    with meanwhile(supervisor, ask):
        pass


def test_who_does_not_end_is_killed_within_the_bound(witness: Witness) -> None:
    """With everything in its process group, and however many there are."""
    stubborn = f"trap '' TERM; {witness.writes('parent')}; sleep 60 & {witness.writes('x')}; wait"
    programs = [shell(name, stubborn) for name in ("one", "two")]
    asked: list[float] = []

    def watch() -> None:
        wait_until(lambda: len(witness.words) == 4, "all were started")
        asked.append(time.monotonic())

    with meanwhile(Supervisor(programs, time.monotonic), watch):
        assert time.monotonic() - asked[0] < GRACE + 0.5
    assert not any(map(is_running, witness.pids))


def test_environment_and_descriptors_reach_the_program(witness: Witness) -> None:
    """Those of the program on top of our own, and no descriptor that was not named."""
    named, other = (os.open(os.devnull, os.O_RDONLY) for _ in range(2))
    program = Program(
        "it",
        (
            "sh",
            "-c",
            f"{witness.writes('$WORD:$LEAK_DETECTOR_MARK')}; "
            f"[ -e /proc/$$/fd/{named} ] && {witness.writes('named')}; "
            f"[ -e /proc/$$/fd/{other} ] && {witness.writes('other')}; "
            f"{witness.writes('done')}; exec sleep 60",
        ),
        {"WORD": "hello"},
        pass_fds=(named,),
    )
    with meanwhile(
        Supervisor([program], time.monotonic),
        lambda: wait_until(lambda: "done" in witness.words, "everything was written"),
    ):
        pass
    for descriptor in (named, other):
        os.close(descriptor)
    assert witness.words == [f"hello:{os.environ['LEAK_DETECTOR_MARK']}", "named", "done"]


def test_children_of_a_killed_supervisor_end(witness: Witness) -> None:
    """SIGKILL leaves it no chance to end them; the kernel tells them."""
    code = (
        "import sys, time\n"
        "from houmao.serve.programs import Program\n"
        "from houmao.serve.supervisor import Supervisor\n"
        "Supervisor([Program('it', ('sh', '-c', sys.argv[1]))], time.monotonic).run()"
    )
    line = f"{witness.writes('child')}; exec sleep 60"
    pid = os.posix_spawn(sys.executable, [sys.executable, "-c", code, line], os.environ)
    wait_until(lambda: bool(witness.words), "the child runs")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    wait_until(lambda: not is_running(witness.pids[0]), "the child ended", 2.0)
