"""GitHub Copilot CLI, as Houmao knows it."""

import re

from houmao.detect.answer import Transcript
from houmao.tools.copilot.layout import find_layout
from houmao.tools.copilot.profiles import PROFILES, SIGNS
from houmao.tools.tool import Tool

COPILOT = Tool(
    name="copilot",
    provider="copilot_cli",
    process_names=frozenset({"copilot"}),
    packages=("@github/copilot",),
    home_variables=("COPILOT_HOME",),
    profiles=PROFILES,
    signs=SIGNS,
    transcript=Transcript(find_layout, margin=re.compile(" (?:● |  )")),
)
