"""How gunicorn serves the API: `gunicorn -c python:houmao.api.gunicorn_conf --bind fd://N`.

The application, its processes and threads, the time they have to end, and their log lines.
Where it listens and who restarts it is decided by whoever starts it. Names are gunicorn's.
"""

import os
from typing import Any

from gunicorn.workers import gthread

from houmao.api.context import EXTENSION

wsgi_app = "houmao.api.app:build()"

worker_class = "houmao.api.http.whole_requests.WholeRequestWorker"
workers = 2
#: Made once, before the workers are forked, whose memory it then shares; its clients connect later.
preload_app = True
#: More than the event streams a process serves at a time (see `houmao.api.app`), which hold one
#: thread each; threads are made when they are needed.
threads = 48
worker_connections = 1000

#: Seconds an idle connection stays open; longer than the pause between two polls of a client.
keepalive = 15
#: Seconds running requests get to end; whoever supervises us waits a little longer.
graceful_timeout = 2
# A stopping worker keeps idle connections this long; gunicorn's own 2 s are all the grace.
gthread.STOP_KEEPALIVE_LINGER = 0.5
timeout = 30
#: Longest first line of a request in bytes: gunicorn's own answer to a longer one is no JSON.
limit_request_line = 8190

# The heartbeat file of a worker must not wait for a busy disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
# One owner of the server's life is enough: the process named in the marker file.
control_socket_disable = True

logger_class = "houmao.api.http.access_log.WebLogger"
accesslog = "-"
errorlog = "-"
proc_name = "houmao-web"


def post_worker_init(worker: Any) -> None:
    """Let event streams end as soon as their process is told to, or has lost its parent."""
    # Without its parent a process stops to serve, but its flag says that it is alive.
    streams = worker.wsgi.extensions[EXTENSION].streams
    streams.end_when(lambda: not worker.alive or os.getppid() != worker.ppid)
