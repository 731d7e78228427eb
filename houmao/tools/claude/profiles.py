"""The versions of Claude Code that have been looked at, and the detector of each. Data only.

The last profile reads the versions that nobody has checked.
"""

from functools import partial

from houmao.detect.signals import Tristate
from houmao.tools.claude.layout import ClaudeProfile
from houmao.tools.claude.screen import claude
from houmao.tools.parts.profile import Profile
from houmao.tools.parts.signs import shipped

SIGNS = shipped(__package__)
PROFILES = (
    Profile(
        partial(claude, ClaudeProfile("2.1.x", active_posture=Tristate.UNKNOWN)),
        (2, 1, 0),
    ),
    Profile(partial(claude, ClaudeProfile("2.1.100+")), (2, 1, 100)),
    Profile(
        partial(
            claude,
            ClaudeProfile(
                "fallback",
                active_posture=Tristate.UNKNOWN,
                trusts_drafts=False,
                notes=("fallback_detector",),
            ),
        )
    ),
)
