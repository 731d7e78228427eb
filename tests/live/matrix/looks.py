"""How a terminal and a user's settings may make one CLI look: the columns of the matrix. Data only.

A look adds variables and settings to those of `clis`. Knows no scene and no verdict.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.live.clis import Cli

Settings = Mapping[str, Any]
_TRUECOLOR = {"COLORTERM": "truecolor"}
_NO_COLOR = {"NO_COLOR": "1"}


@dataclass(frozen=True, slots=True)
class Look:
    """One appearance on a terminal of `columns` x `rows`."""

    name: str
    environ: Mapping[str, str] = field(default_factory=dict)
    #: By file of the CLI's home: JSON to be merged into it, or TOML to be added below it.
    settings: Mapping[str, Settings | str] = field(default_factory=dict)
    columns: int = 80
    rows: int = 24
    #: Whether the small matrix has it, too.
    quick: bool = False

    @property
    def title(self) -> str:
        """Name and size."""
        return f"{self.name}-{self.columns}x{self.rows}"

    def worn(self, cli: Cli) -> Cli:
        """The CLI with this look."""
        files = dict(cli.files)
        for name, more in self.settings.items():
            files[name] = _with(files.get(name, ""), more)
        return replace(cli, environ={**cli.environ, **self.environ}, files=files)


#: As it comes.
PLAIN = Look("plain", quick=True)


def looks(tool: str, quick: bool) -> tuple[Look, ...]:
    """Every look of a tool, or the few that the small matrix has."""
    found = (*_THEMES.get(tool, ()), *_common(), *_SIZES)
    return tuple(look for look in found if look.quick or not quick)


def named_look(tool: str, name: str) -> Look:
    """The first look of that name. Ends the program with the names when there is none."""
    named = {look.name: look for look in reversed(looks(tool, quick=False))}
    return named.get(name) or sys.exit(f"--look: {name!r} is none of {', '.join(sorted(named))}")


def _with(text: str, more: Settings | str) -> str:
    if isinstance(more, str):
        return f"{text}\n{more}\n"
    return json.dumps(_merged(json.loads(text or "{}"), more))


def _merged(old: Settings, more: Settings) -> dict[str, Any]:
    found = dict(old)
    for name, value in more.items():
        both = isinstance(value, Mapping) and isinstance(found.get(name), Mapping)
        found[name] = _merged(found[name], value) if both else value
    return found


def _common() -> tuple[Look, ...]:
    return (
        PLAIN,
        Look("truecolor", _TRUECOLOR, quick=True),
        Look("no-color", _NO_COLOR, quick=True),
    )


_SIZES = tuple(
    Look("plain", columns=columns, rows=rows)
    for columns, rows in ((40, 20), (60, 20), (132, 43), (220, 50))
)


def _claude(theme: str, environ: Mapping[str, str]) -> Look:
    suffix = "-truecolor" if environ else ""
    settings = {".claude.json": {"theme": theme}, ".claude/settings.json": {"theme": theme}}
    return Look(f"{theme}{suffix}", environ, settings)


def _gemini(theme: str, environ: Mapping[str, str]) -> Look:
    suffix = "-truecolor" if environ else ""
    name = theme.lower().replace(" ", "-")
    return Look(f"{name}{suffix}", environ, {".gemini/settings.json": {"ui": {"theme": theme}}})


def _bare(environ: Mapping[str, str], settings: Mapping[str, Settings | str]) -> tuple[Look, ...]:
    """Without colours, title or motion at once: the least that a screen tells."""
    return (
        Look("bare", environ, settings, quick=True),
        Look("bare", environ, settings, columns=50, rows=15),
    )


#: A server of tools that never answers: the title moves while it starts, and no turn runs.
_SLOW_SERVER = """[mcp_servers.slow]
command = "sleep"
args = ["600"]
startup_timeout_sec = 120
"""
_CLAUDE_UNTITLED = {"CLAUDE_CODE_DISABLE_TERMINAL_TITLE": "1"}
_THEMES: Mapping[str, tuple[Look, ...]] = {
    "claude": (
        *(
            _claude(theme, environ)
            for theme in ("light", "dark-ansi", "light-ansi", "dark-daltonized", "light-daltonized")
            for environ in ({}, _TRUECOLOR)
        ),
        Look("reduced-motion", {}, {".claude/settings.json": {"prefersReducedMotion": True}}),
        Look("no-title", _CLAUDE_UNTITLED),
        *_bare(
            {**_NO_COLOR, **_CLAUDE_UNTITLED},
            {".claude/settings.json": {"prefersReducedMotion": True}},
        ),
    ),
    "codex": (
        Look("no-animations", {}, {".codex/config.toml": "[tui]\nanimations = false"}),
        Look("no-title", {}, {".codex/config.toml": "[tui]\nterminal_title = []"}),
        Look("slow-server", {}, {".codex/config.toml": _SLOW_SERVER}),
        *_bare(_NO_COLOR, {".codex/config.toml": "[tui]\nanimations = false\nterminal_title = []"}),
    ),
    "gemini": (
        *(
            _gemini(theme, environ)
            for theme in (
                "ANSI",
                "Dracula",
                "Solarized Dark",
                "Default Light",
                "GitHub Light",
                "Xcode",
            )
            for environ in ({}, _TRUECOLOR)
        ),
        Look("no-background", {}, {".gemini/settings.json": {"ui": {"useBackgroundColor": False}}}),
        Look("no-title", {}, {".gemini/settings.json": {"ui": {"hideWindowTitle": True}}}),
        Look("fixed-title", {}, {".gemini/settings.json": {"ui": {"dynamicWindowTitle": False}}}),
        *_bare(
            _NO_COLOR,
            {".gemini/settings.json": {"ui": {"hideWindowTitle": True, "showSpinner": False}}},
        ),
    ),
}
