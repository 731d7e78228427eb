"""Prompts from the API into a pane and what is told of them: real watch process, real tmux."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from houmao.errors import Unavailable
from houmao.jobs import Jobs
from houmao.requests.files import RequestFiles
from houmao.requests.request import Request, RequestKind, RequestOutcome, typing
from houmao.state.connect import PROMPT_JOBS, connect
from houmao.state.requests import RequestStore
from tests.integration.request_client import RequestClient, request_client
from tests.integration.watching import Host
from tests.services import wait_until
from workers.watch.request_queue import MOST_WAITING

LONG = "\n".join(f"{number:05} lorem ipsum dolor sit amet, consetetur" for number in range(2300))


@pytest.fixture
def asked(host: Host, tmp_path: Path) -> Iterator[RequestClient]:
    """A watched host without agents."""
    with request_client(host, tmp_path) as found:
        yield found


@pytest.mark.parametrize("tool", ["claude", "codex", "gemini"])
def test_an_idle_agent_gets_its_prompt_once(asked: RequestClient, tool: str) -> None:
    """Submitted is said when the prompt has left the composer; the verdict follows."""
    asked.stub("alpha", "--turn-seconds", "1", tool=tool)
    found = asked.ask("say hello", wait_for="turn")
    assert (found["outcome"], found["turn_result"]) == ("submitted", "success")
    assert asked.got() == ["say hello"]
    state = asked.host.state("alpha")
    assert state is not None
    assert state.tracked.last_turn.source.value == "explicit_input"


def test_a_busy_agent_is_waited_for(asked: RequestClient) -> None:
    """The prompt is held while the turn runs and typed when it is over."""
    asked.stub("alpha", "--turn-seconds", "2")
    first = asked.ask("turn 2")
    second = asked.ask("and then", wait=0)
    assert second["state"] == "queued"
    assert asked.got() == ["turn 2"]
    assert asked.request(first["request_id"], wait=10, wait_for="turn")["turn_result"] == "success"
    asked.await_outcome(second["request_id"], "submitted")
    assert asked.got() == ["turn 2", "and then"]


def test_a_draft_is_left_alone(asked: RequestClient) -> None:
    """Somebody's half-typed text is neither sent nor mixed with ours."""
    asked.stub("alpha", tool="gemini")
    asked.keys("alpha", "half a thou")
    asked.host.shows("alpha", "half a thou")
    wait_until(lambda: editing(asked) == "yes", "the draft is seen")
    assert asked.ask("go")["outcome"] == "draft_present"
    asked.keys("alpha", "ght", "Enter")
    wait_until(lambda: asked.got() == ["half a thought"], "the draft was sent by its author")


@pytest.mark.parametrize("tool", ["claude", "codex"])
def test_what_may_be_a_draft_is_left_alone(asked: RequestClient, tool: str) -> None:
    """In a version nobody knows, text in the composer may be the tool's own suggestion."""
    asked.stub("alpha", tool=tool)
    asked.keys("alpha", "half a thou")
    wait_until(lambda: editing(asked) == "unknown", "the text is seen")
    assert asked.ask("go")["outcome"] == "draft_present"
    asked.keys("alpha", "ght", "Enter")
    wait_until(lambda: asked.got() == ["half a thought"], "the draft was sent by its author")


def editing(asked: RequestClient) -> str:
    state = asked.host.state("alpha")
    return state.tracked.surface.editing_input.value if state else "unknown"


def test_a_dialog_is_left_to_a_person(asked: RequestClient) -> None:
    """An approval is never answered by a prompt."""
    asked.stub()
    asked.ask("ask 0", wait_for="delivery")
    wait_until(lambda: blocked(asked) == "approval", "the dialog is seen")
    found = asked.ask("go")
    assert found["outcome"] == "blocked"
    assert "approval" in found["detail"]
    assert asked.got() == ["ask 0"]


def blocked(asked: RequestClient) -> str | None:
    state = asked.host.state("alpha")
    found = state.tracked.surface.blocked_on if state else None
    return found.value if found else None


def test_a_tool_nobody_can_read_is_not_ready(asked: RequestClient) -> None:
    """It may well run; nothing is typed into what nobody understands."""
    asked.host.open("alpha", "exec -a kimi sleep 1000", tool="kimi")
    asked.host.await_availability("alpha", "tui_down")
    assert asked.ask("go")["outcome"] == "not_ready"


