"""Where the skill lies that teaches an agent to use its mailbox. Pure."""

from pathlib import Path

SKILL = Path(__file__).with_name("skill") / "SKILL.md"
