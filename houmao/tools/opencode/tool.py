"""OpenCode, as Houmao knows it."""

import re

from houmao.detect.answer import Transcript
from houmao.tools.opencode.layout import find_layout
from houmao.tools.opencode.profiles import PROFILES, SIGNS
from houmao.tools.tool import Tool

OPENCODE = Tool(
    name="opencode",
    provider="opencode",
    process_names=frozenset({"opencode"}),
    packages=("opencode-ai",),
    home_variables=("XDG_DATA_HOME",),
    profiles=PROFILES,
    signs=SIGNS,
    transcript=Transcript(find_layout, status=re.compile(" *▣ "), margin=re.compile("     ")),
)
