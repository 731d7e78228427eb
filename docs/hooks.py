"""Lets pages of the site consist of files that live at the top of the repository.

A line `<!-- include: README.md -->` becomes that file, with its links turned to where the
same documents are inside the site.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent

_INCLUDE = re.compile(r"<!-- include: (\S+) -->")

#: Link targets as the repository's top sees them, and as a page of the site does.
_TARGETS = (
    ("](docs/", "]("),
    ("](README.md", "](index.md"),
    ("](CONTRIBUTING.md", "](contributing.md"),
    ("](CHANGELOG.md", "](changelog.md"),
)


def on_page_markdown(markdown: str, **_: object) -> str:
    """Called by MkDocs with the text of each page."""
    return _INCLUDE.sub(lambda found: _included(found[1]), markdown)


def _included(name: str) -> str:
    text = (ROOT / name).read_text("utf-8")
    for top, inside in _TARGETS:
        text = text.replace(top, inside)
    return text
