"""Every queue and every job: names, how to enqueue, how to wait. It runs nothing itself.

Jobs are named by dotted path because `houmao` never imports `workers`. All of them use
JSON, carry ids and no texts, and are never retried by RQ.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from time import sleep
from uuid import uuid4

from redis import Redis
from rq import Queue
from rq.exceptions import DuplicateJobError, InvalidJobOperation, NoSuchJobError
from rq.job import Job
from rq.results import Result

from houmao.clock import monotonic
from houmao.errors import HoumaoError, QueueFull, Unavailable
from houmao.requests.launch_ticket import DEADLINE_SECONDS
from houmao.requests.operation import AgentOperation

#: Look at every agent of the host: deaths, resizes, idle screens.
TICK = "workers.watch.jobs.tick"
#: Read the registry and replace the host's index.
SCAN = "workers.watch.jobs.scan"
#: Adopt what runs in any pane and is nobody's agent yet.
ADOPT = "workers.watch.jobs.adopt"
#: Capture one agent now and publish what is seen.
REFRESH = "workers.watch.jobs.refresh"

#: A person has seen how one agent's last turn ended.
MARK_SEEN = "workers.watch.jobs.mark_seen"
#: Copy the frames of one agent for readers, for a while.
RECORD = "workers.watch.jobs.record"
#: Tell what an agent's own journal says.
JOURNAL = "workers.watch.jobs.journal"
#: Part of its answer while a turn's end is told that the tool has not written down yet.
UNWRITTEN = "unwritten"
#: Tell the question that an agent asks now.
QUESTION = "workers.watch.jobs.question"
#: Take charge of a request that lies in Redis.
ACCEPT = "workers.watch.jobs.accept"
#: Withdraw a request that was not typed yet.
CANCEL = "workers.watch.jobs.cancel"
#: Expect a turn from a prompt that somebody types by other means.
NOTE_INPUT = "workers.watch.jobs.note_input"
#: End an agent's tmux session and everything in it, then remove its record.
STOP = "workers.watch.jobs.stop"

#: Carry out a launch that lies in Redis.
LAUNCH = "workers.launch.jobs.launch"
#: Do something to an agent that runs: see `houmao.requests.operation`.
OPERATE = "workers.launch.jobs.operate"

#: Run a headless turn whose order lies in Redis.
BEGIN_TURN = "workers.turn.jobs.begin"
#: Tell a headless agent's turn to end.
INTERRUPT_TURN = "workers.turn.jobs.interrupt"
#: End a headless agent: its turn, its session, its record.
STOP_HEADLESS = "workers.turn.jobs.stop"
#: Publish a turn that Redis does not have whole, or lay one of its outputs out.
SHOW_TURN, SHOW_OUTPUT = "workers.turn.jobs.show", "workers.turn.jobs.show_output"

#: The processes of a host that take commands: about panes, launches, headless turns.
WATCH, LAUNCHING, TURN = "watch", "launch", "turn"

#: The only functions a worker of ours will run.
ALLOWED = frozenset(
    (
        TICK,
        SCAN,
        ADOPT,
        REFRESH,
        MARK_SEEN,
        RECORD,
        JOURNAL,
        QUESTION,
        ACCEPT,
        CANCEL,
        NOTE_INPUT,
        STOP,
        LAUNCH,
        OPERATE,
        BEGIN_TURN,
        INTERRUPT_TURN,
        STOP_HEADLESS,
        SHOW_TURN,
        SHOW_OUTPUT,
    )
)

#: What a worker says of any other; other versions know it by these words.
UNKNOWN_JOB = "job function is not on the allow-list"

#: Seconds a command job may run.
JOB_TIMEOUT = 10
#: Seconds between two looks for what a tool writes down in a moment.
_WRITTEN_EVERY = 0.05
#: Seconds that stopping may take: processes get time to end by themselves.
STOP_TIMEOUT = 20
#: Seconds a launch may run: a tool may take its time until it listens.
LAUNCH_TIMEOUT = 120
#: Seconds of those jobs that may take longer than others.
_TIMEOUTS = {STOP_HEADLESS: STOP_TIMEOUT, OPERATE: LAUNCH_TIMEOUT}
#: Seconds after which a scheduled job that nobody took is dropped.
SCHEDULED_TTL = 10


def enqueue_once(queue: Queue, function: str, job_id: str) -> bool:
    """Enqueue a scheduled job unless the same one still waits or runs."""
    try:
        queue.enqueue_call(
            function,
            job_id=job_id,
            unique=True,
            timeout=JOB_TIMEOUT,
            ttl=SCHEDULED_TTL,
            result_ttl=0,
            failure_ttl=0,
            description=job_id,
        )
    except DuplicateJobError:
        return False
    return True


def watch_job_id(host_id: str, function: str) -> str:
    """The one id of a job that a host's watch process has at most one of."""
    return f"{watch_queue(host_id)}-{function.rpartition('.')[2]}"


