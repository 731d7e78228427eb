"""The environment of an agent's session, made of its caller's and of what the agent is. Pure.

Values of credentials pass through here; nothing here prints or keeps them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from houmao.ids import ENV_PREFIXES
from houmao.terminals.registration import is_terminal_id
from houmao.tools.catalog import NESTING_VARIABLES

MANIFEST_PATH, AGENT_ID = "MANIFEST_PATH", "AGENT_ID"
AGENT_DEF_DIR, TOOL, JOB_DIR = "AGENT_DEF_DIR", "TOOL", "JOB_DIR"

#: By which CAO's tools inside a terminal know it.
CAO_TERMINAL = "CAO_TERMINAL_ID"

#: What an agent's own variables begin with, after the prefix; never handed on to another agent.
_OF_ONE_AGENT = (
    MANIFEST_PATH,
    AGENT_ID,
    TOOL,
    JOB_DIR,
    "RESUME_ID",
    "AGENT_GATEWAY_",
    "GATEWAY_",
    "MAILBOX_",
)
#: About the caller's own terminal or shell; or by which a tool knows that it runs inside itself.
_OF_THE_CALLER = frozenset(
    (
        "_",
        CAO_TERMINAL,
        "COLUMNS",
        "LINES",
        "OLDPWD",
        "PWD",
        "SHLVL",
        "STY",
        "TERM",
        "TMUX",
        "TMUX_PANE",
        "WINDOWID",
        *NESTING_VARIABLES,
    )
)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Publication:
    """What a session tells the programs in it about its agent; paths are absolute."""

    manifest_path: str
    agent_def_dir: str
    agent_id: str
    tool: str
    job_dir: str | None = None

    def variables(self) -> dict[str, str]:
        """Each value under every prefix."""
        values = {
            MANIFEST_PATH: self.manifest_path,
            AGENT_DEF_DIR: self.agent_def_dir,
            AGENT_ID: self.agent_id,
            TOOL: self.tool,
            JOB_DIR: self.job_dir,
        }
        told = {name: value for key, value in values.items() if value for name in spellings(key)}
        return {**told, CAO_TERMINAL: self.agent_id} if is_terminal_id(self.agent_id) else told


def spellings(name: str) -> tuple[str, ...]:
    """The variable under every prefix, the one that counts first."""
    return tuple(prefix + name for prefix in ENV_PREFIXES)


def session_environment(
    caller: Mapping[str, str], plan: Mapping[str, str], publication: Publication
) -> dict[str, str]:
    """Everything a session is given, the later winning: the caller's, the plan's, the agent's."""
    inherited = {name: value for name, value in caller.items() if is_inherited(name)}
    merged = {**inherited, **plan}
    return {**merged, **_without_proxy(merged), **publication.variables()}


def is_inherited(name: str) -> bool:
    """Whether a variable of the caller means the same in another session."""
    if name in _OF_THE_CALLER:
        return False
    bare = next((name[len(it) :] for it in ENV_PREFIXES if name.startswith(it)), "")
    return not bare.startswith(_OF_ONE_AGENT)


def _without_proxy(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Loopback must not go through a proxy: there live the server, gateways and local models."""
    if any(environ.get(name) == "1" for name in spellings("PRESERVE_NO_PROXY_ENV")):
        return {}
    words = ",".join(environ.get(name, "") for name in ("NO_PROXY", "no_proxy")).split(",")
    hosts = dict.fromkeys([*filter(None, map(str.strip, words)), *_LOOPBACK])
    return dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(hosts))
