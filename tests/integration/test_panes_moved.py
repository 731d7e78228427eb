"""An agent is its pane: whatever tmux does to sessions and windows, it stays that agent."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

import pytest

from houmao.config import Settings
from houmao.demo.stub_agent import command
from houmao.errors import UsageError
from houmao.ids import default_agent_id
from houmao.sessions.adopting.join import JoinRequest, join
from houmao.sessions.adopting.join_all import PaneOutcome, PaneVerdict, join_all
from houmao.sessions.adopting.leave import leave
from houmao.sessions.generation import Generation
from houmao.state.read import StateReader
from houmao.tmux.address import TmuxAddress
from tests.integration.request_client import RequestClient, request_client
from tests.integration.watching import Host
from tests.services import wait_until

#: Seconds for what tmux did to be told: a second is promised, and other tests run beside this one.
PROMPTLY = 3.0


@pytest.fixture
def asked(host: Host, tmp_path: Path) -> Iterator[RequestClient]:
    with request_client(host, tmp_path) as found:
        yield found


def generation() -> Generation:
    return Generation(time.time(), str(uuid4()))


@dataclass
class Crew:
    """Two agents of one tool in two windows of one session, and a shell beside them."""

    asked: RequestClient
    tool: str
    panes: dict[str, str] = field(default_factory=dict)

    def line(self, name: str) -> str:
        log = str(self.asked.log(name))
        return shlex.join(
            ["bash", "-c", "exec " + shlex.join(command(self.tool, "--truth", log, *QUICK))]
        )

    def tmux(self, *words: str) -> str:
        return self.asked.host.tmux.run(*words)

    def start(self) -> None:
        tmux = self.asked.host.tmux
        self.panes["one"] = tmux.new_session("work", self.line("one"))
        tmux.run("rename-window", "-t", "=work:", "one")
        self.panes["two"] = self.window("work", "two", self.line("two"))
        tmux.new_session("other")
        tmux.opened.update({"job", "group"})

    def window(self, session: str, name: str, line: str) -> str:
        place = ("-d", "-t", f"={session}:", "-n", name, "-P", "-F", "#{pane_id}")
        return self.tmux("new-window", *place, line)

    def adopt(self) -> tuple[PaneVerdict, ...]:
        """Adopt all that runs, once both tools do."""
        settings = self.asked.host.settings

        def both() -> bool:
            found = adopt_all(settings, dry_run=True)
            return sum(it.outcome is PaneOutcome.PLANNED for it in found) == 2

        wait_until(both, "both tools run")
        return adopt_all(settings)

    def session_of(self, agent_id: str) -> str:
        reader = StateReader(self.asked.host.redis)
        found = {it.agent_id: it.tmux_session_name for it in reader.identities()}
        return found.get(agent_id, "")

    def recorded_in(self, agent_id: str) -> str:
        """The session that other programs' readers find in its record."""
        records = (it.record for it in self.asked.host.registry.entries())
        return next(it.session_name for it in records if it and it.agent_id == agent_id)

    def is_ready_in(self, agent_id: str, sessions: tuple[str, ...]) -> bool:
        there = self.session_of(agent_id) in sessions
        return there and self.asked.host.phase(agent_id) == "ready"

    def await_in(self, agent_id: str, sessions: tuple[str, ...], after: str) -> None:
        """Until readers find the agent there: those of the state, and those of its record."""
        ready = f"{after}: the agent is ready in one of {sessions}"
        wait_until(lambda: self.is_ready_in(agent_id, sessions), ready, PROMPTLY)
        noted = f"{after}: its record says one of {sessions}"
        wait_until(lambda: self.recorded_in(agent_id) in sessions, noted, PROMPTLY)


def adopt_all(settings: Settings, dry_run: bool = False) -> tuple[PaneVerdict, ...]:
    """As `agents join --all` on the watched server."""
    return join_all(settings, TmuxAddress(settings.tmux_socket), generation, dry_run=dry_run)


QUICK = ("--turn-seconds", "0.2")

#: Each with the words for tmux, in which `{}` is the pane, and the sessions it may be in then.
OPERATIONS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("rename-window", "-t", "{}", "renamed"), ("work",)),
    (("rename-session", "-t", "=work", "job"), ("job",)),
    (("split-window", "-d", "-b", "-t", "{}", "cat"), ("job",)),
    (("swap-pane", "-d", "-s", "{}", "-t", "=other:"), ("other",)),
    (("split-window", "-d", "-t", "{}", "cat"), ("other",)),
    (("break-pane", "-d", "-s", "{}", "-t", "other:"), ("other",)),
    (("join-pane", "-d", "-s", "{}", "-t", "=job:"), ("job",)),
    (("break-pane", "-d", "-s", "{}", "-t", "other:"), ("other",)),
    (("move-window", "-d", "-s", "{}", "-t", "job:"), ("job",)),
    (("link-window", "-d", "-s", "{}", "-t", "other:"), ("job", "other")),
    (("new-session", "-d", "-t", "=job", "-s", "group"), ("job", "other", "group")),
    (("kill-session", "-t", "=job"), ("other", "group")),
)


