"""The settings follow options, variables and defaults in this order and create nothing."""

from pathlib import Path

import pytest

from houmao.config import Settings, agent_def_dir, launch_policy_override, load
from houmao.errors import ConfigError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    """A repository without an overlay; `.git` keeps the search inside it."""
    (tmp_path / "work" / ".git").mkdir(parents=True)
    return tmp_path / "work"


@pytest.fixture
def env(home: Path) -> dict[str, str]:
    return {"HOME": str(home)}


def test_defaults(env: dict[str, str], home: Path, cwd: Path) -> None:
    """Nothing set gives the home folders, loopback and port 9891."""
    settings = load(env, cwd=cwd)
    assert settings.runtime_root == home / ".houmao/runtime"
    assert settings.registry_root == home / ".houmao/registry"
    assert settings.api_base_url == "http://127.0.0.1:9891"
    assert (settings.redis_url, settings.tmux_socket) == (None, None)


def test_nothing_is_created(env: dict[str, str], home: Path, cwd: Path) -> None:
    """Loading settings leaves no trace in the home or in the working directory."""
    load(env, cwd=cwd)
    assert list(home.iterdir()) == []
    assert [p.name for p in cwd.iterdir()] == [".git"]


def test_option_beats_variable_beats_project(env: dict[str, str], cwd: Path) -> None:
    """The runtime root is the first of option, variable, project, home."""
    (cwd / ".houmao/runtime").mkdir(parents=True)
    assert load(env, cwd=cwd).runtime_root == cwd / ".houmao/runtime"
    env["HOUMAO_GLOBAL_RUNTIME_DIR"] = "/srv/variable"
    assert load(env, cwd=cwd).runtime_root == Path("/srv/variable")
    assert load(env, runtime_root="/srv/option", cwd=cwd).runtime_root == Path("/srv/option")


def test_new_variable_family_is_read_first(env: dict[str, str], cwd: Path) -> None:
    """HOUMAO_ wins over AGENTSYS_; a blank value counts as not set."""
    env |= {"AGENTSYS_GLOBAL_RUNTIME_DIR": "/srv/old", "HOUMAO_GLOBAL_RUNTIME_DIR": "/srv/new"}
    assert load(env, cwd=cwd).runtime_root == Path("/srv/new")
    env["HOUMAO_GLOBAL_RUNTIME_DIR"] = "  "
    assert load(env, cwd=cwd).runtime_root == Path("/srv/old")


def test_registry_precedence(env: dict[str, str], home: Path, cwd: Path) -> None:
    """The registry root is the first of option, variable, runtime-root option, home."""
    assert load(env, runtime_root="/srv/rt", cwd=cwd).registry_root == Path("/srv/rt/registry")
    env["HOUMAO_GLOBAL_RUNTIME_DIR"] = "/srv/variable"
    assert load(env, cwd=cwd).registry_root == home / ".houmao/registry"
    env["HOUMAO_GLOBAL_REGISTRY_DIR"] = "/srv/reg"
    assert load(env, runtime_root="/srv/rt", cwd=cwd).registry_root == Path("/srv/reg")
    assert load(env, registry_root="r", cwd=cwd).registry_root == cwd / "r"


@pytest.mark.parametrize("value", ["relative/dir", "./x", "~other/x"])
@pytest.mark.parametrize("name", ["RUNTIME", "REGISTRY"])
def test_relative_variable_is_refused(
    env: dict[str, str], cwd: Path, name: str, value: str
) -> None:
    """A root variable must be absolute, and the error names it."""
    env[f"HOUMAO_GLOBAL_{name}_DIR"] = value
    with pytest.raises(ConfigError, match=f"HOUMAO_GLOBAL_{name}_DIR must be an absolute path"):
        load(env, cwd=cwd)