def test_nothing_is_typed_into_a_shell(asked: RequestClient) -> None:
    """Where the tool has ended, its prompt would run as a command."""
    asked.host.open("alpha", "exec bash --norc --noprofile -i")
    asked.host.await_availability("alpha", "tui_down")
    assert asked.ask("touch /tmp/never")["outcome"] == "process_gone"
    assert "never" not in asked.screen()


def test_a_queued_prompt_can_be_withdrawn(asked: RequestClient) -> None:
    """Until it is typed; later it is too late."""
    asked.stub("alpha", "--turn-seconds", "3")
    first = asked.ask("turn 3")["request_id"]
    second = asked.ask("never mind", wait=0)["request_id"]
    path = "/houmao/agents/alpha/requests"
    withdrawn = asked.api.delete(f"{path}/{second}").get_json()
    assert withdrawn.get("outcome") == "cancelled", withdrawn
    assert asked.api.delete(f"{path}/{first}").status_code == 409
    asked.host.await_phase("alpha", "ready")
    assert asked.got() == ["turn 3"]


def test_a_deadline_ends_the_waiting(asked: RequestClient) -> None:
    """A prompt whose time is over is not typed any more."""
    asked.stub("alpha", "--turn-seconds", "3")
    asked.ask("turn 3")
    assert asked.ask("too late", deadline=0.5)["outcome"] == "expired"
    asked.host.await_phase("alpha", "ready")
    assert asked.got() == ["turn 3"]


