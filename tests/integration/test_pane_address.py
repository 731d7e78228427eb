"""An agent's pane is its address: prompts go there or nowhere, whatever is done around it."""

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from houmao.demo.stub_agent import command
from houmao.tmux import lifecycle
from houmao.tmux.address import TmuxAddress
from tests.integration.request_client import RequestClient, request_client
from tests.integration.watching import Host
from tests.services import wait_until


@pytest.fixture
def asked(host: Host, tmp_path: Path) -> Iterator[RequestClient]:
    with request_client(host, tmp_path) as found:
        yield found


def second(asked: RequestClient, *options: str) -> None:
    """Another agent of the same tool beside alpha, which notes what it gets as `second`."""
    words = command("claude", "--truth", str(asked.log("second")))
    asked.host.tmux.run("split-window", "-d", *options, "-t", "=alpha:", shlex.join(words))
    pane = "=alpha:0.0" if "-b" in options else "=alpha:0.1"
    wait_until(lambda: "❯" in asked.host.tmux.screen(pane), "the second agent runs")


def split_before(asked: RequestClient, pane: str) -> None:
    second(asked, "-b")


def swapped(asked: RequestClient, pane: str) -> None:
    second(asked)
    asked.host.tmux.run("swap-pane", "-d", "-s", pane, "-t", "=alpha:0.1")


def copy_mode(asked: RequestClient, pane: str) -> None:
    asked.host.tmux.run("copy-mode", "-t", pane)


def synchronized(asked: RequestClient, pane: str) -> None:
    second(asked)
    asked.host.tmux.run("set-option", "-w", "-t", pane, "synchronize-panes", "on")


def grouped(asked: RequestClient, pane: str) -> None:
    asked.host.tmux.opened.add("a-group")
    asked.host.tmux.run("new-session", "-d", "-t", "alpha", "-s", "a-group")


def linked(asked: RequestClient, pane: str) -> None:
    asked.host.tmux.new_session("a-link", "sleep 100")
    asked.host.tmux.run("link-window", "-d", "-s", "alpha:0", "-t", "a-link:5")


def in_another_session(asked: RequestClient, pane: str) -> None:
    second(asked)
    asked.host.tmux.new_session("elsewhere", "sleep 100")
    asked.host.tmux.run("join-pane", "-d", "-s", pane, "-t", "elsewhere:0")


@pytest.mark.parametrize(
    "happens",
    [split_before, swapped, copy_mode, synchronized, grouped, linked, in_another_session],
)
def test_the_prompt_reaches_the_agent_and_nobody_else(
    asked: RequestClient, happens: Callable[[RequestClient, str], None]
) -> None:
    """Splits, moves, links and modes change nothing."""
    pane = asked.stub("alpha", "--turn-seconds", "0.3")
    happens(asked, pane)
    assert asked.ask("say hello")["outcome"] == "submitted"
    assert asked.got() == ["say hello"]
    assert asked.got("second") == []


def test_what_is_left_beside_an_agent_that_ended_is_not_it(asked: RequestClient) -> None:
    """Another one of the same tool gets no prompt of the one that is gone."""
    pane = asked.stub()
    second(asked)
    asked.host.tmux.run("kill-pane", "-t", pane)
    wait_until(lambda: asked.host.availability("alpha") != "available", "its end is seen")
    assert asked.ask("say hello", deadline=3)["outcome"] != "submitted"
    assert asked.got("second") == []


def test_a_mark_tells_agents_apart_for_a_new_watcher(asked: RequestClient) -> None:
    """What was adopted is known by its pane, also by a process that never saw it begin."""
    pane = asked.stub("alpha", "--turn-seconds", "0.3")
    lifecycle.mark(TmuxAddress(str(asked.host.tmux.socket)), pane, "alpha")
    second(asked, "-b")
    asked.kill_watch()
    with asked.host.watch_process():
        asked.host.await_phase("alpha", "ready")
        assert asked.ask("say hello", wait=20)["outcome"] == "submitted"
    assert asked.got() == ["say hello"]
    assert asked.got("second") == []


def test_an_interrupt_reaches_an_agent_that_is_read_in_copy_mode(asked: RequestClient) -> None:
    """Escape goes to the program and not to the mode."""
    pane = asked.stub("alpha", "--turn-seconds", "30")
    asked.ask("work long")
    asked.host.await_phase("alpha", "active")
    copy_mode(asked, pane)
    answer = asked.api.post(
        "/houmao/agents/alpha/interrupt", query_string={"wait": 10, "extended": "true"}
    )
    assert answer.get_json()["outcome"] == "interrupted"


def test_what_was_left_in_the_composer_blocks_nobody(asked: RequestClient) -> None:
    """A watch process that is killed before Enter leaves our own text, which is no draft.

    Its successor sends it where it stands, and tells what became of it.
    """
    asked.stub("alpha", "--turn-seconds", "0.3", tool="gemini")
    left = asked.ask("left behind", wait=20, wait_for="typing")["request_id"]
    asked.kill_watch()
    with asked.host.watch_process():
        assert asked.ask("the next one", wait=20)["outcome"] == "submitted"
        outcome = asked.request(left, wait=20)["outcome"]
    *before, last = asked.got()
    assert last == "the next one"
    arrived = {"submitted": [["left behind"]], "unverified": [[], ["left behind"]]}
    assert before in arrived[outcome]
