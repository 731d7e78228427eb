"""The tools that Houmao knows, and how one is looked up. The only file that knows all of them."""

from houmao.detect.signals import Detector
from houmao.errors import UsageError
from houmao.tools.claude.tool import CLAUDE
from houmao.tools.codex.tool import CODEX
from houmao.tools.copilot.tool import COPILOT
from houmao.tools.gemini.tool import GEMINI
from houmao.tools.opencode.tool import OPENCODE
from houmao.tools.parts.headless import HeadlessMode
from houmao.tools.parts.profile import observed
from houmao.tools.parts.signs import SignBook, Signs
from houmao.tools.qwen.tool import QWEN
from houmao.tools.tool import Tool

TOOLS = (CLAUDE, CODEX, GEMINI, QWEN, COPILOT, OPENCODE)

#: Tools that have a detector; every other tool is watched but never judged.
NAMES = tuple(tool.name for tool in TOOLS)
PROVIDERS = tuple(tool.provider for tool in TOOLS)
#: What launch commands mean when no provider is named.
DEFAULT_PROVIDER = PROVIDERS[0]
#: Backends of agents that have no screen: their turns are told by the process that runs them.
HEADLESS_BACKENDS = tuple(tool.headless.backend for tool in TOOLS if tool.headless)
#: Backend to the arguments that it writes itself, of every backend of one tool alone.
BACKENDS = {name: args for tool in TOOLS for name, args in tool.backends.items()}
#: Sections of a session's manifest that only backends of one tool have.
MANIFEST_SECTIONS = tuple(tool.manifest_section for tool in TOOLS if tool.manifest_section)
NESTING_VARIABLES = frozenset[str]().union(*(tool.nesting_variables for tool in TOOLS))


def tool_named(name: str) -> Tool:
    """The tool; for any other name one of which nothing is known."""
    return next((tool for tool in TOOLS if tool.name == name), Tool(name))


def tool_of_provider(provider: str) -> Tool:
    """Raises UsageError when launch commands know no such provider."""
    for tool in TOOLS:
        if tool.provider == provider:
            return tool
    raise UsageError(f"unknown provider {provider!r}; known: {', '.join(PROVIDERS)}")


def tool_of_process(names: frozenset[str]) -> Tool | None:
    """The tool that a process with these command names is."""
    return next((it for it in TOOLS if names & it.process_names or names & {*it.packages}), None)


def headless_of(name: str) -> HeadlessMode:
    """How the tool is run headless. Raises UsageError for a tool that cannot be."""
    headless = tool_named(name).headless
    if headless is None:
        known = ", ".join(tool.name for tool in TOOLS if tool.headless)
        raise UsageError(f"{name} cannot be run headless; tools that can: {known}")
    return headless


def home_variables(variable: str) -> tuple[str, ...]:
    """The variable and the other names under which the same tool looks for its home."""
    for tool in TOOLS:
        if variable in tool.home_variables:
            return tool.home_variables[tool.home_variables.index(variable) :]
    return (variable,)


def select_detector(
    name: str,
    version: str | None,
    override: str | None = None,
    own: SignBook | None = None,
) -> Detector:
    """The detector for a tool at a version; `override` names a profile and wins.

    A version is read by the nearest profile that is not newer. One that is older than them all, and
    no version at all, get the tool's fallback. Signs in `own` take the place of those that come
    with Houmao. Raises UsageError when `override` names no profile.
    """
    tool, seen = tool_named(name), observed(version)
    signs = tool.signs.at(seen, own)
    if override is not None:
        return _overriding(tool, override, signs)
    reading = [profile for profile in tool.profiles if seen and profile.reads(seen)]
    newest = max(reading, key=lambda profile: profile.since or (0, 0, 0), default=None)
    return (newest or tool.profiles[-1]).detector(signs)


def _overriding(tool: Tool, version: str, signs: Signs) -> Detector:
    detectors = [profile.detector(signs) for profile in tool.profiles]
    for detector in detectors:
        if detector.version == version:
            return detector
    known = ", ".join(detector.version for detector in detectors)
    raise UsageError(
        f"detector profile {version!r} is unknown for {tool.name}; use one of: {known}"
    )
