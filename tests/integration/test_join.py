"""An agent that runs in a real tmux is adopted as it is, or nothing of it is left behind."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from houmao.config import Settings, load
from houmao.errors import Conflict, HoumaoError, RecordError, TmuxError, UsageError
from houmao.ids import default_agent_id
from houmao.registry.files import Registry
from houmao.registry.record import AgentRecord, NotedPane, parse
from houmao.registry.scan import scan
from houmao.sessions.adopting.adoptable_panes import adoptable_panes
from houmao.sessions.adopting.join import JoinRequest, adopt, join, surroundings
from houmao.sessions.adopting.launch_options import LaunchOptions, launch_variable
from houmao.sessions.generation import Generation
from houmao.sessions.places import live_places
from houmao.sessions.tmux_session import find_session
from houmao.tmux.address import TmuxAddress
from houmao.tmux.process import ProcessTable
from tests.services import TmuxServer, wait_until

NOW = 1_774_602_000.0
GENERATION = Generation(NOW, "5b1e6b5e-6a0f-4c5a-9a57-7d1f4f2f6f10")
SECOND = Generation(NOW + 60, "00000000-6a0f-4c5a-9a57-7d1f4f2f6f10")


def posing_as(tool: str, environment: str = "") -> str:
    """A command for a pane in which a process waits under the tool's name, below a shell."""
    return f"bash -c '{environment} bash -c \"exec -a {tool} cat\"; true'"


@pytest.fixture
def settings(tmux_server: TmuxServer, tmp_path: Path) -> Settings:
    environ = {"HOME": str(tmp_path), "HOUMAO_TMUX_SOCKET": str(tmux_server.socket)}
    return load(environ, runtime_root=tmp_path / "rt", registry_root=tmp_path / "reg")


@pytest.fixture
def registry(settings: Settings) -> Registry:
    return Registry(settings.registry_root)


@pytest.fixture
def start(tmux_server: TmuxServer) -> Callable[..., str]:
    """Start a session with a tool in it, wait until the tool runs; its pane's id."""

    def session(name: str, tool: str, environment: str = "") -> str:
        pane = tmux_server.new_session(name, posing_as(tool, environment))
        shell = psutil.Process(
            int(tmux_server.run("display-message", "-p", "-t", pane, "#{pane_pid}"))
        )

        def runs() -> bool:
            return any(p.cmdline()[:1] == [tool] for p in shell.children(recursive=True))

        wait_until(runs, f"{tool} runs")
        return pane

    return session


def inside(server: TmuxServer, pane: str) -> dict[str, str]:
    """Variables of a command that runs in this pane."""
    return {"TMUX": f"{server.socket},{server.pid},0", "TMUX_PANE": pane}


