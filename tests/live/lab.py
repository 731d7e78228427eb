"""A whole Houmao beside real CLIs: scripted API, tmux, server and agents, all private."""

import json
import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from houmao import config
from houmao.cli.client.http import Answer, Server
from houmao.errors import HoumaoError
from houmao.ids import AgentKey, default_agent_id
from houmao.requests.request import Request
from houmao.state import keys
from houmao.state.codec import WHOLE
from houmao.state.connect import PROMPT_WAITING, connect
from houmao.state.read import StateReader
from houmao.state.requests import RequestStore
from houmao.state.values import AgentState, FleetEvent
from tests.live.account import Account, account
from tests.live.clis import ESCAPES_TWICE, clis, version_of
from tests.live.matrix.looks import PLAIN, Look
from tests.live.sight import Sight
from tests.live.witness import Witness
from tests.services import TmuxServer, private_tmux, wait_until

#: Seconds within which a CLI draws what is typed, also on a busy machine.
DRAWN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Setup:
    """What to run: a tool, on a terminal of `columns` x `rows`, against an API's script."""

    tool: str
    api_script: Path
    #: Folder with the CLI, and its options where they are not the usual ones.
    bin_folder: str = ""
    arguments: tuple[str, ...] | None = None
    columns: int = 80
    rows: int = 24
    #: How it looks; its size is no part of that here.
    look: Look = PLAIN
    #: What the server may see of it.
    sight: Sight = Sight.BOTH
    #: Whether an account stands before the API, with limits that change.
    limited: bool = False

    def line(self, url: str, folder: Path) -> str:
        """Shell line that starts the CLI in `folder`/work with the API at `url`."""
        path = os.pathsep.join(filter(None, (self.bin_folder, os.environ["PATH"])))
        cli = clis(url, folder / "work")[self.tool]
        cli = cli.at(version_of(self.tool, path)) if self.arguments is None else cli
        cli = cli.given(self.arguments)
        cli = cli.signed_in() if self.limited else cli
        return self.look.worn(cli).command(folder / "home", path)


