"""Which detector reads which version of which tool. Data and one function; reads no screen."""

import re
from dataclasses import dataclass

from houmao.detect.signals import Detector, GrowthRule, Tristate
from houmao.detect.unsupported import UnsupportedDetector
from houmao.errors import UsageError
from houmao.tools.claude.layout import ClaudeProfile
from houmao.tools.claude.screen import claude
from houmao.tools.codex.layout import CodexProfile
from houmao.tools.codex.screen import codex
from houmao.tools.gemini.screen import GeminiProfile, gemini

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Profile:
    """A detector and the versions it has been checked against: `start` to before `end`."""

    detector: Detector
    start: Version | None = None
    end: Version | None = None

    def covers(self, version: Version) -> bool:
        """Whether the version lies in the interval; a fallback covers none."""
        return self.start is not None and self.end is not None and self.start <= version < self.end


_CLAUDE = (
    Profile(
        claude(ClaudeProfile("2.1.x", active_posture=Tristate.UNKNOWN)),
        (2, 1, 0),
        (2, 1, 100),
    ),
    Profile(claude(ClaudeProfile("2.1.100+")), (2, 1, 100), (2, 2, 0)),
    Profile(
        claude(
            ClaudeProfile(
                "fallback",
                active_posture=Tristate.UNKNOWN,
                trusts_drafts=False,
                notes=("fallback_detector",),
            )
        )
    ),
)
_GROWS = GrowthRule()
#: A short window: what has not grown for longer than this is over.
_GROWS_AFTER_WORK = GrowthRule(window_seconds=1.25, after_activity=True, silent_interruption=True)
_CODEX = (
    Profile(codex(CodexProfile("0.116.x", _GROWS)), (0, 116, 0), (0, 117, 0)),
    Profile(
        codex(CodexProfile("0.144.x", _GROWS_AFTER_WORK, collaboration=True)),
        (0, 144, 0),
        (0, 145, 0),
    ),
    Profile(
        codex(
            CodexProfile(
                "0.169.x",
                GrowthRule(window_seconds=1.25, after_activity=True),
                collaboration=True,
                closes_turns=True,
                starts_early=True,
            )
        ),
        (0, 169, 0),
        (0, 170, 0),
    ),
    Profile(
        codex(
            CodexProfile(
                "fallback",
                _GROWS,
                trusts_drafts=False,
                unseen=True,
                notes=("fallback_detector",),
            )
        )
    ),
)
_GEMINI = (
    Profile(gemini(GeminiProfile("0.61.x")), (0, 61, 0), (0, 62, 0)),
    Profile(gemini(GeminiProfile("fallback", notes=("fallback_detector",)))),
)
_PROFILES: dict[str, tuple[Profile, ...]] = {
    "claude": _CLAUDE,
    "codex": _CODEX,
    "gemini": _GEMINI,
}
_UNSUPPORTED = (Profile(UnsupportedDetector()),)
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


def select(tool: str, version: str | None, override: str | None = None) -> Detector:
    """The detector for a tool at a version; `override` names a profile and wins.

    A version between or beyond the known intervals, and no version at all, get the tool's
    fallback. Raises UsageError when `override` names no profile of the tool.
    """
    profiles = _PROFILES.get(tool, _UNSUPPORTED)
    if override is not None:
        return _named(tool, profiles, override)
    observed = _parsed(version)
    if observed is not None:
        for profile in sorted(profiles, key=lambda item: item.start or (0, 0, 0), reverse=True):
            if profile.covers(observed):
                return profile.detector
    return profiles[-1].detector


def _named(tool: str, profiles: tuple[Profile, ...], override: str) -> Detector:
    for profile in profiles:
        if profile.detector.version == override:
            return profile.detector
    known = ", ".join(profile.detector.version for profile in profiles)
    raise UsageError(f"detector profile {override!r} is unknown for {tool}; use one of: {known}")


def _parsed(version: str | None) -> Version | None:
    found = _VERSION.search(version or "")
    if found is None:
        return None
    return int(found[1]), int(found[2]), int(found[3] or 0)
