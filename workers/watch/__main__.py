"""The watch process: `python -m workers.watch`. One per host.

The main thread is an RQ worker that takes commands and ticks; the watch loop has a thread of
its own, because RQ's time limits need the main one.
"""

import os
import resource
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from houmao import clock, config, logs
from houmao.config import Settings
from houmao.jobs import watch_queue
from houmao.own_signs import OwnSigns
from houmao.registry.agent_lock import TYPING, AgentLock
from houmao.registry.files import Registry
from houmao.requests.files import RequestFiles
from houmao.settings_file import SettingsFile
from houmao.state.away import away_mark
from houmao.state.connect import PATIENT_JOBS, WATCH, WATCH_JOBS, RedisAway, connect
from houmao.state.host_key import own_key
from houmao.state.host_memory import host_memory
from houmao.state.redis_clock import RedisClock
from houmao.state.requests import RequestStore
from houmao.state.values import HostStatus
from houmao.terminals.files import RegistrationFiles
from houmao.tmux.address import TmuxAddress
from houmao.tmux.typing import type_keys
from houmao.tools.catalog import select_detector
from workers.loop import Clocks, Loop
from workers.rq import QueueWorker
from workers.watch import jobs, local_present
from workers.watch.change_notices import ChangeNotices
from workers.watch.early_jobs import EarlyJobs
from workers.watch.fleet import Fleet, FleetSources
from workers.watch.journals import Journals
from workers.watch.lease_owner import MachineHold, owner_text
from workers.watch.outbox import Outbox
from workers.watch.panes import PaneSource
from workers.watch.process_exits import ProcessExits
from workers.watch.publishing import HostFiles, Publishing
from workers.watch.request_queue import PaneWriter, RequestQueue
from workers.watch.roster import RosterSources
from workers.watch.status_options import StatusOptions
from workers.watch.tmux_servers import TmuxServers
from workers.watch.watched_agent import DetectorFor


def build_fleet(
    settings: Settings, environ: Mapping[str, str], detector_for: DetectorFor = select_detector
) -> Fleet:
    """Everything the loop needs, from the settings."""
    address = TmuxAddress(settings.tmux_socket)
    own = PaneSource(address, address.path(environ), clock.monotonic)
    registry = Registry(settings.registry_root)
    terminals = RegistrationFiles(settings.terminals_root, settings.all_terminals)
    # Only to learn at once of the first record; a registry that cannot be made has no agents.
    for folder in (registry.agents, terminals.root):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
    time, owner = RedisClock(), owner_text(os.getpid())
    clocks = Clocks(clock.monotonic, time.now)
    redis = connect(settings.effective_redis_url, WATCH)
    folder = settings.runtime_root / "requests" / settings.host_id
    machine = MachineHold(folder / "watch.lock")
    outbox = Outbox(settings.host_id, RequestStore(redis), clocks, machine.take)
    jobs_redis = connect(settings.effective_redis_url, WATCH_JOBS)
    sources = FleetSources(
        tmux=TmuxServers(own, _source),
        change_notices=ChangeNotices(),
        process_exits=ProcessExits(),
        records=RosterSources(registry, terminals),
        detector_for=detector_for,
        hurry=EarlyJobs(jobs_redis, settings.host_id, outbox).hurry,
        adopts=settings.adopt,
        journals=Journals(settings.ignore_journals),
        status=StatusOptions(SettingsFile(settings.settings_file)),
    )
    files = HostFiles(own_key(settings), away_mark(settings), host_memory(settings))
    publishing = Publishing(redis, files, owner, outbox, time)
    publishing.start()
    writer = pane_writer(settings.registry_root)
    request_queue = RequestQueue(RequestFiles(folder), outbox, writer, clocks)
    return Fleet(sources, outbox, publishing, request_queue, host_status(settings), clocks)


def _source(socket: str) -> PaneSource:
    return PaneSource(TmuxAddress(socket), Path(socket), clock.monotonic)


def pane_writer(registry_root: Path) -> PaneWriter:
    """What the request queue may do to panes."""
    return PaneWriter(
        type=type_keys,
        lock=lambda agent_id: AgentLock(registry_root, agent_id, TYPING),
    )


def host_status(settings: Settings) -> HostStatus:
    """What this process says of itself in every heartbeat."""
    return HostStatus(
        host=settings.host_id,
        pid=os.getpid(),
        epoch=0,
        heartbeat_at=0.0,
        agents=0,
        started_at=clock.now(),
        version=version("houmao"),
        runtime_root=str(settings.runtime_root),
        registry_root=str(settings.registry_root),
        tmux_socket=settings.tmux_socket or "default",
    )


def main() -> None:
    """Watch until told to stop."""
    logs.configure("watch")
    settings = config.load()
    own = OwnSigns(settings.signs_root, _complain)
    run(settings, own.detector_for)


def run(settings: Settings, detector_for: DetectorFor) -> None:
    """Watch with these detectors until told to stop."""
    _raise_descriptor_limit()
    fleet = build_fleet(settings, config.environment(), detector_for)
    loop = Loop(fleet, "watch-loop")
    jobs.running = loop
    loop.start()
    if settings.present_socket:
        local_present.serve(settings.present_socket, fleet.outbox.answer)
    # Until the worker listens to the signal itself, which it does once Redis has answered.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with suppress(RedisAway):
            redis = connect(settings.effective_redis_url, PATIENT_JOBS)
            own_key(settings).claim(redis)
            QueueWorker(redis, watch_queue(settings.host_id)).work(logging_level="WARNING")
    finally:
        loop.stop()


def _complain(complaint: str) -> None:
    logs.get("signs").warning("own sign not used", why=complaint)


def _raise_descriptor_limit() -> None:
    # One descriptor per watched process: hundreds of agents exceed the usual soft limit.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main()
