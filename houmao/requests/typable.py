"""Which texts a composer takes as they are, and why others are refused before anything is typed.

Pure. What a single tool makes of a text is the tool's own business.
"""

import re

from houmao.errors import UsageError
from houmao.tools.catalog import tool_named

#: Longest prompt in bytes of UTF-8.
MAX_PROMPT_BYTES = 1_000_000

# Escape sequences would steer the terminal, a carriage return would submit half a prompt, and
# the end mark of a bracketed paste would turn the rest into keystrokes. Line ends and tabs are
# the only control characters a composer takes as text.
_UNTYPABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
#: The same as a pattern of the whole prompt, for those who describe one: not blank, either.
_TYPED = r"[^\x00-\x08\x0b-\x1f\x7f-\x9f]*"
TYPABLE = rf"^{_TYPED}[^\s\x00-\x1f\x7f-\x9f]{_TYPED}$"


def check_prompt(prompt: str) -> str:
    """The prompt as it will be typed, byte for byte. Raises UsageError when it cannot be."""
    if not prompt.strip():
        raise UsageError("prompt must not be blank")
    if len(prompt.encode(errors="replace")) > MAX_PROMPT_BYTES:
        raise UsageError(f"prompt is longer than {MAX_PROMPT_BYTES:,} bytes; put it into a file")
    found = _UNTYPABLE.search(prompt)
    if found:
        raise UsageError(
            f"prompt holds the control character U+{ord(found.group()):04X} at position "
            f"{found.start()}, which a terminal would not take as text; remove it"
        )
    return prompt


def check_prompt_for(tool: str, prompt: str) -> str:
    """The same for a tool; a prompt that would reach it as another text is refused, too.

    Raises TextRefused for that.
    """
    check_prompt(prompt)
    tool_named(tool).texts.check(tool, prompt)
    return prompt


def check_command_for(tool: str, command: str) -> str:
    """The command of the tool's own as it will be typed. Raises UsageError, TextRefused."""
    check_prompt(command)
    if not command.startswith("/") or "\n" in command:
        raise UsageError("a command is one line that begins with `/`; anything else is a prompt")
    tool_named(tool).texts.check(tool, command, command=True)
    return command
