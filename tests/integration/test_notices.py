"""Notices go out once each: real Redis, real processes of stub agents, real HTTP."""

import hmac
import json
import random
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from redis import Redis

from houmao import clock
from houmao.clock import iso_ms
from houmao.config import Settings
from houmao.ids import AgentKey
from houmao.state import keys
from houmao.state.notices import NoticeStore
from tests.http_server import served
from tests.integration.watching import Host
from tests.services import wait_until
from workers.notify.process import NotifyProcess, build

BASE = {"turn_phase": "ready", "last_turn_result": "none"}


@dataclass
class Receiver:
    """A webhook that refuses the first `refusals` calls of each notice."""

    refusals: int = 0
    url: str = ""
    took: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)

    def answer(self, headers: Mapping[str, str], body: bytes) -> int:
        notice = headers["Houmao-Notice"]
        self.calls[notice] += 1
        if self.calls[notice] <= self.refusals:
            return 503
        self.took.append((headers, body))
        return 204

    def kinds(self) -> list[tuple[str, str]]:
        """Agent and kind of what was taken, in order of the words."""
        told = [json.loads(body) for _, body in self.took]
        return sorted((it["agent_name"], it["kind"]) for it in told)


@contextmanager
def listening(receiver: Receiver) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(receiver.answer(dict(self.headers), body))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
        yield receiver


def ruled(host: Host, text: str) -> Settings:
    """The host's settings with a settings file of this content."""
    path = host.settings.runtime_root.parent / "config.toml"
    path.write_text(text)
    return replace(host.settings, settings_file=path)


@contextmanager
def telling(settings: Settings) -> Iterator[None]:
    """The notify process's work on a thread, from a moment at which it has begun."""
    process, ending = build(settings), threading.Event()

    def work() -> None:
        while not ending.is_set():
            process.step()

    process.step()
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
        process.sender.close()


def tell(redis: Redis, agent_id: str, state: Mapping[str, str], at: float | None = None) -> None:
    """An event as the watch process tells it, of now or of `at`."""
    about = {"agent_id": agent_id, "agent_name": agent_id, "host": "here", "summary": "observed"}
    event: dict[str, str] = {
        **about,
        "recorded_at": iso_ms(clock.now() if at is None else at),
        **state,
    }
    redis.hset(keys.agent(AgentKey("here", agent_id)), mapping={"agent_name": agent_id})
    redis.xadd(keys.EVENTS, event)  # type: ignore[arg-type]  # redis-py's types are invariant


def test_every_kind_goes_out_by_command_and_signed_webhook(host: Host, tmp_path: Path) -> None:
    """An agent that asks, one that fails, one that is done: as their screens show it."""
    log, secret = tmp_path / "log", tmp_path / "secret"
    secret.write_text("s3cret\n")
    with listening(Receiver(refusals=1)) as hook:
        settings = ruled(
            host,
            f"""
            [[notify.rule]]
            name = "both"
            command = 'echo "$HOUMAO_NOTICE_KIND $HOUMAO_NOTICE_TEXT" >> {log}'
            webhook = "{hook.url}"
            secret_file = "{secret}"
            [[notify.rule]]
            name = "dead"
            webhook = "http://127.0.0.1:9/"
            """,
        )
        with telling(settings), host.watched():
            host.stub("asker", "--script", "idle 1, ask 0")
            host.stub("failer", "--script", "idle 1, error 0.3")
            host.stub("doer", "--script", "idle 1, turn 0.3")
            expected = [
                ("name-asker", "blocked"), ("name-doer", "done"), ("name-failer", "failed"),
            ]  # fmt: skip
            wait_until(lambda: hook.kinds() == expected, "the webhook took all", 20)
            wait_until(lambda: log.exists() and log.read_text().count("\n") == 3, "commands ran")
    assert "blocked name-asker waits for you (approval)\n" in log.read_text()
    headers, body = hook.took[0]
    signed = headers["Houmao-Timestamp"].encode() + b"." + body
    digest = hmac.new(b"s3cret", signed, "sha256").hexdigest()
    assert headers["Houmao-Signature"] == f"sha256={digest}"
    assert max(hook.calls.values()) == 2
    # The dead one waits for its next try and has held nobody up.
    left = NoticeStore(host.redis, "here").due(1e12)
    assert sorted({it.rule for it in left}) == ["dead"]


def test_nothing_is_lost_and_nothing_told_twice_over_restarts(host: Host, tmp_path: Path) -> None:
    """Processes that stop at any step, two of them at once, and each event is told once."""
    log, dice = tmp_path / "log", random.Random(21)
    line = 'echo "$HOUMAO_NOTICE_AGENT_ID $HOUMAO_NOTICE_KIND" >> '
    settings = ruled(host, f"[[notify.rule]]\ncommand = '{line}{log}'")
    first = build(settings)
    first.step()
    expected: Counter[str] = Counter()
    running: list[NotifyProcess] = [first]
    for number in range(30):
        name, kind = f"a{number % 5}", dice.choice(("success", "known_failure", "usage_limit"))
        tell(host.redis, name, BASE | {"turn_phase": "active"})
        if kind == "usage_limit":
            tell(host.redis, name, BASE | {"turn_phase": "unknown", "blocked_on": kind})
        else:
            tell(host.redis, name, BASE | {"last_turn_result": kind})
        word = {"success": "done", "known_failure": "failed"}.get(kind, kind)
        expected[f"{name} {word}"] += 1
        if number % 3 == 0:
            dice.choice(running).step()
        if number % 7 == 0:
            # A successor comes; the former one goes on for a while, as after a stopped process.
            running = [running[-1], build(settings)]
    for process in running:
        process.step()
        process.step()

    def counted() -> Counter[str]:
        return Counter(log.read_text().splitlines()) if log.exists() else Counter()

    wait_until(lambda: counted().total() >= expected.total(), "all went out")
    for process in running:
        process.sender.close()
    assert counted() == expected


def test_long_idleness_is_told_and_rules_are_read_again(host: Host, tmp_path: Path) -> None:
    log = tmp_path / "log"
    settings = ruled(host, "[notify]\nidle_minutes = 1\n")
    process = build(settings)
    # Without a rule there is nothing to do, and nothing that happened then is told later.
    tell(host.redis, "early", BASE | {"last_turn_result": "success"})
    assert process.step() > 0
    line = 'echo "$HOUMAO_NOTICE_TEXT" >> '
    rule = f"[notify]\nidle_minutes = 1\n[[notify.rule]]\ncommand = '{line}{log}'\n"
    ruled(host, rule)
    process.step()
    # Since the beginning of time, as the event says.
    tell(host.redis, "idler", BASE, at=0.0)
    wait_until(lambda: process.step() == 0.0 and log.exists(), "it is told")
    process.sender.close()
    assert log.read_text() == "idler has had nothing to do for long\n"


def test_a_file_that_cannot_be_understood_leaves_the_former_rules(host: Host) -> None:
    settings = ruled(host, '[[notify.rule]]\ncommand = "true"')
    process = build(settings)
    process.step()
    ruled(host, "[notify]\nquiet = 1")
    process.step()
    assert [rule.command for rule in process.settings.rules] == ["true"]
