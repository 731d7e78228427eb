"""The versions of Gemini CLI that have been looked at, and the detector of each. Data only.

The last profile reads the versions that nobody has checked.
"""

from houmao.tools.gemini.screen import GeminiProfile, gemini
from houmao.tools.parts.profile import Profile

PROFILES = (
    Profile(gemini(GeminiProfile("0.61.x")), (0, 61, 0)),
    Profile(gemini(GeminiProfile("fallback", notes=("fallback_detector",)))),
)
