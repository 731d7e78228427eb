"""A definition directory to be bent by tests: the template, with made-up credentials."""

import shutil
from pathlib import Path

from houmao.agents.document import Section, parse

TEMPLATE = Path(__file__).parents[3] / "tests" / "fixtures" / "agents"

#: In no output, manifest, log or error may this ever be seen.
SECRET = "sk-made-up-0123456789abcdefghij"

NOW = 1_774_595_100.0  # 2026-03-27T07:05:00Z


def definitions(root: Path) -> Path:
    """A copy of the template at `root`, its credentials filled in."""
    shutil.copytree(TEMPLATE, root)
    keys = {"codex": "OPENAI_API_KEY", "claude": "ANTHROPIC_API_KEY", "gemini": "GEMINI_API_KEY"}
    for tool, key in keys.items():
        env = root / f"brains/api-creds/{tool}/personal-a-default/env/vars.env"
        env.write_text(f"export {key}='{SECRET}'\nSTRANGER=1\n", "utf-8")
    # The template has none: an empty one would keep Codex from starting.
    files = root / "brains/api-creds/codex/personal-a-default/files"
    files.mkdir()
    (files / "auth.json").write_text("{}\n", "utf-8")
    return root


def section(text: str) -> Section:
    """The text as a document called `doc.yaml`."""
    return parse(text, "doc.yaml")
