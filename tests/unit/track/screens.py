"""Small screens of Claude Code and Codex for tests of the tracker, drawn as the tools draw them."""

RULE = "\x1b[38;5;244m" + "─" * 40 + "\x1b[39m"
CLAUDE_FOOTER = "  \x1b[38;5;246m? for shortcuts\x1b[39m"
CLAUDE_BUSY_FOOTER = "  \x1b[38;5;246mesc to interrupt\x1b[39m"


def claude(*rows: str, draft: str = "", footer: str = CLAUDE_FOOTER) -> str:
    """Conversation rows above Claude Code's composer."""
    return "\n".join([*rows, "", RULE, f"❯\xa0{draft}\x1b[7m \x1b[0m", RULE, footer, ""])


def asked(prompt: str) -> str:
    """A submitted prompt in Claude Code's conversation."""
    return f"\x1b[38;5;239m\x1b[48;5;237m❯ \x1b[38;5;231m{prompt}\x1b[39m\x1b[49m"


def said(text: str) -> str:
    """A row of an answer."""
    return f"\x1b[38;5;231m●\x1b[39m {text}"


SPINNER = "\x1b[38;5;174m✽\x1b[39m \x1b[38;5;174mBefuddling… (2s · ↓ 11 tokens)\x1b[39m"
DONE = "\x1b[38;5;246m✻\x1b[39m \x1b[38;5;246mBaked for 6s\x1b[39m"
INTERRUPTED = "\x1b[38;5;246m  ⎿ \xa0Interrupted · What should Claude do instead?\x1b[39m"
API_ERROR = "\x1b[38;5;220m●\x1b[39m \x1b[38;5;220mAPI Error: 400 bad request\x1b[39m"

IDLE = claude()
BUSY = claude(asked("fix it"), "", SPINNER, footer=CLAUDE_BUSY_FOOTER)
FINISHED = claude(asked("fix it"), "", said("fixed"), "", DONE)
STOPPED = claude(asked("fix it"), "", said("I will"), INTERRUPTED)
FAILED = claude(asked("fix it"), "", API_ERROR, "", DONE)
TYPING = claude(draft="fix it")
APPROVAL = "\n".join(
    [
        asked("fix it"),
        "",
        "\x1b[38;5;246m●\x1b[39m \x1b[1mBash\x1b[0m(rm x)",
        "\x1b[38;5;153m" + "─" * 40 + "\x1b[39m",
        " Do you want to proceed?",
        " \x1b[38;5;153m❯\x1b[39m 1. Yes",
        "   2. Yes, and always allow access",
        "   3. No",
        "",
        " \x1b[38;5;246mEsc to cancel · Tab to amend\x1b[39m",
    ]
)
RESUMING = "\n".join(
    [
        " This session is 3 days old.",
        "",
        " Do you want to resume the full session?",
        " \x1b[38;5;153m❯\x1b[39m 1. Resume from summary",
        "   2. Resume it as it is",
        "",
        " \x1b[38;5;246mEnter to confirm · Esc to cancel\x1b[39m",
    ]
)
