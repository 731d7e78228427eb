"""The versions of Gemini CLI that have been looked at, and the reader of each. Data only.

The last profile reads the versions that nobody has checked. What their screens say is in
`signs.toml`.
"""

from functools import partial

from houmao.tools.gemini.screen import READER
from houmao.tools.parts.profile import Profile
from houmao.tools.parts.signs import shipped

SIGNS = shipped(__package__)
PROFILES = (
    Profile(partial(READER.detector, "0.61.x"), (0, 61, 0)),
    Profile(partial(READER.detector, "fallback", notes=("fallback_detector",))),
)
