"""Our gunicorn settings for the bare application of `benchmarks.bare_view`."""

from houmao.api import gunicorn_conf

wsgi_app = "benchmarks.bare_view:bare()"
globals().update(
    {
        name: getattr(gunicorn_conf, name)
        for name in (
            "worker_class",
            "workers",
            "threads",
            "worker_connections",
            "keepalive",
            "graceful_timeout",
            "worker_tmp_dir",
            "control_socket_disable",
            "logger_class",
            "accesslog",
            "errorlog",
        )
    }
)
