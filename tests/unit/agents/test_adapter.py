"""The shipped adapters say what the three tools need, and a wrong one is refused."""

import pytest

from houmao.agents.adapter import Injection, Projection, SwitchArgs, read_adapter
from houmao.agents.folder import DefinitionFolder, read_document
from houmao.errors import DefinitionError
from tests.unit.agents.definitions import TEMPLATE, section

CODEX = (TEMPLATE / "brains/tool-adapters/codex.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("tool", "variable", "config", "skills", "injection"),
    [
        ("codex", "CODEX_HOME", ".", "skills", Injection.HOME_DOTENV),
        ("claude", "CLAUDE_CONFIG_DIR", ".", "skills", Injection.EXPORT),
        ("gemini", "GEMINI_CLI_HOME", ".gemini", ".gemini/skills", Injection.EXPORT),
    ],
)
def test_shipped(
    folder: DefinitionFolder, tool: str, variable: str, config: str, skills: str, injection: str
) -> None:
    adapter, path = folder.adapter(tool)
    assert (path.name, adapter.executable, adapter.args) == (f"{tool}.yaml", tool, ())
    assert (adapter.home_variable, str(adapter.config_destination)) == (variable, config)
    assert (str(adapter.skills_destination), adapter.skills_mode) == (skills, Projection.SYMLINK)
    assert adapter.credentials.injection is injection


def test_shipped_credential_files(folder: DefinitionFolder) -> None:
    """Codex' login is linked when there, Claude's state copied, Gemini's login demanded."""
    found = {tool: folder.adapter(tool)[0].credentials for tool in ("codex", "claude", "gemini")}
    said = {
        tool: [(str(it.destination), it.mode.value, it.required) for it in rules.mappings]
        for tool, rules in found.items()
    }
    assert said == {
        "codex": [("auth.json", "symlink", False)],
        "claude": [("claude_state.template.json", "copy", False)],
        "gemini": [(".gemini/oauth_creds.json", "symlink", True)],
    }
    assert found["codex"].allowlist == ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID")
    assert len(found["claude"].allowlist) == 9
    assert "GOOGLE_GENAI_USE_VERTEXAI" in found["gemini"].allowlist


def test_shipped_parameter(folder: DefinitionFolder) -> None:
    """Claude streams partial messages on demand, and only headless."""
    adapter, _ = folder.adapter("claude")
    assert adapter.default_params == {"include_partial_messages": False}
    switch = SwitchArgs(("--include-partial-messages",))
    assert adapter.tool_params == {"include_partial_messages": {"claude_headless": switch}}


def test_the_tool_must_agree() -> None:
    document = read_document(TEMPLATE / "brains/tool-adapters/codex.yaml")
    with pytest.raises(DefinitionError, match="tool: found codex, expected claude"):
        read_adapter(document, "claude")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("mode: symlink\n", "mode: hardlink\n", "expected symlink or copy"),
        ("env_var: CODEX_HOME", "env_var: a b", "home_selector.env_var"),
        ("destination: auth.json", "destination: ../auth.json", r"file_mappings\[0\].destination"),
        ("source: env/vars.env", "source: /etc/passwd", "env.source"),
        ("mode: home_dotenv", "mode: magic", "launch.env_injection.mode"),
        ("  executable: codex\n", "", "launch.executable: found nothing"),
        ("  args: []\n", "  default_tool_params: {x: true}\n", "expected a parameter declared"),
        (
            "  args: []\n",
            "  metadata: {tool_params: {x: {type: boolean, backends: {moon: {}}}}}\n",
            "moon: found an unknown backend",
        ),
        ("  args: []\n", "  metadata: {tool_params: {x: {type: int}}}\n", "expected boolean"),
    ],
)
def test_refuses(old: str, new: str, said: str) -> None:
    assert old in CODEX
    with pytest.raises(DefinitionError, match=said):
        read_adapter(section(CODEX.replace(old, new)), "codex")
