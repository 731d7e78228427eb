"""Codex, as Houmao knows it."""

import re
from functools import partial

from houmao.detect.answer import Transcript
from houmao.detect.projection import SurfaceWords
from houmao.detect.signals import BlockedOn, GrowthRule
from houmao.tools.codex import command_line, journal, output
from houmao.tools.codex.compaction import degraded_error_type
from houmao.tools.codex.layout import CodexProfile, find_layout
from houmao.tools.codex.profiles import PROFILES, SIGNS
from houmao.tools.codex.questions import QUESTIONS
from houmao.tools.codex.texts import TEXTS
from houmao.tools.codex.unattended import CodexUnattended
from houmao.tools.parts.headless import HeadlessMode, prompt_alone
from houmao.tools.parts.journal import JournalFormat
from houmao.tools.parts.role import RoleMethod
from houmao.tools.parts.unattended import REST_BACKENDS, Strategy
from houmao.tools.tool import ScreenArgs, Tool

_HEADLESS, _APP_SERVER = "codex_headless", "codex_app_server"

CODEX = Tool(
    name="codex",
    provider="codex",
    process_names=frozenset({"codex"}),
    packages=("@openai/codex",),
    home_variables=("CODEX_HOME",),
    profiles=PROFILES,
    signs=SIGNS,
    transcript=Transcript(
        partial(find_layout, profile=CodexProfile("any", GrowthRule()), signs=SIGNS.at(None)),
        status=re.compile(r"(?:─ | {2})Worked for |  └ Tip: |[•◦] .*\(\d+[hms].*esc to interrupt"),
        stand_in=TEXTS.stand_in,
    ),
    surface=SurfaceWords(
        family="codex_shadow",
        preset="codex_shadow_v2",
        version="0.98.0",
        contexts=dict.fromkeys((BlockedOn.APPROVAL, BlockedOn.TRUST), "approval_prompt"),
        has_error_banner=True,
    ),
    texts=TEXTS,
    questions=QUESTIONS,
    lost_context=degraded_error_type,
    journal=JournalFormat(journal.find, journal.read, tells_prompts=True),
    role_method=RoleMethod("native_developer_instructions", command_line.role_args),
    # Since then it leaves a daemon behind, which outlives its pane, unless told not to.
    screen_args=ScreenArgs((0, 169, 0), ("--no-daemon",)),
    headless=HeadlessMode(
        backend=_HEADLESS,
        turn=command_line.turn,
        joined_turn=command_line.joined_turn,
        standard_input=prompt_alone,
        required_args=(("exec",), ("--json",)),
        read=output.read,
        lost_conversation="no rollout found for thread id",
        metadata={"codex_headless_cli_mode": "exec_json_resume"},
    ),
    backends={
        _HEADLESS: ("-c", "app-server", "exec", "resume", "--json"),
        _APP_SERVER: ("app-server",),
    },
    manifest_section="codex",
    strategies=(
        Strategy(
            "codex-unattended-0.116.x",
            minimum=(0, 116, 0),
            backends=REST_BACKENDS | {"raw_launch", _HEADLESS, _APP_SERVER},
            rules=CodexUnattended(),
        ),
    ),
    home_documents=("auth.json", "config.toml"),
)