@pytest.mark.parametrize("tool", ["claude", "codex", "gemini"])
def test_an_agent_stays_with_its_pane(asked: RequestClient, tool: str) -> None:
    """Through every operation of tmux: same agent, right state, and the prompt in its own pane."""
    crew = Crew(asked, tool)
    crew.start()
    joined = {it.pane.pane_id: it for it in crew.adopt()}
    one = default_agent_id(joined[crew.panes["one"]].agent_name)
    two = default_agent_id(joined[crew.panes["two"]].agent_name)
    asked.host.await_phase(one, "ready")
    prompts: list[str] = []
    for words, sessions in OPERATIONS:
        crew.tmux(*(word.replace("{}", crew.panes["two"]) for word in words))
        crew.await_in(two, sessions, words[0])
        prompts.append(f"after {words[0]}")
        assert asked.ask(prompts[-1], two)["outcome"] == "submitted", words
        assert asked.got("two") == prompts
    assert asked.got("one") == []
    assert asked.host.listed() == sorted((one, two))
    crew.tmux("kill-pane", "-t", crew.panes["two"])
    wait_until(lambda: asked.host.listed() == [one], "the agent ends with its pane", PROMPTLY)


def test_the_names_of_several(asked: RequestClient) -> None:
    """After session and window; what is no agent is told with the reason; and all undone again."""
    crew = Crew(asked, "claude")
    crew.start()
    found = {it.pane.pane_id: it for it in crew.adopt()}
    assert found[crew.panes["one"]].agent_name == "claude-work"
    assert found[crew.panes["two"]].agent_name == "claude-work-two"
    (shell,) = (it for it in found.values() if it.outcome is PaneOutcome.LEFT_OUT)
    assert "runs cat, none of claude, codex, gemini" in shell.reason
    settings = asked.host.settings
    again = {it.agent_name for it in adopt_all(settings) if it.agent_name}
    assert again == {"claude-work", "claude-work-two"}
    wait_until(lambda: len(asked.host.listed()) == 2, "both are listed")
    leave("claude-work-two", settings)
    wait_until(lambda: len(asked.host.listed()) == 1, "one is its own again")
    assert crew.tmux("display-message", "-p", "-t", crew.panes["two"], "#{pane_dead}") == "0"
    record = join(JoinRequest("work"), settings, {}, generation())
    assert record.agent_name == "claude-work-two"


def test_stopping_one_of_several_ends_its_pane_alone(asked: RequestClient) -> None:
    crew = Crew(asked, "gemini")
    crew.start()
    crew.adopt()
    two = default_agent_id("gemini-work-two")
    wait_until(lambda: len(asked.host.listed()) == 2, "both are listed")
    asked.api.post(f"/houmao/agents/{two}/stop")
    assert crew.tmux("list-panes", "-s", "-t", "=work:", "-F", "#{pane_id}") == crew.panes["one"]
    wait_until(lambda: asked.host.listed() == [default_agent_id("gemini-work")], "one is left")


@pytest.mark.parametrize(
    "request_of",
    [
        lambda pane: JoinRequest(pane_id=pane),
        lambda pane: JoinRequest("work", window="two"),
    ],
)
def test_one_of_several_is_chosen(
    asked: RequestClient, request_of: Callable[[str], JoinRequest]
) -> None:
    crew = Crew(asked, "codex")
    crew.start()

    def adopted() -> bool:
        try:
            join(request_of(crew.panes["two"]), asked.host.settings, {}, generation())
        except UsageError:
            return False
        return True

    wait_until(adopted, "the tool runs and is adopted")
    marks = crew.tmux("list-panes", "-a", "-F", "#{pane_id} #{@houmao-agent}").splitlines()
    assert f"{crew.panes['two']} {default_agent_id('codex-work')}" in marks
    assert f"{crew.panes['one']} " in marks
    wait_until(lambda: len(asked.host.listed()) == 1, "it is listed")


def test_serve_adopt(host: Host) -> None:
    """What comes up in any pane is adopted by itself; what was given back is left alone."""
    adopting = Host(replace(host.settings, adopt=True), host.tmux, host.redis)
    line = shlex.join(command("codex"))
    with adopting.watch_process():
        wait_until(lambda: bool(host.owner()), "the host is watched")
        with clock_of(adopting):
            pane = host.tmux.new_session("work", shlex.join(["bash", "-c", f"exec {line}"]))
            agent_id = default_agent_id("codex-work")
            wait_until(lambda: host.phase(agent_id) == "ready", "it is adopted and ready")
            leave("codex-work", host.settings)
            wait_until(lambda: host.listed() == [], "it is its own again")
            host.tmux.run("split-window", "-d", "-t", pane, shlex.join(["bash", "-c", line]))
            wait_until(lambda: len(host.listed()) == 1, "its neighbour is adopted")
    (record,) = (it.record for it in host.registry.entries() if it.record)
    assert record.pane is not None
    assert record.pane.pane_id != pane


@contextmanager
def clock_of(host: Host) -> Iterator[None]:
    """The process that has the host's periodic jobs done."""
    environ = {**os.environ, **host.settings.as_environ()}
    process = subprocess.Popen([sys.executable, "-m", "workers.clock"], env=environ)
    try:
        yield
    finally:
        process.terminate()
        process.wait()