def test_tilde_is_expanded(env: dict[str, str], home: Path, cwd: Path) -> None:
    """A leading ~ means the home of the given environment, in options and variables."""
    env["HOUMAO_GLOBAL_REGISTRY_DIR"] = "~/reg"
    settings = load(env, runtime_root="~", cwd=cwd)
    assert (settings.runtime_root, settings.registry_root) == (home, home / "reg")


def test_relative_option_resolves_against_cwd(env: dict[str, str], cwd: Path) -> None:
    """A relative option with .. becomes one absolute path."""
    assert load(env, runtime_root="../x/./y", cwd=cwd).runtime_root == cwd.parent / "x/y"


@pytest.mark.parametrize("mark", ["houmao-config.toml", "runtime"])
def test_enclosing_project_is_found_from_a_subfolder(
    env: dict[str, str], cwd: Path, mark: str
) -> None:
    """The nearest folder upwards with an overlay gives the runtime root."""
    (cwd / ".houmao" / mark).mkdir(parents=True)
    (cwd / "a/b").mkdir(parents=True)
    assert load(env, cwd=cwd / "a/b").runtime_root == cwd / ".houmao/runtime"


def test_project_search_stops_at_a_repository(env: dict[str, str], home: Path, cwd: Path) -> None:
    """An overlay above the repository's root belongs to somebody else."""
    (cwd.parent / ".houmao/runtime").mkdir(parents=True)
    assert load(env, cwd=cwd).runtime_root == home / ".houmao/runtime"


def test_discovery_can_be_limited_to_cwd(env: dict[str, str], home: Path, cwd: Path) -> None:
    """With cwd_only an overlay further up is not looked at, and other modes are refused."""
    (cwd / ".houmao/runtime").mkdir(parents=True)
    (cwd / "a").mkdir()
    env["HOUMAO_PROJECT_OVERLAY_DISCOVERY_MODE"] = "cwd_only"
    assert load(env, cwd=cwd / "a").runtime_root == home / ".houmao/runtime"
    assert load(env, cwd=cwd).runtime_root == cwd / ".houmao/runtime"
    env["HOUMAO_PROJECT_OVERLAY_DISCOVERY_MODE"] = "everywhere"
    with pytest.raises(ConfigError, match="DISCOVERY_MODE must be"):
        load(env, cwd=cwd)


def test_named_overlay(env: dict[str, str], cwd: Path) -> None:
    """HOUMAO_PROJECT_OVERLAY_DIR names the overlay, whatever the working directory holds."""
    (cwd / ".houmao/runtime").mkdir(parents=True)
    env["HOUMAO_PROJECT_OVERLAY_DIR"] = "/srv/overlay"
    assert load(env, cwd=cwd).runtime_root == Path("/srv/overlay/runtime")


def test_listener_paths(env: dict[str, str], cwd: Path) -> None:
    """Host and port, as given, name the server's folder and its marker file."""
    settings = load(env, runtime_root="/srv/rt", host="0.0.0.0", port=9895, cwd=cwd)
    assert settings.server_root == Path("/srv/rt/houmao_servers/0.0.0.0-9895")
    assert settings.marker_path == settings.server_root / "run/current-instance.json"
    assert settings.api_base_url == "http://0.0.0.0:9895"
    assert load(env, host="::1", cwd=cwd).api_base_url == "http://[::1]:9891"


@pytest.mark.parametrize("port", [0, -1, 65536, "http", "1.5"])
def test_bad_port_is_refused(env: dict[str, str], cwd: Path, port: object) -> None:
    """A port outside 1 to 65535 is refused, from the option as from the variable."""
    env["HOUMAO_PORT"] = str(port)
    with pytest.raises(ConfigError, match="port must be a number from 1 to 65535"):
        load(env, cwd=cwd)


@pytest.mark.parametrize("host", ["a/b", "..\\x", "my host"])
def test_bad_host_is_refused(env: dict[str, str], cwd: Path, host: str) -> None:
    """A host that would leave its folder is refused."""
    with pytest.raises(ConfigError, match="host must be"):
        load(env, host=host, cwd=cwd)