@dataclass(slots=True)
class Lab:
    """One agent of a real CLI, watched and served, and the scripted API's log."""

    tool: str
    tmux: TmuxServer
    settings: config.Settings
    log: Path
    witness: Witness
    #: Shell line that starts the CLI, where, and tmux' options for the size of its terminal.
    line: str
    work: Path
    size: tuple[str, ...]
    reader: StateReader
    store: RequestStore
    sight: Sight = Sight.BOTH
    #: Where there is one.
    account: Account | None = None

    @property
    def key(self) -> AgentKey:
        """Which agent of all hosts it is."""
        return AgentKey(self.settings.host_id, self.agent_id)

    @property
    def agent_id(self) -> str:
        """Id of the agent under test."""
        return default_agent_id(self.tool)

    def keys(self, *keys: str) -> None:
        """What a person presses."""
        self.tmux.run("send-keys", "-t", f"={self.tool}:", *keys)

    def write(self, text: str) -> None:
        """What a person types."""
        self.tmux.run("send-keys", "-t", f"={self.tool}:", "-l", "--", text)

    def interrupt(self) -> None:
        """What a person presses to stop a turn."""
        self.keys("Escape")
        if self.tool in ESCAPES_TWICE:
            # Read together they would be one key with another meaning.
            came(lambda: "again to" in self.screen(), 2)
            self.keys("Escape")

    def send(self, text: str) -> None:
        """What a person types, sees and sends."""
        self.write(text)
        self.await_drawn(text)
        self.keys("Enter")

    def await_drawn(self, text: str) -> None:
        """Wait until the screen shows the end of what was typed, but not for ever."""
        end = "".join(text.split())[-20:]
        came(lambda: end in "".join(self.screen().split()), DRAWN_SECONDS)
        time.sleep(0.2)

    def screen(self) -> str:
        """The visible screen."""
        return self.tmux.run("capture-pane", "-p", "-t", f"={self.tool}:")

    def state(self) -> AgentState | None:
        """What is told of the agent now."""
        try:
            return self.reader.observe(self.agent_id, time.time()).state
        except HoumaoError:
            return None

    def manager(self, *words: str) -> str:
        """What `houmao-mgr` prints for these words. Raises CalledProcessError."""
        command = [str(Path(sys.executable).with_name("houmao-mgr")), *words]
        environ = {**os.environ, **self.settings.as_environ()}
        done = subprocess.run(command, env=environ, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout

    def told(self) -> dict[str, str]:
        """The state hash as it lies in Redis, once."""
        redis = connect(self.settings.effective_redis_url)
        found = redis.hgetall(keys.state(self.key))
        return {str(name): str(value) for name, value in found.items() if name != WHOLE}

    def open(self) -> None:
        """Start the CLI in a session of its own and adopt it as soon as its process is there."""
        self.tmux.opened.add(self.tool)
        where = ("-c", str(self.work), *self.size)
        self.tmux.run("new-session", "-d", "-s", self.tool, *where, self.line)
        wait_until(self._adopted, f"{self.tool} can be adopted")
        wait_until(lambda: self.state() is not None, f"{self.tool} is listed")

    def close(self) -> None:
        """End the CLI, its session and its record."""
        self.manager("agents", "stop", self.tool)
        # It ends with its last session, and takes no new one meanwhile.
        wait_until(lambda: self.tmux.pid is None, "tmux has ended")

    def _adopted(self) -> bool:
        # As a user does, and from outside of the session.
        try:
            self.manager("agents", "join", "--session", self.tool, "--agent-name", self.tool)
        except subprocess.CalledProcessError:
            return False
        return True

    def submit(self, text: str, seconds: float = 60) -> str:
        """Hand a prompt to the server, as any program does; the request's id. Raises Refused."""
        path = ("houmao", "agents", self.agent_id, "requests")
        return str(self.post(*path, body={"prompt": text}, deadline=f"{seconds:g}")["request_id"])

    def get(self, *path: str, **query: object) -> Answer:
        """What the server tells. Raises Refused."""
        server = Server(self.settings.port, timeout_seconds=15)
        try:
            return server.get(*path, **query)
        finally:
            server.close()

    def post(self, *path: str, body: Answer | None = None, **query: object) -> Answer:
        """What the server answers to a new request. Raises Refused."""
        server = Server(self.settings.port, timeout_seconds=15)
        try:
            return server.post(*path, body=body, key=uuid.uuid4().hex, **query)
        finally:
            server.close()

    def request(self, request_id: str, until: float) -> Request:
        """The request once it ended, or as it is at `until`."""
        while True:
            found = self.store.get(request_id)
            if found is not None and (found.ended or time.time() >= until):
                return found
            time.sleep(0.02)

    def events(self, after: str) -> list[FleetEvent]:
        """Fleet events after an id."""
        return self.reader.events(after, block_ms=1, count=5000)

    def api_log(self) -> list[dict[str, Any]]:
        """What the scripted API saw of conversations."""
        return conversations(self.log)


@contextmanager
def lab(setup: Setup) -> Iterator[Lab]:
    """Everything running and the agent ready; all gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="houmao-live-")))
        work = folder / "work"
        work.mkdir()
        log = folder / "api.jsonl"
        url = stack.enter_context(scripted_api(setup.api_script, log))
        limited = stack.enter_context(account(url)) if setup.limited else None
        tmux = stack.enter_context(private_tmux())
        settings = stack.enter_context(serving(folder, tmux, os.environ, setup.sight))
        redis_url = settings.effective_redis_url
        found = Lab(
            setup.tool,
            tmux,
            settings,
            log,
            Witness(log),
            setup.line(limited.url if limited else url, folder),
            work,
            ("-x", str(setup.columns), "-y", str(setup.rows)),
            StateReader(connect(redis_url, PROMPT_WAITING)),
            RequestStore(connect(redis_url, PROMPT_WAITING)),
            setup.sight,
            limited,
        )
        found.open()
        wait_until(lambda: is_ready(found), f"{setup.tool} is ready", seconds=60)
        yield found


def is_ready(found: Lab) -> bool:
    """Whether the agent takes a prompt."""
    if not found.sight.has_screens:
        return _stands(found)
    state = found.state()
    return state is not None and state.tracked.phase.value == "ready"


def _stands(found: Lab) -> bool:
    """Whether nothing moves on a screen that nobody reads, and the API is not busy."""
    before = found.screen()
    time.sleep(1.5)
    asked = [entry["event"] for entry in found.api_log()]
    answered = asked.count("begin") == asked.count("end")
    return answered and bool(before.strip()) and before == found.screen()


def came(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until the condition holds; False when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def clear(found: Lab) -> None:
    """Leave an empty, ready composer, whatever the last turn left behind."""
    if not came(lambda: is_ready(found), seconds=60):
        found.interrupt()
        wait_until(lambda: is_ready(found), "the agent is ready again")
    state = found.state()
    # Where nobody can tell, it may hold what a tool put back after an interrupt.
    if state is not None and state.tracked.surface.editing_input.value != "no":
        found.keys("C-u")
        time.sleep(0.8)


def conversations(log: Path) -> list[dict[str, Any]]:
    """What the scripted API saw of conversations, side questions left out."""
    # Up to the last line end: what follows is still being written.
    lines = log.read_text().rpartition("\n")[0].splitlines()
    entries = [json.loads(line) for line in lines]
    return [e for e in entries if e["event"] in ("begin", "end") and not _aside(e)]


def _aside(entry: dict[str, Any]) -> bool:
    """A question of the CLI's own: Claude Code asks a small model for titles of conversations."""
    return bool(entry.get("side")) or "haiku" in str(entry.get("model"))


@contextmanager
def scripted_api(script: Path, log: Path) -> Iterator[str]:
    """URL of a scripted API that writes whole requests into its log."""
    command = [sys.executable, str(script), "--port", "0", "--log", str(log), "--log-bodies"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            yield found.group()
        finally:
            process.terminate()


@contextmanager
def serving(
    folder: Path, tmux: TmuxServer, inherited: Mapping[str, str], sight: Sight = Sight.BOTH
) -> Iterator[config.Settings]:
    """Settings of a server that keeps everything below the folder."""
    environ = {
        **inherited,
        **sight.environ,
        "HOUMAO_GLOBAL_RUNTIME_DIR": str(folder / "runtime"),
        "HOUMAO_GLOBAL_REGISTRY_DIR": str(folder / "registry"),
        "HOUMAO_TMUX_SOCKET": str(tmux.socket),
        "HOUMAO_PORT": str(_free_port()),
    }
    settings = config.load(environ)
    with open(folder / "server.log", "w") as output:
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", *words], env=environ, stdout=output, stderr=output
            )
            for words in _programs(sight)
        ]
    try:
        wait_until(lambda: _answers(settings), "the server answers", seconds=60)
        yield settings
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(60)


def _programs(sight: Sight) -> Iterator[tuple[str, ...]]:
    """The modules that make up the server, with their arguments."""
    serve = "houmao.serve.main"
    if not sight.watch_words:
        yield serve, "serve"
        return
    yield from ((serve, "run", name) for name in ("redis", "web", "clock"))
    yield sight.watch_words


def _answers(settings: config.Settings) -> bool:
    server = Server(settings.port)
    try:
        return bool(server.get("houmao", "agents"))
    except HoumaoError:
        return False
    finally:
        server.close()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
