"""The versions of OpenCode that have been looked at, and the reader of each. Data only.

The last profile reads the versions that nobody has checked. What their screens say is in
`signs.toml`.
"""

from functools import partial

from houmao.tools.opencode.screen import opencode
from houmao.tools.parts.profile import Profile
from houmao.tools.parts.signs import shipped

SIGNS = shipped(__package__)
PROFILES = (
    Profile(partial(opencode, "1.18.x"), (1, 18, 0)),
    Profile(partial(opencode, "fallback", notes=("fallback_detector",))),
)