def test_host_id(env: dict[str, str], cwd: Path) -> None:
    """The host id comes from the variable, which must be usable in queue names."""
    assert load(env | {"HOUMAO_HOST_ID": "gpu-1"}, cwd=cwd).host_id == "gpu-1"
    with pytest.raises(ConfigError, match="HOUMAO_HOST_ID"):
        load(env | {"HOUMAO_HOST_ID": "gpu:1"}, cwd=cwd)


def test_redis_is_embedded_unless_named(env: dict[str, str], cwd: Path) -> None:
    """Without a URL the embedded socket under the runtime root is used."""
    settings = load(env, runtime_root="/srv/rt", cwd=cwd)
    assert settings.effective_redis_url == "unix:///srv/rt/redis/redis.sock"
    named = load(env | {"HOUMAO_REDIS_URL": "redis://db:6379/0"}, cwd=cwd)
    assert named.effective_redis_url == "redis://db:6379/0"


def test_long_runtime_root_gets_a_short_socket(env: dict[str, str], cwd: Path) -> None:
    """A socket path the kernel would cut is replaced by a short one, one per runtime root."""
    sockets = {
        load(env, runtime_root=f"/srv/{'x' * 100}{n}", cwd=cwd).redis_socket for n in range(3)
    }
    assert len(sockets) == 3
    assert all(len(str(path)) < 60 for path in sockets)


@pytest.mark.parametrize("name", ["houmao", "/run/tmux.sock"])
def test_tmux_socket(env: dict[str, str], cwd: Path, name: str) -> None:
    """A bare name and an absolute path are taken; a relative path is ambiguous and refused."""
    assert load(env | {"HOUMAO_TMUX_SOCKET": name}, cwd=cwd).tmux_socket == name
    with pytest.raises(ConfigError, match="HOUMAO_TMUX_SOCKET"):
        load(env | {"HOUMAO_TMUX_SOCKET": "run/tmux.sock"}, cwd=cwd)


def test_children_load_the_same_settings(env: dict[str, str], cwd: Path) -> None:
    """What a parent exports is enough for a child in another folder to agree with it."""
    (cwd / ".houmao/runtime").mkdir(parents=True)
    env |= {"HOUMAO_REDIS_URL": "redis://db", "HOUMAO_TMUX_SOCKET": "private"}
    parent: Settings = load(env, host="0.0.0.0", port=9999, cwd=cwd)
    assert load(env | parent.as_environ(), cwd=Path("/")) == parent


def test_trusted_hosts_are_a_list(env: dict[str, str], cwd: Path) -> None:
    """Names are divided by commas or blanks and reach child processes."""
    settings = load(env | {"HOUMAO_TRUSTED_HOSTS": "box.lan, 10.0.0.5"}, cwd=cwd)
    assert settings.trusted_hosts == ("box.lan", "10.0.0.5")
    assert load(env | settings.as_environ(), cwd=cwd).trusted_hosts == settings.trusted_hosts


def test_agent_definitions(env: dict[str, str], home: Path, cwd: Path) -> None:
    """Option, variable, default; relative paths are from the working directory."""
    assert agent_def_dir(None, env, cwd=cwd) == cwd / ".agentsys/agents"
    env["AGENTSYS_AGENT_DEF_DIR"] = "/srv/old"
    assert agent_def_dir(None, env, cwd=cwd) == Path("/srv/old")
    env["HOUMAO_AGENT_DEF_DIR"] = "defs"
    assert agent_def_dir(None, env, cwd=cwd) == cwd / "defs"
    assert agent_def_dir("~/mine", env, cwd=cwd) == home / "mine"


def test_launch_policy_override() -> None:
    assert launch_policy_override({}) is None
    assert launch_policy_override({"HOUMAO_LAUNCH_POLICY_OVERRIDE_STRATEGY": " x "}) == "x"
