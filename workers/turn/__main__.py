"""The turn process: `python -m workers.turn`. One per host; runs the turns of headless agents.

The main thread is an RQ worker that takes commands; a second one follows all running turns. The
tools belong to tmux, so that they live on when this process does not.
"""

import signal
import sys
import time
from contextlib import suppress
from functools import partial

from houmao import clock, config, logs
from houmao.config import Settings
from houmao.errors import TmuxError
from houmao.headless.files import AgentFiles
from houmao.jobs import turn_queue
from houmao.registry.files import Registry
from houmao.state.connect import PATIENT, PATIENT_JOBS, WATCH, RedisAway, connect
from houmao.state.host_key import own_key
from houmao.state.turns import TurnStore
from houmao.tmux.address import TmuxAddress
from workers.loop import Clocks, Loop
from workers.rq import QueueWorker
from workers.turn import jobs
from workers.turn.operations import TurnOperations
from workers.turn.publisher import TurnPublisher
from workers.turn.running_turns import HeadlessHost, RunningTurns

#: Seconds between two tries to recover while tmux does not answer.
RETRY_SECONDS = 1.0


def build(settings: Settings) -> TurnOperations:
    """Everything the process needs, from the settings; its loop does not run yet."""
    headless_host = HeadlessHost(
        settings.host_id,
        AgentFiles(settings.managed_agents_root, settings.all_managed_agents),
        TmuxAddress(settings.tmux_socket),
        Registry(settings.registry_root),
    )
    url = settings.effective_redis_url
    redis = connect(url, WATCH)
    claim = partial(own_key(settings).claim, redis)
    publisher = TurnPublisher(TurnStore(redis), settings.host_id, clock.monotonic, claim)
    loop = Loop(
        RunningTurns(headless_host, publisher, Clocks(clock.monotonic, clock.now)), "turn-loop"
    )
    store = TurnStore(connect(url, PATIENT))
    return TurnOperations(
        headless_host, store, loop, config.environment(), settings.turn_limit_seconds
    )


def recover(owner: TurnOperations) -> None:
    """Recover before the first command, however long tmux may keep silent."""
    while True:
        try:
            owner.recover()
        except TmuxError as error:
            logs.get("owner").warning("recovery_waits", reason=error.message)
            time.sleep(RETRY_SECONDS)
        else:
            return


def main() -> None:
    """Run turns until told to stop."""
    logs.configure("turn")
    settings = config.load()
    jobs.running = owner = build(settings)
    # Until the worker listens to the signal itself, which it does once Redis has answered.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    owner.loop.start()
    try:
        recover(owner)
        with suppress(RedisAway):
            redis = connect(settings.effective_redis_url, PATIENT_JOBS)
            own_key(settings).claim(redis)
            QueueWorker(redis, turn_queue(settings.host_id)).work(logging_level="WARNING")
    finally:
        owner.loop.stop()


if __name__ == "__main__":
    main()
