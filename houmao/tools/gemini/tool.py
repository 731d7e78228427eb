"""Gemini CLI, as Houmao knows it."""

import re

from houmao.detect.answer import Transcript
from houmao.detect.projection import SurfaceWords
from houmao.tools.gemini import command_line, journal, output
from houmao.tools.gemini.layout import find_layout
from houmao.tools.gemini.profiles import PROFILES, SIGNS
from houmao.tools.gemini.questions import QUESTIONS
from houmao.tools.gemini.texts import TEXTS
from houmao.tools.parts.headless import PROMPT_OPTIONS, HeadlessMode, prompt_after_role
from houmao.tools.parts.journal import JournalFormat
from houmao.tools.tool import Tool

_HEADLESS = "gemini_headless"

GEMINI = Tool(
    name="gemini",
    provider="gemini_cli",
    process_names=frozenset({"gemini"}),
    packages=("@google/gemini-cli",),
    home_variables=("GEMINI_CLI_HOME", "GEMINI_HOME"),
    profiles=PROFILES,
    signs=SIGNS,
    transcript=Transcript(
        find_layout,
        status=re.compile(r" [\u2801-\u28ff] \S.*\(esc to cancel|\s+\? for shortcuts$"),
        stand_in=TEXTS.stand_in,
    ),
    surface=SurfaceWords(family="gemini_shadow", preset="gemini_shadow_v1", version="0.61.0"),
    texts=TEXTS,
    questions=QUESTIONS,
    journal=JournalFormat(journal.find, journal.read, tells_prompts=True),
    headless=HeadlessMode(
        backend=_HEADLESS,
        turn=command_line.turn,
        joined_turn=command_line.joined_turn,
        standard_input=prompt_after_role,
        required_args=(PROMPT_OPTIONS,),
        read=output.read,
        lost_conversation="Invalid session identifier",
        metadata={"headless_output_format": "stream-json"},
    ),
    backends={_HEADLESS: ("-p", "--output-format", "--resume")},
)
