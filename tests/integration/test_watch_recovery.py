"""A turn that hangs on a screen that stands still: against real tmux."""

import time

from tests.integration.watching import SILENT, Host
from tests.services import wait_until

#: What Codex draws in a turn, without the seconds ever counting on.
HANGING = r"printf '\u203a go\n\n\u2022 Working (3s \u2022 esc to interrupt)\n\n\u203a \n'"


def test_turn_that_hangs_is_given_up_and_said_so(host: Host) -> None:
    """Only a status row claims work: after five seconds of stillness the agent is ready again."""
    host.open("agent", f"{HANGING}; {SILENT.format(tool='codex')}", "codex")
    with host.watched():
        host.await_phase("agent", "active")
        began = time.monotonic()
        wait_until(lambda: host.phase("agent") == "ready", "the turn is given up", 9.0)
        assert time.monotonic() - began > 4.0
        assert host.result("agent") == "none"
        assert host.history("agent").entries[0].summary == "stale_active_recovery"
