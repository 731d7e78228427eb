"""The watch queue's jobs. Each hands a short action to the watch loop and waits for it.

They run in the watch process itself, so they find its loop in `running`, the one
module-level variable of the workers: RQ calls functions by name and passes nothing else.
"""

from collections.abc import Callable, Mapping
from uuid import uuid4

from redis import RedisError

from houmao import clock, config, logs
from houmao.errors import HoumaoError, NotFound, QueueFull
from houmao.requests.request import Request
from houmao.sessions.adopting.join_all import PaneOutcome, join_all
from houmao.sessions.generation import Generation
from workers.loop import Loop
from workers.watch.fleet import Fleet
from workers.watch.journal_answer import told
from workers.watch.questions import asked
from workers.watch.record_upkeep import correct, renew
from workers.watch.stopping import stop as stop_agent

#: Seconds an action may take; below the jobs' own time limit.
PATIENCE = 8.0
#: Seconds until what it changed must be told; if it is not, Redis is away, as readers see.
TOLD_WITHIN = 1.0

#: What is said of a request that another version made.
UNREADABLE = (
    "the host's version of Houmao does not know this kind of request; "
    "`houmao-mgr hosts list` shows the versions"
)

#: The loop of this process, set once before the worker takes its first job.
running: Loop[Fleet] | None = None


def tick() -> None:
    """Look at what makes no event."""
    _loop().call(lambda fleet: fleet.tick(), PATIENCE)


def scan() -> None:
    """Read the registry, then renew the leases that run short, and correct who was moved.

    Writing waits for other writers, so it is done here and not on the loop's thread.
    """
    loop = _loop()
    loop.call(lambda fleet: fleet.scan(), PATIENCE)
    now = clock.now()
    registry = loop.call(lambda fleet: fleet.sources.records.registry, PATIENCE)
    renew(registry, loop.call(lambda fleet: fleet.agents.leases_to_renew(now), PATIENCE), now)
    correct(registry, loop.call(lambda fleet: fleet.agents.moved(), PATIENCE))


def adopt() -> None:
    """Adopt what runs in any pane and is nobody's agent yet; the registry tells the loop."""
    log, settings = logs.get("adopting"), config.load()
    servers = _loop().call(lambda fleet: [it.address for it in fleet.sources.tmux], PATIENCE)
    for address in servers:
        try:
            verdicts = join_all(settings, address, lambda: Generation(clock.now(), str(uuid4())))
        except HoumaoError as error:
            log.warning("not_adopted", reason=error.message)
            continue
        for found in verdicts:
            if found.outcome is PaneOutcome.JOINED:
                pane = found.pane.pane_id
                log.info("adopted", pane=pane, tool=found.tool, agent=found.agent_name)


def refresh(agent_id: str) -> None:
    """Capture and publish one agent."""
    _call_and_tell(lambda fleet: fleet.refresh(agent_id))


def mark_seen(agent_id: str) -> None:
    """A person has seen how one agent's last turn ended."""

    def note(fleet: Fleet) -> None:
        agent = fleet.agents.need(agent_id)
        agent.standing = agent.standing.seen()
        fleet.refresh(agent_id)

    _call_and_tell(note)


def record(agent_id: str) -> None:
    """Copy what one agent's tracker takes in, for a while."""
    _loop().call(lambda fleet: fleet.record(agent_id), PATIENCE)


def journal(agent_id: str, part: str, request_id: str = "") -> Mapping[str, str]:
    """What one agent's journal tells: `answer`, be it to this request alone, or `usage`."""

    def look(fleet: Fleet) -> Mapping[str, str]:
        return told(fleet.agents.need(agent_id).witnesses, part, request_id)

    return _loop().call(look, PATIENCE)


def question(agent_id: str) -> Mapping[str, str]:
    """What one agent's screen asks at this moment."""

    def look(fleet: Fleet) -> Mapping[str, str]:
        fleet.refresh(agent_id)
        return asked(fleet.agents.need(agent_id))

    return _loop().call(look, PATIENCE)


def accept(request_id: str) -> Mapping[str, str]:
    """Take charge of a request that lies in Redis: on disk first, then there, then in the queue.

    Tells the id of the one that it only repeats, if it does, or why it is not taken. Raises
    NotFound when its caller has taken it back, and RedisError.
    """
    loop = _loop()
    store = loop.call(lambda fleet: fleet.outbox.store, PATIENCE)
    request = store.get(request_id)
    if request is None:
        if store.knows(request_id):
            return {"failed": UNREADABLE}
        raise NotFound(f"request {request_id} was taken back by its caller")
    try:
        former = loop.call(lambda fleet: _offered(fleet, request), PATIENCE)
    except QueueFull as full:
        return {"full": full.message}
    except TimeoutError:
        raise
    except OSError as error:
        return {"failed": f"the host cannot write to its runtime root: {error.strerror}"}
    if not former:
        try:
            taken = store.take(request_id, clock.now())
        except RedisError:
            # It may have been carried out all the same, and then its caller counts on us.
            loop.call(lambda fleet: fleet.requests.ask_again(request), PATIENCE)
            raise
        loop.call(lambda fleet: fleet.settle(request, taken), PATIENCE)
    return {"request_id": former or request_id}


def _offered(fleet: Fleet, request: Request) -> str:
    fleet.agents.need(request.agent_id)
    return fleet.requests.offered(request)


def cancel(request_id: str) -> None:
    """Withdraw a request that was not typed yet."""
    _call_and_tell(lambda fleet: fleet.cancel(request_id))


def note_input(agent_id: str) -> None:
    """Expect a turn of one agent from a prompt that was typed by other means."""

    def expect(fleet: Fleet) -> None:
        fleet.agents.need(agent_id).on_input()
        fleet.refresh(agent_id)

    _call_and_tell(expect)


def stop(agent_id: str) -> Mapping[str, str]:
    """End an agent's session and remove its record; what was done, or why it failed.

    Processes may take seconds to end, so this is not done on the loop's thread.
    """
    sources = _loop().call(lambda fleet: fleet.sources, PATIENCE)
    try:
        return {"done": stop_agent(sources.records, sources.tmux.own.address, agent_id)}
    except HoumaoError as error:
        return {"failed": error.message}


def _call_and_tell(action: Callable[[Fleet], None]) -> None:
    """Have the loop do it, and wait until it is told: whoever asked for it reads Redis next."""
    _loop().call(action, PATIENCE)
    _loop().call(lambda fleet: fleet.outbox, PATIENCE).await_told(TOLD_WITHIN)


def _loop() -> Loop[Fleet]:
    if running is None:
        raise RuntimeError("this process watches nothing; watch jobs belong on a watch queue")
    return running
