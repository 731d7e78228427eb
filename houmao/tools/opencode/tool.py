"""OpenCode, as Houmao knows it."""

import re

from houmao.detect.answer import Transcript
from houmao.tools.opencode import command_line, output
from houmao.tools.opencode.layout import find_layout
from houmao.tools.opencode.profiles import PROFILES, SIGNS
from houmao.tools.opencode.texts import TEXTS
from houmao.tools.opencode.unattended import OpenCodeUnattended
from houmao.tools.parts.headless import HeadlessMode, prompt_after_role
from houmao.tools.parts.unattended import REST_BACKENDS, Strategy
from houmao.tools.tool import Tool

_HEADLESS = "opencode_headless"

OPENCODE = Tool(
    name="opencode",
    provider="opencode",
    process_names=frozenset({"opencode"}),
    packages=("opencode-ai",),
    home_variables=("OPENCODE_CONFIG_DIR",),
    profiles=PROFILES,
    signs=SIGNS,
    transcript=Transcript(
        find_layout, status=re.compile(" *▣ "), margin=re.compile("     "), stand_in=TEXTS.stand_in
    ),
    texts=TEXTS,
    headless=HeadlessMode(
        backend=_HEADLESS,
        turn=command_line.turn,
        joined_turn=command_line.joined_turn,
        required_args=((command_line.RUN,), ("--format",)),
        read=output.read,
        lost_conversation="Session not found",
        metadata={"headless_output_format": "json"},
        standard_input=prompt_after_role,
    ),
    backends={_HEADLESS: (command_line.RUN, "--format", "--session")},
    strategies=(
        Strategy(
            "opencode-unattended-1.18.0",
            minimum=(1, 18, 0),
            backends=REST_BACKENDS | {"raw_launch", _HEADLESS},
            rules=OpenCodeUnattended(),
        ),
    ),
)
