"""States in tmux's own options, in a status line that a person sees, and no trace afterwards."""

import shlex
from dataclasses import replace

from tests.integration.watching import Host
from tests.services import wait_until
from workers.watch.__main__ import build_fleet

LINE = "#{@houmao}/#{@houmao_session}/#{@houmao_window}/#{@houmao_state}"


def options(host: Host) -> dict[str, str]:
    """Everything that tmux can show of its options."""
    wanted = ("-g", "-s", "-wg", "-t work", "-w -t work:", "-p -t work:")
    return {it: host.tmux.run("show-options", *shlex.split(it)) for it in wanted}


def test_a_status_line_shows_states_and_off_leaves_nothing(host: Host) -> None:
    file = host.settings.runtime_root.parent / "config.toml"
    watched = replace(host, settings=replace(host.settings, settings_file=file))
    # A person's terminal, in another tmux, of which the last row is the status line.
    host.stub("work", "--script", "idle 1, ask 1")
    host.tmux.run("set-option", "-g", "status-right", LINE)
    host.tmux.run("set-option", "-g", "status-right-length", "80")
    attach = shlex.join(["tmux", "-S", str(host.tmux.socket), "attach", "-t", "=work"])
    host.tmux.new_session("person", f"TMUX= {attach}")

    def status_line() -> str:
        return host.tmux.screen("=person:").rstrip("\n").rpartition("\n")[2]

    with watched.watched(build_fleet(watched.settings, {})):
        host.await_phase("work", "ready")
        before = options(host)
        file.write_text("[tmux]\nstatus = true\n")
        asks = "1 blocked/blocked: approval/blocked: approval/blocked: approval"
        wait_until(lambda: asks in status_line(), "the question is in the status line", 20)
        wait_until(lambda: "1 ready/ready/ready/ready" in status_line(), "the end, too")
        file.write_text("[tmux]\nstatus = false\n")
        wait_until(lambda: options(host) == before, "no trace is left")
        file.write_text("[tmux]\nstatus = true\n")
        wait_until(lambda: "1 ready/ready" in status_line(), "on again")
    assert options(host) == before
    assert "///" in status_line()