def files_below(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def document(path: str) -> Any:
    return json.loads(Path(path).read_text())


def session_variables(server: TmuxServer, session: str) -> dict[str, str]:
    lines = server.run("show-environment", "-t", f"={session}").splitlines()
    return {k: v for k, _, v in (line.partition("=") for line in lines) if k.startswith("HOUMAO_")}


@pytest.mark.parametrize("tool", ["claude", "codex", "gemini"])
def test_join_from_inside(
    tool: str, start: Callable[..., str], tmux_server: TmuxServer, settings: Settings
) -> None:
    """Without any option the tool around the caller is published under a telling name."""
    pane = start("work", tool)
    record = join(JoinRequest(), settings, inside(tmux_server, pane), GENERATION)
    assert (record.agent_name, record.tool, record.backend) == (
        f"{tool}-work",
        tool,
        "local_interactive",
    )
    assert record.agent_id == default_agent_id(f"{tool}-work")
    assert record.lease_expires_at - NOW == 30 * 86_400


def live(registry: Registry, settings: Settings, now: float) -> tuple[AgentRecord, ...]:
    places = live_places(registry, TmuxAddress(settings.tmux_socket))
    return scan(registry.entries(), places, now).live


def test_published_record_is_version_2_and_live(
    start: Callable[..., str], settings: Settings, registry: Registry
) -> None:
    """What lies on disk is a valid version 2 record that a scan takes for a live agent."""
    start("work", "claude")
    record = join(JoinRequest(session_name="work"), settings, {}, GENERATION)
    path = settings.registry_root / "live_agents" / record.agent_id / "record.json"
    assert document(str(path))["schema_version"] == 2
    assert replace(parse(path.read_bytes()), pane=record.pane) == record
    assert live(registry, settings, NOW) == (record,)


def test_session_folder(start: Callable[..., str], settings: Settings, tmp_path: Path) -> None:
    """The session folder is below the runtime root, complete, and private where it matters."""
    start("work", "codex")
    launch = LaunchOptions(args=("--model", "x"), variables=(launch_variable("TOKEN=s3 cret"),))
    record = join(JoinRequest("work", launch=launch), settings, {}, GENERATION)
    root = tmp_path / "rt/sessions/local_interactive"
    root /= "joined-local_interactive-20260327-090000Z-5b1e6b5e"
    assert record.session_root == str(root)
    assert files_below(root) == [
        "agent-def/roles/brain-only/system-prompt.md",
        "brain_manifest.json",
        "gateway/attach.json",
        "gateway/gateway_manifest.json",
        "gateway/protocol-version.txt",
        "gateway/state.json",
        "launch.env",
        "manifest.json",
    ]
    assert (root / "launch.env").read_text() == "TOKEN='s3 cret'\n"
    assert {(root / name).stat().st_mode & 0o77 for name in os.listdir(root) if "." in name} == {0}
    assert record.agent_def_dir is not None
    assert sorted(os.listdir(record.agent_def_dir)) == ["brains", "roles"]


def test_manifest_tells_what_really_runs(
    start: Callable[..., str], tmux_server: TmuxServer, settings: Settings, tmp_path: Path
) -> None:
    """Process id, home and working directory are those of the running tool."""
    start("work", "codex", f"cd {tmp_path}; CODEX_HOME=/srv/codex")
    record = join(JoinRequest("work"), settings, {}, GENERATION)
    found = document(record.manifest_path)
    assert psutil.Process(found["runtime"]["agent_pid"]).cmdline() == ["codex"]
    assert found["launch_plan"]["home_selector"]["home_path"] == "/srv/codex"
    assert found["working_directory"] == str(tmp_path)
    assert not (Path(record.session_root or "") / "tool-home").exists()


def test_session_variables_point_to_the_agent(
    start: Callable[..., str], tmux_server: TmuxServer, settings: Settings
) -> None:
    """Whoever works in the session finds the agent's manifest."""
    start("work", "claude")
    record = join(JoinRequest("work"), settings, {}, GENERATION)
    assert session_variables(tmux_server, "work") == {
        "HOUMAO_MANIFEST_PATH": record.manifest_path,
        "HOUMAO_AGENT_DEF_DIR": record.agent_def_dir,
        "HOUMAO_AGENT_ID": record.agent_id,
        "HOUMAO_TOOL": "claude",
    }


def test_windows_and_processes_are_left_alone(
    start: Callable[..., str], tmux_server: TmuxServer, settings: Settings
) -> None:
    """Names, panes, processes and screens are the same before and after."""
    start("work", "claude")
    facts = "#{window_id} #{window_name} #{pane_id} #{pane_pid} #{window_active}"
    before = tmux_server.run("list-panes", "-a", "-F", facts), tmux_server.screen("work")
    join(JoinRequest("work"), settings, {}, GENERATION)
    assert (tmux_server.run("list-panes", "-a", "-F", facts), tmux_server.screen("work")) == before


def test_agent_in_a_second_pane(
    start: Callable[..., str], tmux_server: TmuxServer, settings: Settings
) -> None:
    """The pane is found by its process, wherever it is, also from a shell beside it."""
    start("work", "claude")
    shell = tmux_server.run("split-window", "-b", "-P", "-F", "#{pane_id}", "-t", "work", "cat")
    record = join(JoinRequest(), settings, inside(tmux_server, shell), GENERATION)
    agent_pid = document(record.manifest_path)["runtime"]["agent_pid"]
    assert psutil.Process(agent_pid).cmdline() == ["claude"]


def test_two_tools_in_one_session(
    start: Callable[..., str], tmux_server: TmuxServer, settings: Settings, registry: Registry
) -> None:
    """Each is adopted by its provider; the first keeps the session's variables."""
    start("work", "claude")
    tmux_server.run("split-window", "-t", "work", posing_as("codex"))

    def publish_codex() -> bool:
        try:
            join(JoinRequest("work", tool="codex"), settings, {}, SECOND)
        except UsageError:
            return False
        return True

    first = join(JoinRequest("work", tool="claude"), settings, {}, GENERATION)
    wait_until(publish_codex, "codex runs")
    found = live(registry, settings, NOW + 60)
    assert [agent.agent_name for agent in found] == ["claude-work", "codex-work"]
    assert session_variables(tmux_server, "work")["HOUMAO_AGENT_ID"] == first.agent_id


def test_explicit_identity(start: Callable[..., str], settings: Settings) -> None:
    """Name and id are taken as given."""
    start("work", "gemini")
    request = JoinRequest("work", agent_name="reviewer", agent_id="r-1")
    record = join(request, settings, {}, GENERATION)
    assert (record.agent_name, record.agent_id) == ("reviewer", "r-1")


def test_default_names_stay_unique(start: Callable[..., str], settings: Settings) -> None:
    """A session whose telling name is taken gets its folder's name as well."""
    start("claude-a", "claude")
    start("a", "claude")
    assert join(JoinRequest("claude-a"), settings, {}, GENERATION).agent_name == "claude-a"
    assert join(JoinRequest("a"), settings, {}, SECOND).agent_name.startswith("claude-a-")


def test_headless_session(tmux_server: TmuxServer, settings: Settings, registry: Registry) -> None:
    """An idle session is adopted with the options that its turns will use."""
    tmux_server.new_session("work")
    launch = LaunchOptions(headless=True, args=("exec", "--json"), resume_id="last")
    record = join(JoinRequest("work", tool="codex", launch=launch), settings, {}, GENERATION)
    assert record.backend == "codex_headless"
    assert registry.load(record.agent_id) == record
    assert document(record.manifest_path)["headless"]["resume_selection_kind"] == "last"
    assert (Path(record.session_root or "") / "tool-home").is_dir()


def test_a_pane_of_which_tmux_tells_no_folder(
    start: Callable[..., str], tmux_server: TmuxServer, settings: Settings
) -> None:
    """It works where its tool does."""
    start("work", "claude")
    address = TmuxAddress(str(tmux_server.socket))
    session = find_session("work", address, {})
    (told,) = adoptable_panes(session.panes, ProcessTable.read())
    untold = replace(told, pane=replace(told.pane, folder=""))
    record = adopt(JoinRequest("work"), untold, surroundings(address, settings, NOW), GENERATION)
    assert document(record.manifest_path)["working_directory"] == told.pane.folder


def test_names_of_sessions_are_exact(start: Callable[..., str], settings: Settings) -> None:
    """A session whose name only begins like the given one is not adopted."""
    start("work-2", "claude")
    with pytest.raises(UsageError, match=r"no session 'work' .*its sessions: work-2"):
        join(JoinRequest("work"), settings, {}, GENERATION)


def test_outside_of_tmux_a_name_is_needed(settings: Settings) -> None:
    """Without a surrounding session the error says how to name one."""
    with pytest.raises(UsageError, match="name that one with --session-name"):
        join(JoinRequest(), settings, {}, GENERATION)


def test_the_tmux_server_around_is_meant_whatever_is_watched(
    start: Callable[..., str], tmux_server: TmuxServer, settings: Settings
) -> None:
    """The record says beside itself on which server its pane is."""
    pane = start("work", "claude")
    elsewhere = replace(settings, tmux_socket="/tmp/no-such-server")
    record = join(JoinRequest(), elsewhere, inside(tmux_server, pane), GENERATION)
    assert record.pane == NotedPane(pane, str(tmux_server.socket))
    assert Registry(settings.registry_root).load(record.agent_id) == record


def test_from_another_tmux_server_one_is_asked_for_by_its_socket(
    start: Callable[..., str], tmux_server: TmuxServer, settings: Settings
) -> None:
    pane = start("work", "claude")
    around = {"TMUX": "/tmp/no-such-server,1,0", "TMUX_PANE": "%0"}
    with pytest.raises(TmuxError):
        join(JoinRequest("work"), settings, around, GENERATION)
    request = JoinRequest("work", socket=str(tmux_server.socket))
    assert join(request, settings, around, GENERATION).pane == NotedPane(
        pane, str(tmux_server.socket)
    )


def test_absent_server(settings: Settings) -> None:
    """A tmux server that does not run is tmux's error and leaves nothing."""
    with pytest.raises(TmuxError):
        join(JoinRequest("work"), settings, {}, GENERATION)
    assert not settings.runtime_root.exists()


def test_second_join_names_the_first(start: Callable[..., str], settings: Settings) -> None:
    """One pane is one agent: a second adoption is refused with the name to use."""
    start("work", "claude")
    join(JoinRequest("work", agent_name="first"), settings, {}, GENERATION)
    with pytest.raises(Conflict, match="already published as agent 'first'"):
        join(JoinRequest("work", agent_name="second"), settings, {}, SECOND)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (JoinRequest("work", tool="aider"), "--provider must be one of"),
        (JoinRequest("work", tool="codex"), "runs claude, not codex"),
        (JoinRequest("work", agent_name="HOUMAO-x"), "reserved word"),
        (JoinRequest("work", agent_id="a/b"), "--agent-id must"),
        (JoinRequest("work", launch=LaunchOptions(headless=True)), "--headless needs --provider"),
        (JoinRequest("empty"), "no claude, codex, gemini, qwen, copilot or opencode runs"),
        (
            JoinRequest("work", tool="claude", launch=LaunchOptions(headless=True, args=("-p",))),
            "claude runs in the first window",
        ),
    ],
)
def test_refused_requests_leave_nothing(
    request_: JoinRequest,
    message: str,
    start: Callable[..., str],
    tmux_server: TmuxServer,
    settings: Settings,
    tmp_path: Path,
) -> None:
    """A wrong request is told what is wrong, and no file and no variable appear."""
    start("work", "claude")
    tmux_server.new_session("empty")
    with pytest.raises(UsageError, match=message):
        join(request_, settings, {}, GENERATION)
    assert list(tmp_path.iterdir()) == []
    assert session_variables(tmux_server, "work") == {}