def test_a_key_is_typed_once(asked: RequestClient) -> None:
    """Two callers at once and one later, with one key: one request, one turn."""
    asked.stub("alpha", "--turn-seconds", "1")
    found: list[str] = []

    def ask() -> None:
        answer = asked.api.application.test_client().post(
            "/houmao/agents/alpha/requests",
            json={"prompt": "only once"},
            headers={"Idempotency-Key": "k-1"},
        )
        if answer.status_code == 200:
            found.append(answer.get_json()["request_id"])

    callers = [threading.Thread(target=ask) for _ in range(2)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    again = asked.ask("only once", key="k-1", wait_for="turn")
    assert set(found) == {again["request_id"]}
    assert asked.got() == ["only once"]


def test_an_interrupt_overtakes_prompts(asked: RequestClient) -> None:
    """It stops the running turn at once; what was queued behind it is typed afterwards."""
    asked.stub("alpha", "--turn-seconds", "1")
    first = asked.ask("turn 30")["request_id"]
    second = asked.ask("next", wait=0)["request_id"]
    # Cut short before it says anything, Claude would put the prompt back into the composer.
    wait_until(lambda: "\n●" in asked.screen(), "the agent says something")
    answer = asked.api.post("/houmao/agents/alpha/interrupt?wait=10&extended=true").get_json()
    assert answer["outcome"] == "interrupted"
    assert asked.request(first, wait=10, wait_for="turn")["turn_result"] == "interrupted"
    asked.await_outcome(second, "submitted")
    assert asked.got() == ["turn 30", "next"]


def test_what_an_interrupt_brings_back_is_no_draft(asked: RequestClient) -> None:
    """Claude puts a prompt back that it had not answered; it is ours, and the next one is sent."""
    asked.stub()
    asked.ask("turn 60", wait_for="delivery")
    asked.api.post("/houmao/agents/alpha/interrupt?wait=10")
    wait_until(lambda: "❯\xa0turn 60" in asked.screen(), "the prompt is back in the composer")
    assert asked.ask("hello", wait_for="delivery")["outcome"] == "submitted"
    assert asked.got() == ["turn 60", "hello"]


def test_an_interrupt_of_an_idle_agent_presses_nothing(asked: RequestClient) -> None:
    """No turn, no key: an Escape too many opens menus."""
    asked.stub()
    answer = asked.api.post("/houmao/agents/alpha/interrupt?wait=10&extended=true").get_json()
    assert (answer["outcome"], answer["delivered"]) == ("no_op", True)


@pytest.mark.parametrize(
    "prompt",
    [
        "one\ntwo\n\n\tthree",
        "Grüße 🙂 漢字 \u0301 עברית",
        "-t =other: kill-server; $(touch x) `x` \\n %% #{pane_id}",
        LONG,
    ],
    ids=["lines", "unicode", "quoting", "100 kB"],
)
def test_a_prompt_arrives_as_it_was_sent(asked: RequestClient, prompt: str) -> None:
    """Whatever its length and whatever its characters mean elsewhere."""
    asked.stub("alpha", "--turn-seconds", "1", tool="codex")
    assert asked.ask(prompt)["outcome"] == "submitted"
    wait_until(lambda: bool(asked.got()), "the turn began")
    assert asked.got() == [prompt]


def test_a_control_character_is_refused(asked: RequestClient) -> None:
    """The end mark of a paste would turn the rest of the text into keystrokes."""
    asked.stub()
    answer = asked.api.post(
        "/houmao/agents/alpha/requests", json={"prompt": "hello\x1b[201~\rtouch x\r"}
    )
    assert answer.status_code == 422
    assert asked.got() == []


def test_a_request_that_was_taken_back_is_never_typed(asked: RequestClient, tmp_path: Path) -> None:
    """Neither by a host that hears of it late, nor by one that had it on disk already."""
    asked.stub()
    now = time.time()
    back = Request("mreq-1", "alpha", RequestKind.SUBMIT_PROMPT, "back", now, now + 60)
    RequestFiles(asked.host.settings.runtime_root / "requests" / "here").save(back)
    asked.kill_watch()
    with asked.host.watch_process():
        asked.host.await_heartbeat()
        assert asked.ask("go")["outcome"] == "submitted"
        store = RequestStore(asked.host.redis)
        late = replace(back, request_id="mreq-2", text="late")
        store.offer(late)
        assert store.withdraw(late)
        jobs = Jobs(connect(asked.host.settings.effective_redis_url, PROMPT_JOBS))
        with pytest.raises(Unavailable):
            jobs.accept(asked.host.settings.host_id, late.request_id, 5)
        # Nor one of a kind that only a newer host knows.
        store.offer(replace(back, request_id="mreq-3", text="dream"))
        asked.host.redis.hset("houmao:request:mreq-3", "kind", "dream")
        with pytest.raises(Unavailable, match="does not know this kind of request"):
            jobs.accept(asked.host.settings.host_id, "mreq-3", 5)
        assert asked.ask("on")["outcome"] == "submitted"
    assert asked.got() == ["go", "on"]


@pytest.mark.parametrize("pause", [0.0, 0.25, 0.4, 0.6])
def test_a_watch_process_killed_while_it_types(asked: RequestClient, pause: float) -> None:
    """Wherever it was hit, its successor never types the prompt again and ends the request."""
    asked.stub("alpha", "--turn-seconds", "1")
    request_id = asked.ask("exactly once", wait=0)["request_id"]
    time.sleep(pause)
    asked.kill_watch()
    with asked.host.watch_process():
        found = asked.request(request_id, wait=20)
        assert found["outcome"] in ("submitted", "unverified")
        asked.host.await_heartbeat()
    assert len(asked.got()) <= 1


def test_what_a_killed_watch_process_has_typed_is_sent(asked: RequestClient) -> None:
    """It stands in the composer, not sent: its successor presses Enter and types nothing."""
    asked.stub("alpha", "--turn-seconds", "1")
    asked.kill_watch()
    now = time.time()
    left = Request("mreq-1", "alpha", RequestKind.SUBMIT_PROMPT, "exactly once", now, now + 60)
    left = typing(replace(left, accepted_at=now), now)
    RequestFiles(asked.host.settings.runtime_root / "requests" / "here").save(left)
    asked.keys("alpha", "exactly once")
    with asked.host.watch_process():
        wait_until(lambda: bool(asked.got()), "the prompt is sent")
        asked.await_outcome("mreq-1", "submitted")
        assert asked.ask("and then")["outcome"] == "submitted"
    assert asked.got() == ["exactly once", "and then"]


def test_an_orderly_end_finishes_what_is_being_typed(asked: RequestClient) -> None:
    """What is between its text and Enter is sent before the process ends; what waits, waits on."""
    asked.stub("alpha", "--turn-seconds", "1", tool="codex")
    request_id = asked.ask("exactly once", wait=0)["request_id"]
    waiting = asked.ask("after it", wait=0)["request_id"]
    wait_until(lambda: asked.request(request_id)["state"] == "delivering", "it is typed")
    asked.watch.terminate()
    assert asked.watch.wait(5) == 0
    files = RequestFiles(asked.host.settings.runtime_root / "requests" / "here")
    found = files.load(request_id)
    assert found is not None
    assert found.outcome is RequestOutcome.SUBMITTED
    wait_until(lambda: asked.got() == ["exactly once"], "the turn began")
    with asked.host.watch_process():
        asked.await_outcome(waiting, "submitted")
    assert asked.got() == ["exactly once", "after it"]


def test_a_queue_has_an_end(asked: RequestClient) -> None:
    """429 for one prompt too many, and it is never typed; an interrupt would still be taken."""
    asked.stub("alpha", "--turn-seconds", "60")
    asked.ask("turn 60")
    url = asked.host.settings.effective_redis_url
    store, jobs = RequestStore(asked.host.redis), Jobs(connect(url, PROMPT_JOBS))
    now = time.time()
    for number in range(MOST_WAITING):
        waiting = f"mreq-{number:04}"
        kind = RequestKind.SUBMIT_PROMPT
        store.offer(Request(waiting, "alpha", kind, "wait", now, now + 60, "here"))
        jobs.accept("here", waiting, 5)
    refused = asked.api.post("/houmao/agents/alpha/requests", json={"prompt": "one too many"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    listing = asked.api.get("/houmao/agents/alpha/requests?limit=200").get_json()["requests"]
    assert len([it for it in listing if it["state"] == "queued"]) == MOST_WAITING


def test_a_host_that_nobody_watches(asked: RequestClient) -> None:
    """503 within seconds, and nothing is typed when somebody watches it again."""
    asked.stub()
    asked.kill_watch()
    answer = asked.api.post("/houmao/agents/alpha/requests", json={"prompt": "lost"})
    assert answer.status_code == 503
    with asked.host.watch_process():
        asked.host.await_heartbeat()
        asked.host.await_heartbeat()
        listing = asked.api.get("/houmao/agents/alpha/requests").get_json()
    assert listing["requests"] == []
    assert asked.got() == []


def test_stop_ends_session_processes_and_record(asked: RequestClient) -> None:
    """A child that ignores the hang-up is ended, too; a session of a longer name is not."""
    child = "trap '' HUP TERM; exec -a stubborn sleep 1000"
    line = f"bash -c {child!r} & echo $! > {asked.folder}/pid; exec -a claude sleep 1000"
    asked.host.open("alpha", line)
    asked.host.silent("alpha-2")
    asked.host.await_availability("alpha", "available")
    pid = int((asked.folder / "pid").read_text())
    assert psutil.pid_exists(pid)
    answer = asked.api.post("/houmao/agents/alpha/stop")
    assert answer.get_json()["detail"] == "session ended and record removed"
    assert not is_alive(pid)
    assert asked.host.tmux.sessions().count("alpha") == 0
    assert "alpha-2" in asked.host.tmux.sessions()
    wait_until(lambda: asked.host.listed() == ["alpha-2"], "the agent is gone", 1.0)
    assert asked.api.post("/houmao/agents/alpha/stop").status_code == 404


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_stop_ends_open_requests(asked: RequestClient) -> None:
    """What was typed gets the verdict that nobody knows; what was not typed is over."""
    asked.stub("alpha", "--turn-seconds", "5")
    first = asked.ask("turn 5")["request_id"]
    second = asked.ask("never", wait=0)["request_id"]
    assert asked.api.post("/houmao/agents/alpha/stop").status_code == 200
    asked.await_outcome(second, "process_gone")
    assert asked.request(first, wait=10, wait_for="turn")["turn_result"] == "unknown"
    assert asked.got() == ["turn 5"]


def test_a_key_survives_an_emptied_redis(asked: RequestClient) -> None:
    """The host knows what it typed for it, and Redis is told again; nothing is typed twice."""
    asked.stub()
    first = asked.ask("once", key="k")
    asked.host.redis.flushall()
    asked.host.await_phase("alpha", "active")
    again = asked.ask("once", key="k")
    assert again["request_id"] == first["request_id"]
    assert asked.got() == ["once"]
    assert asked.ask("once", key="k")["request_id"] == first["request_id"]