class PlainQueue(Queue):
    """A queue of jobs that wait for no other job."""

    def enqueue_dependents(self, *_: object, **__: object) -> None:
        """Do nothing: RQ would spend a round trip on looking for jobs that wait for this one."""


def queue_of(redis: Redis, name: str) -> Queue:
    """A queue that speaks JSON. `redis` is a bytes client."""
    return PlainQueue(name, connection=redis, serializer="json")


def watch_queue(host_id: str) -> str:
    """Name of the queue that the host's watch process takes its commands from."""
    return f"houmao-{host_id}-{WATCH}"


def launch_queue(host_id: str) -> str:
    """Name of the queue that the host's launch process takes its launches from."""
    return f"houmao-{host_id}-{LAUNCHING}"


def turn_queue(host_id: str) -> str:
    """Name of the queue that the host's turn process takes its commands from."""
    return f"houmao-{host_id}-{TURN}"


class NotStopped(HoumaoError):
    """An agent's session or a process of it lives on."""


class Jobs:
    """Hands work to the hosts' workers and waits for it. Raises RedisError when Redis is away."""

    def __init__(
        self, redis: Redis, check_heard: Callable[[str, str], object] = lambda host, process: None
    ) -> None:
        """`check_heard` raises Unavailable for a host whose process is known to be cut off."""
        self._redis = redis
        self._check_heard = check_heard

    def waiting(self, hosts: Iterable[str]) -> dict[tuple[str, str], int]:
        """How many jobs wait, by host and queue."""
        makers = {WATCH: watch_queue, LAUNCHING: launch_queue, TURN: turn_queue}
        return {
            (host, name): queue_of(self._redis, make(host)).count
            for host in hosts
            for name, make in makers.items()
        }

    def refresh(self, host: str, agent_id: str, timeout: float) -> None:
        """Return once the agent was captured and published after this call.

        Raises Unavailable when the host does not do it within `timeout` seconds.
        """
        self._ask(watch_queue(host), REFRESH, (agent_id,), timeout)

    def mark_seen(self, host: str, agent_id: str, timeout: float) -> None:
        """Return once the agent's last turn is published as seen by a person.

        Raises Unavailable when the host does not do it within `timeout` seconds.
        """
        self._ask(watch_queue(host), MARK_SEEN, (agent_id,), timeout)

    def record(self, host: str, agent_id: str, timeout: float) -> None:
        """Return once what the agent's tracker takes in is copied for readers, for 10 s.

        Raises Unavailable when the host does not do it within `timeout` seconds.
        """
        self._ask(watch_queue(host), RECORD, (agent_id,), timeout)

    def journal(
        self, host: str, agent_id: str, part: str, timeout: float, request_id: str = ""
    ) -> Mapping[str, str]:
        """What the agent's journal tells, `answer` or `usage`; or the `problem` with it.

        With a request's id nothing is told unless the last answer is that to this request. A tool
        has a moment to write down a turn that has ended.
        It goes through the job's result, which is gone once it was read. Raises Unavailable.
        """
        asked, end = (agent_id, part, request_id), monotonic() + timeout
        told = self._ask(watch_queue(host), JOURNAL, asked, timeout)
        while UNWRITTEN in told and (left := end - monotonic()) > _WRITTEN_EVERY:
            sleep(_WRITTEN_EVERY)
            told = self._ask(watch_queue(host), JOURNAL, asked, left)
        return told

    def question(self, host: str, agent_id: str, timeout: float) -> Mapping[str, str]:
        """What the agent's screen asks now: `question` in JSON, and `blocked_on`.

        It goes through the job's result, which is gone once it was read. Raises Unavailable.
        """
        return self._ask(watch_queue(host), QUESTION, (agent_id,), timeout)

    def accept(self, host: str, request_id: str, timeout: float) -> str:
        """Return once the host keeps the request on its disk and will see it through.

        The id is another's when the host knows that this one only repeats that. Raises QueueFull,
        and Unavailable when its disk is full or it does not say so within `timeout` seconds: then
        it may have, unless the request is taken back.
        """
        answer = self._ask(watch_queue(host), ACCEPT, (request_id,), timeout)
        if "full" in answer:
            raise QueueFull(answer["full"], retry_after_seconds=10)
        if "failed" in answer:
            raise Unavailable(answer["failed"])
        return answer.get("request_id", request_id)

    def cancel(self, host: str, request_id: str, timeout: float) -> None:
        """Return once the host has withdrawn the request, if it was not typed yet."""
        self._ask(watch_queue(host), CANCEL, (request_id,), timeout)

    def note_input(self, host: str, agent_id: str, timeout: float) -> None:
        """Return once the agent's next turn counts as that of a prompt of ours."""
        self._ask(watch_queue(host), NOTE_INPUT, (agent_id,), timeout)

    def stop(self, host: str, agent_id: str, timeout: float) -> str:
        """End the agent's session; returns a sentence about what was done.

        Raises Unavailable as the others do, and NotStopped when the host tried and failed; the
        agent's record is kept then.
        """
        answer = self._ask(watch_queue(host), STOP, (agent_id,), timeout)
        if "failed" in answer:
            raise NotStopped(answer["failed"])
        return answer["done"]

    def launch(self, host: str, launch_id: str) -> None:
        """Queue a launch that lies in Redis; the host's launch process tells how it goes."""
        queue_of(self._redis, launch_queue(host)).enqueue_call(
            LAUNCH,
            args=(launch_id,),
            timeout=LAUNCH_TIMEOUT,
            ttl=round(DEADLINE_SECONDS),
            result_ttl=0,
            failure_ttl=3600,
            description=f"launch {launch_id}",
        )

    def operate(
        self, host: str, agent_id: str, operation: AgentOperation, timeout: float
    ) -> Mapping[str, str]:
        """Do something to an agent that runs: what was `told`, or `failed` and `status`.

        Raises Unavailable when the host does not do it within `timeout` seconds.
        """
        return self._ask(launch_queue(host), OPERATE, (agent_id, operation), timeout)

    def begin_turns(self, turns: Mapping[str, str], timeout: float) -> dict[str, Mapping[str, str]]:
        """Have the hosts run turns whose orders lie in Redis: turn id to host in, answers out.

        An answer has the turn's `turn_index`, or `failed` and `status`. A host that does not
        answer within `timeout` seconds has none.
        """
        refusals = {host: self._refusal(host) for host in set(turns.values())}
        begun = {
            turn_id: self._begin(host, turn_id, timeout)
            for turn_id, host in turns.items()
            if not refusals[host]
        }
        end = monotonic() + timeout
        refused = {turn_id: refusals[host] for turn_id, host in turns.items()}
        found = refused | {it: _result(job, end - monotonic()) for it, job in begun.items()}
        return {turn_id: answer for turn_id, answer in found.items() if answer is not None}

    def interrupt_turn(self, host: str, tracked: str, timeout: float) -> Mapping[str, str]:
        """Tell a headless agent's turn to end; `done` in words, or `failed` and `status`."""
        return self._ask(turn_queue(host), INTERRUPT_TURN, (tracked,), timeout)

    def stop_headless(self, host: str, tracked: str, timeout: float) -> Mapping[str, str]:
        """End a headless agent; `done` in words, or `failed` and `status`."""
        return self._ask(turn_queue(host), STOP_HEADLESS, (tracked,), timeout)

    def show_turn(self, host: str, tracked: str, turn_id: str, timeout: float) -> Mapping[str, str]:
        """Return once a turn and all its events are in Redis; or `failed` and `status`."""
        return self._ask(turn_queue(host), SHOW_TURN, (tracked, turn_id), timeout)

    def show_output(self, host: str, output: Sequence[str], timeout: float) -> Mapping[str, str]:
        """Return once an output is in Redis; it is named by agent, turn and its own name."""
        return self._ask(turn_queue(host), SHOW_OUTPUT, tuple(output), timeout)

    def _refusal(self, host: str) -> Mapping[str, str] | None:
        """What a host would say that is known to begin no turn now."""
        try:
            self._check_heard(host, TURN)
        except Unavailable as error:
            return {"failed": error.message, "status": str(error.http_status)}
        return None

    def _begin(self, host: str, turn_id: str, timeout: float) -> Job:
        try:
            return self._enqueue_turn(host, turn_id, turn_id, timeout)
        except DuplicateJobError:
            # The call is repeated. Its former job may have been killed with its worker and seem
            # to run for minutes; the host knows by the turn's id what it has begun.
            return self._enqueue_turn(host, turn_id, f"{turn_id}-{uuid4().hex[:8]}", timeout)

    def _enqueue_turn(self, host: str, turn_id: str, job_id: str, timeout: float) -> Job:
        # Not at the front: turns begin in the order in which they were asked for.
        return queue_of(self._redis, turn_queue(host)).enqueue_call(
            BEGIN_TURN,
            args=(turn_id,),
            job_id=job_id,
            unique=True,
            timeout=JOB_TIMEOUT,
            ttl=max(1, round(timeout)),
            result_ttl=60,
            failure_ttl=3600,
            description=f"begin {turn_id}",
        )

    def _ask(
        self, queue: str, function: str, subject: tuple[str, ...], timeout: float
    ) -> Mapping[str, str]:
        """Run a short job on a host's worker; its answer, empty for none."""
        host, _, process = queue.removeprefix("houmao-").rpartition("-")
        self._check_heard(host, process)
        what = function.rpartition(".")[2]
        job = queue_of(self._redis, queue).enqueue_call(
            function,
            args=subject,
            timeout=_TIMEOUTS.get(function, JOB_TIMEOUT),
            # Nobody takes it later than its caller waits.
            ttl=max(1, round(timeout)),
            result_ttl=60,
            failure_ttl=3600,
            description=" ".join((what, *subject)),
            at_front=True,
        )
        answer = _result(job, timeout)
        if answer is None:
            raise Unavailable(f"host {host} {_why_undone(job, what, process)}")
        if function in (JOURNAL, QUESTION):
            # What an agent said, or asks, is for its caller alone.
            job.delete()
        return answer


def _why_undone(job: Job, what: str, process: str) -> str:
    """What to say of a job without an answer; it will not be done any more."""
    result = job.latest_result()
    if result is not None and UNKNOWN_JOB in (result.exc_string or ""):
        return (
            f"does not know the job {what!r}: its version of Houmao is another; "
            "`houmao-mgr hosts list` shows the versions"
        )
    if result is not None and result.type is Result.Type.FAILED:
        return (
            f"could not do the job {what!r}: the log of its {process} process says why; its "
            "version of Houmao may be another (`houmao-mgr hosts list`)"
        )
    # One that nobody took in time has left the queue by itself.
    with suppress(NoSuchJobError, InvalidJobOperation):
        job.cancel()
    return f"did not {what} in time; does its {process} process run?"


def _result(job: Job, timeout: float) -> Mapping[str, str] | None:
    """What a job answers, empty for nothing; None when it failed or was not done in time."""
    result = job.latest_result(timeout=max(1, round(timeout)))
    if result is None or result.type is not Result.Type.SUCCESSFUL:
        return None
    answer: Mapping[str, str] = result.return_value or {}
    return answer
