"""The versions of Codex that have been looked at, and the detector of each. Data only.

The last profile reads the versions that nobody has checked.
"""

from functools import partial

from houmao.detect.signals import GrowthRule
from houmao.tools.codex.layout import CodexProfile
from houmao.tools.codex.screen import codex
from houmao.tools.parts.profile import Profile
from houmao.tools.parts.signs import shipped

_GROWS = GrowthRule()
#: A short window: what has not grown for longer than this is over.
_GROWS_AFTER_WORK = GrowthRule(window_seconds=1.25, after_activity=True, silent_interruption=True)
#: The same where a turn's end is told: silence is no interruption.
_GROWS_UNTIL_TOLD = GrowthRule(window_seconds=1.25, after_activity=True)
SIGNS = shipped(__package__)
PROFILES = (
    Profile(partial(codex, CodexProfile("0.116.x", _GROWS)), (0, 116, 0)),
    Profile(
        partial(codex, CodexProfile("0.144.x", _GROWS_AFTER_WORK, collaboration=True, loads=True)),
        (0, 144, 0),
    ),
    Profile(
        partial(
            codex,
            CodexProfile("0.158.x", _GROWS_UNTIL_TOLD, collaboration=True, closes_turns=True),
        ),
        (0, 158, 0),
    ),
    Profile(
        partial(
            codex,
            CodexProfile(
                "0.169.x",
                _GROWS_UNTIL_TOLD,
                collaboration=True,
                closes_turns=True,
                starts_early=True,
            ),
        ),
        (0, 169, 0),
    ),
    Profile(
        partial(
            codex,
            CodexProfile(
                "fallback",
                _GROWS,
                trusts_drafts=False,
                unseen=True,
                notes=("fallback_detector",),
            ),
        )
    ),
)
