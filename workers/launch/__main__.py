"""The launch process: `python -m workers.launch`. One per host; starts agents one by one."""

import signal
import sys
from contextlib import suppress
from dataclasses import replace

from houmao import config, logs
from houmao.jobs import launch_queue
from houmao.state.connect import PATIENT, PATIENT_JOBS, RedisAway, connect
from houmao.state.host_key import own_key
from houmao.state.launches import LaunchStore
from houmao.state.redis_clock import synchronised
from houmao.state.turns import TurnStore
from workers.launch import jobs
from workers.launch.launcher import launcher
from workers.rq import QueueWorker


def main() -> None:
    """Launch until told to stop."""
    logs.configure("launch")
    settings = config.load()
    # Until the worker listens to the signal itself, which it does once Redis has answered.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(RedisAway):
        patient = connect(settings.effective_redis_url, PATIENT)
        own_key(settings).claim(patient)
        store = LaunchStore(patient)
        made = launcher(settings, store, TurnStore(patient))
        jobs.running = replace(made, now=synchronised(patient).now)
        jobs.running.take_up(settings.host_id)
        redis = connect(settings.effective_redis_url, PATIENT_JOBS)
        QueueWorker(redis, launch_queue(settings.host_id)).work(logging_level="WARNING")


if __name__ == "__main__":
    main()
