"""Whole values for tests to begin with; `dataclasses.replace` says what matters to a test."""

from houmao.detect.projection import ParsedSurface
from houmao.state.values import AgentIdentity
from houmao.tmux.panes import Pane

IDENTITY = AgentIdentity(
    agent_id="a1",
    agent_name="alpha",
    generation_id="gen-1",
    tool="claude",
    backend="local_interactive",
    tmux_session_name="work",
    manifest_path="/nowhere",
    published_at="2026-03-27T09:00:00+00:00",
    lease_expires_at="2026-03-28T09:00:00+00:00",
    host="here",
)
PANE = Pane(
    session_name="work",
    session_id="$1",
    window_index=0,
    pane_index=0,
    pane_id="%1",
    pid=100,
    tty="/dev/nowhere",
    dead=False,
    active=True,
    width=100,
    height=30,
    cursor_x=0,
    cursor_y=0,
    cursor_visible=True,
    alternate_screen=False,
    history_size=0,
    command="claude",
    title="",
)
#: A tool that waits for a prompt.
IDLE = ParsedSurface(
    parser_family="claude_shadow",
    parser_preset_id="claude_shadow_v2",
    parser_preset_version="2.1.62",
    availability="supported",
    business_state="idle",
    input_mode="freeform",
    ui_context="normal_prompt",
    normalized_projection_text="baseline",
    dialog_text="",
    dialog_head="",
    dialog_tail="",
)
