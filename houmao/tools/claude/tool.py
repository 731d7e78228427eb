"""Claude Code, as Houmao knows it."""

import re
from functools import partial

from houmao.detect.answer import Transcript
from houmao.detect.projection import SurfaceWords
from houmao.detect.signals import BlockedOn
from houmao.tools.claude import command_line, journal
from houmao.tools.claude.layout import ClaudeProfile, find_layout
from houmao.tools.claude.profiles import PROFILES, SIGNS
from houmao.tools.claude.questions import QUESTIONS
from houmao.tools.claude.texts import TEXTS
from houmao.tools.claude.unattended import ClaudeUnattended
from houmao.tools.parts import message_stream
from houmao.tools.parts.headless import HeadlessMode, prompt_alone
from houmao.tools.parts.journal import JournalFormat
from houmao.tools.parts.role import APPENDED_SYSTEM_PROMPT
from houmao.tools.parts.unattended import REST_BACKENDS, Strategy
from houmao.tools.tool import Tool

_HEADLESS = "claude_headless"

CLAUDE = Tool(
    name="claude",
    provider="claude_code",
    process_names=frozenset({"claude", "claude-code"}),
    packages=("@anthropic-ai/claude-code",),
    home_variables=("CLAUDE_CONFIG_DIR",),
    nesting_variables=frozenset({"CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT"}),
    profiles=PROFILES,
    signs=SIGNS,
    transcript=Transcript(
        partial(find_layout, profile=ClaudeProfile("any"), signs=SIGNS.at(None)),
        status=re.compile(r"[✢✻✽✶·*] \S.*(?:…| for (?:\d+[hms] ?)+)"),
        stand_in=TEXTS.stand_in,
    ),
    surface=SurfaceWords(
        family="claude_shadow",
        preset="claude_shadow_v2",
        version="2.1.62",
        contexts={BlockedOn.TRUST: "trust_prompt"},
        has_error_banner=True,
    ),
    texts=TEXTS,
    questions=QUESTIONS,
    journal=JournalFormat(journal.find, journal.read, journal.read_status, tells_prompts=True),
    role_method=APPENDED_SYSTEM_PROMPT,
    headless=HeadlessMode(
        backend=_HEADLESS,
        turn=command_line.turn,
        joined_turn=command_line.joined_turn,
        standard_input=prompt_alone,
        required_args=(("-p", "--print"),),
        read=message_stream.read,
        lost_conversation="No conversation found with session ID",
        metadata={"headless_output_format": "stream-json"},
    ),
    backends={_HEADLESS: ("-p", "--append-system-prompt", "--output-format", "--resume")},
    strategies=(
        Strategy(
            "claude-unattended-2.1.81",
            minimum=(2, 1, 81),
            backends=REST_BACKENDS | {"raw_launch", _HEADLESS},
            rules=ClaudeUnattended(),
        ),
    ),
)
