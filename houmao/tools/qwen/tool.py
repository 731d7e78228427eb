"""Qwen Code, as Houmao knows it."""

import re

from houmao.detect.answer import Transcript
from houmao.tools.parts import message_stream
from houmao.tools.parts.headless import PROMPT_OPTIONS, HeadlessMode, prompt_alone
from houmao.tools.parts.journal import JournalFormat
from houmao.tools.parts.role import APPENDED_SYSTEM_PROMPT
from houmao.tools.parts.unattended import REST_BACKENDS, Strategy
from houmao.tools.qwen import command_line, journal
from houmao.tools.qwen.layout import find_layout
from houmao.tools.qwen.profiles import PROFILES, SIGNS
from houmao.tools.qwen.texts import TEXTS
from houmao.tools.qwen.unattended import QwenUnattended
from houmao.tools.tool import Tool

_HEADLESS = "qwen_headless"

QWEN = Tool(
    name="qwen",
    provider="qwen_code",
    process_names=frozenset({"qwen"}),
    packages=("@qwen-code/qwen-code",),
    home_variables=("QWEN_HOME",),
    profiles=PROFILES,
    signs=SIGNS,
    transcript=Transcript(
        find_layout, margin=re.compile("  (?:◆\ufe0e? |  )"), stand_in=TEXTS.stand_in
    ),
    texts=TEXTS,
    journal=JournalFormat(journal.find, journal.read, tells_prompts=True),
    role_method=APPENDED_SYSTEM_PROMPT,
    headless=HeadlessMode(
        backend=_HEADLESS,
        turn=command_line.turn,
        joined_turn=command_line.joined_turn,
        required_args=(PROMPT_OPTIONS,),
        read=message_stream.read,
        lost_conversation="No saved session found with ID",
        metadata={"headless_output_format": "stream-json"},
        standard_input=prompt_alone,
    ),
    backends={_HEADLESS: ("-p", "--append-system-prompt", "--output-format", "--resume")},
    strategies=(
        Strategy(
            "qwen-unattended-0.24.0",
            minimum=(0, 24, 0),
            backends=REST_BACKENDS | {"raw_launch", _HEADLESS},
            rules=QwenUnattended(),
        ),
    ),
)
