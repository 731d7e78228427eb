"""GitHub Copilot CLI, as Houmao knows it."""

import re

from houmao.detect.answer import Transcript
from houmao.tools.copilot import command_line, journal, output
from houmao.tools.copilot.layout import find_layout
from houmao.tools.copilot.profiles import PROFILES, SIGNS
from houmao.tools.copilot.texts import TEXTS
from houmao.tools.copilot.unattended import CopilotUnattended
from houmao.tools.parts.headless import PROMPT_OPTIONS, HeadlessMode, prompt_after_role
from houmao.tools.parts.journal import JournalFormat
from houmao.tools.parts.unattended import REST_BACKENDS, Strategy
from houmao.tools.tool import Tool

_HEADLESS = "copilot_headless"

COPILOT = Tool(
    name="copilot",
    provider="copilot_cli",
    process_names=frozenset({"copilot"}),
    packages=("@github/copilot",),
    home_variables=("COPILOT_HOME",),
    profiles=PROFILES,
    signs=SIGNS,
    transcript=Transcript(find_layout, margin=re.compile(" (?:● |  )"), stand_in=TEXTS.stand_in),
    texts=TEXTS,
    journal=JournalFormat(journal.find, journal.read, tells_prompts=True),
    headless=HeadlessMode(
        backend=_HEADLESS,
        turn=command_line.turn,
        joined_turn=command_line.joined_turn,
        required_args=(PROMPT_OPTIONS, ("--output-format",)),
        read=output.read,
        lost_conversation="No session, task, or name matched",
        metadata={"headless_output_format": "json"},
        standard_input=prompt_after_role,
    ),
    backends={_HEADLESS: ("-p", "--output-format", "--resume")},
    strategies=(
        Strategy(
            "copilot-unattended-1.0.0",
            minimum=(1, 0, 0),
            backends=REST_BACKENDS | {"raw_launch", _HEADLESS},
            rules=CopilotUnattended(),
        ),
    ),
    home_documents=("config.json",),
)
