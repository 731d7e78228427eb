"""The versions of Qwen Code that have been looked at, and the reader of each. Data only.

The last profile reads the versions that nobody has checked. What their screens say is in
`signs.toml`.
"""

from functools import partial

from houmao.tools.parts.profile import Profile
from houmao.tools.parts.signs import shipped
from houmao.tools.qwen.screen import READER

SIGNS = shipped(__package__)
PROFILES = (
    Profile(partial(READER.detector, "0.24.x"), (0, 24, 0)),
    Profile(partial(READER.detector, "fallback", notes=("fallback_detector",))),
)
