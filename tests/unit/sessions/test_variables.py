"""A session is given its caller's environment, the tool's credentials and its own identity."""

from houmao.sessions.variables import Publication, session_environment

PUBLICATION = Publication("/s/manifest.json", "/defs", "g1", "codex", "/jobs/s")


def environment(**caller: str) -> dict[str, str]:
    return session_environment(caller, {"OPENAI_API_KEY": "k", "CODEX_HOME": "/h"}, PUBLICATION)


def test_every_name_is_published_under_both_prefixes() -> None:
    found = environment()
    for prefix in ("HOUMAO_", "AGENTSYS_"):
        assert found[prefix + "MANIFEST_PATH"] == "/s/manifest.json"
        assert found[prefix + "AGENT_DEF_DIR"] == "/defs"
        assert found[prefix + "AGENT_ID"] == "g1"
        assert found[prefix + "TOOL"] == "codex"
        assert found[prefix + "JOB_DIR"] == "/jobs/s"


def test_credentials_win_over_the_callers() -> None:
    found = environment(OPENAI_API_KEY="old", EDITOR="vi")
    assert (found["OPENAI_API_KEY"], found["EDITOR"], found["CODEX_HOME"]) == ("k", "vi", "/h")


def test_nothing_of_another_agent_or_terminal_is_handed_on() -> None:
    """An agent that launches another one does not pass its own identity and gateway on."""
    caller = {
        "HOUMAO_AGENT_GATEWAY_PORT": "1",
        "AGENTSYS_GATEWAY_STATE_PATH": "x",
        "HOUMAO_MAILBOX_ADDRESS": "a@b",
        "AGENTSYS_RESUME_ID": "r",
        "TMUX": "t",
        "TMUX_PANE": "%1",
        "CLAUDECODE": "1",
    }
    found = environment(**caller)
    assert not set(caller) & set(found)


def test_settings_of_houmao_are_handed_on() -> None:
    """A command inside the session means the same registry and the same tmux."""
    caller = {"HOUMAO_TMUX_SOCKET": "s", "AGENTSYS_GLOBAL_REGISTRY_DIR": "/r"}
    assert caller.items() <= environment(**caller).items()


def test_loopback_never_goes_through_a_proxy() -> None:
    found = environment(NO_PROXY="example.org, localhost", no_proxy="intern")
    assert found["NO_PROXY"] == "example.org,localhost,intern,127.0.0.1,::1"
    assert found["no_proxy"] == found["NO_PROXY"]


def test_the_callers_proxy_settings_can_be_kept() -> None:
    found = environment(NO_PROXY="only", AGENTSYS_PRESERVE_NO_PROXY_ENV="1")
    assert found["NO_PROXY"] == "only"
    assert "no_proxy" not in found