def test_taken_id_rolls_everything_back(
    start: Callable[..., str], tmux_server: TmuxServer, settings: Settings, registry: Registry
) -> None:
    """When another agent owns the id, files and variables go and the owner's record stays."""
    start("one", "claude")
    start("two", "claude")
    first = join(JoinRequest("one", agent_id="same"), settings, {}, GENERATION)
    with pytest.raises(Conflict, match="already belongs to a running agent in tmux session 'one'"):
        join(JoinRequest("two", agent_id="same"), settings, {}, SECOND)
    assert registry.load("same") == first
    assert os.listdir(settings.runtime_root / "sessions/local_interactive") == [
        Path(first.session_root or "").name
    ]
    assert session_variables(tmux_server, "two") == {}


def test_rollback_spares_a_broken_record(
    start: Callable[..., str], settings: Settings, registry: Registry
) -> None:
    """A record that nobody can read stops the adoption and is left for the operator."""
    start("work", "claude")
    path = registry.entry("a1").path / "record.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    with pytest.raises(RecordError, match="cleanup registry"):
        join(JoinRequest("work", agent_id="a1"), settings, {}, GENERATION)
    assert path.read_text() == "{"
    assert files_below(settings.runtime_root) == []


def test_unwritable_runtime_root(
    start: Callable[..., str], tmux_server: TmuxServer, settings: Settings, registry: Registry
) -> None:
    """A runtime root that is a file is an error that names it; nothing is published."""
    start("work", "claude")
    settings.runtime_root.write_text("")
    with pytest.raises(HoumaoError, match=str(settings.runtime_root)):
        join(JoinRequest("work"), settings, {}, GENERATION)
    assert registry.entries() == ()
    assert session_variables(tmux_server, "work") == {}
