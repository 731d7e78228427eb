"""The gateways' parent: `python -m workers.gateway`; with `--manifest` it is one gateway instead.

One parent for each runtime root. It imports everything once and forks: a gateway is a process of
its own, so that whatever happens to one happens to one agent, and costs only what it changes.
"""

import argparse
import sys
from pathlib import Path

from houmao import config, logs
from houmao.errors import HoumaoError
from houmao.gateway.parent import GatewayOrder
from workers.gateway.listening import listen
from workers.gateway.parent import serve
from workers.gateway.process import GatewayTask, run_gateway


def main(words: list[str]) -> None:
    """Serve until told to stop, or, as a parent, until no gateway is left."""
    asked = _arguments().parse_args(words)
    logs.configure("gateway")
    settings = config.load()
    if asked.manifest is None:
        serve(settings)
        return
    try:
        order = GatewayOrder(str(asked.manifest), asked.host, asked.port)
        run_gateway(GatewayTask(settings, order, listen(order)), lambda: None)
    except HoumaoError as error:
        sys.exit(f"Error: {error.message}")


def _arguments() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m workers.gateway", description=__doc__)
    found.add_argument("--manifest", type=Path)
    found.add_argument("--host", default="127.0.0.1")
    found.add_argument("--port", type=int, default=0)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
